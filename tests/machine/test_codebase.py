"""What a result depends on."""
from legacy.machine import codebase


def names(*modules):
    return {path.relative_to(codebase.PACKAGE).as_posix() for path in codebase._reached(modules)}


def test_what_a_module_imports_is_found_through_functions_and_other_modules():
    found = names('worker.gather')
    assert {'worker/gather.py', 'worker/record.py', 'shim.py', 'article.py', 'formats/archive.py'} <= found


def test_what_a_module_does_not_import_is_left_out():
    others = {'judge/ladder.py', 'reports/figures.py', 'worker/faults.py', 'upgrade/matrix.py', 'worker/graph/step.py'}
    assert not others & names('worker.gather')


def test_fingerprint_is_of_the_modules_named():
    of_two = {codebase.fingerprint('worker.gather'), codebase.fingerprint('formats.files')}
    assert len({codebase.fingerprint(), *of_two}) == 3
