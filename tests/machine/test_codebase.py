"""What a result depends on."""
import re
import shutil

import pytest

from legacy.machine import codebase


def names(*modules):
    return {path.relative_to(codebase.PACKAGE).as_posix() for path in codebase._reached(modules)}


def test_what_a_module_imports_is_found_through_functions_and_other_modules():
    found = names('worker.scripts.trained')
    assert {'worker/scripts/trained.py', 'worker/building.py', 'shim.py', 'formats/archive.py'} <= found


def test_what_a_module_does_not_import_is_left_out():
    others = {'judge/verdict.py', 'reports/figures.py', 'worker/experiment.py', 'upgrade/matrix.py',
              'worker/graph/step.py'}
    assert not others & names('worker.scripts.trained')


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The folder of a copy of what rooms and `data` are to a fingerprint, which is what is asked about."""
    for room in ('formats', 'graph', 'data'):
        shutil.copytree(codebase.PACKAGE / room, tmp_path / 'legacy' / room)
    monkeypatch.setattr(codebase, 'PACKAGE', tmp_path / 'legacy')
    return tmp_path / 'legacy'


@pytest.mark.parametrize('file, changed', [
    ('graph/words.py', True), ('formats/archive.py', True), ('data/graph-1.15.5.tsv.gz', True),
    ('formats/opseeds.py', False), ('data/op_seeds.json', False), ('data/claims.json', False)])
def test_fingerprint_of_a_module_is_of_what_it_imports_and_reads(file, changed, copy):
    before = codebase.fingerprint.__wrapped__('graph.words')
    with open(copy / file, 'ab') as opened:
        opened.write(b'\n')
    assert (codebase.fingerprint.__wrapped__('graph.words') != before) is changed


@pytest.mark.parametrize('file, changed', [('formats/opseeds.py', True), ('data/op_seeds.json', True),
                                           ('data/graph-1.15.5.tsv.gz', True), ('data/claims.json', False)])
def test_fingerprint_of_the_package_is_of_all_code_and_of_data_that_is_read(file, changed, copy):
    before = codebase.fingerprint.__wrapped__()
    with open(copy / file, 'ab') as opened:
        opened.write(b'\n')
    assert (codebase.fingerprint.__wrapped__() != before) is changed


def test_what_each_module_reads_is_known():
    naming = {path.relative_to(codebase.PACKAGE).as_posix() for path in codebase.PACKAGE.rglob('*.py')
              if re.search(r'\bDATA\b', path.read_text(encoding='utf-8'))}
    assert naming == set(codebase.READS)


@pytest.mark.parametrize('module, reader', [
    ('worker.scripts.trained', 'formats/opseeds'), ('worker.scripts.trained', 'worker/port'),
    ('worker.claims.__main__', 'formats/opseeds')])
def test_key_of_a_kept_result_is_of_the_data_too(module, reader):
    assert f'{reader}.py' in names(module)
