"""Which file is run, found before anything of the script's is imported."""
import sys

import pytest

from legacy.worker.scripts.program import NoScript, Script, file_of


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A package, in a package that must not be imported, in the current folder."""
    inner = tmp_path / 'outer_one' / 'inner'
    inner.mkdir(parents=True)
    (inner.parent / '__init__.py').write_text('raise ImportError("TensorFlow is not TensorFlow 1 yet")')
    for name in ('__init__', 'train', '__main__'):
        (inner / f'{name}.py').touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'path', list(sys.path))
    return inner


@pytest.mark.parametrize('name, file', [('outer_one.inner.train', 'train.py'), ('outer_one.inner', '__main__.py')])
def test_the_file_of_a_module_is_found_without_importing_the_packages_that_it_is_in(module, name, file):
    assert file_of(Script(name, [], True)) == str(module / file)
    assert 'outer_one' not in sys.modules


def test_a_module_that_a_package_finds_elsewhere_when_it_is_imported_is_found(module, tmp_path):
    (module.parent / '__init__.py').write_text(f'__path__ = [{str(tmp_path / "elsewhere")!r}]')
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'elsewhere' / 'train.py').touch()
    assert file_of(Script('outer_one.train', [], True)) == str(tmp_path / 'elsewhere' / 'train.py')
    del sys.modules['outer_one']


def test_a_module_that_is_not_there_is_one_line(module):
    with pytest.raises(NoScript, match='there is no module outer_one.inner.nothing to run'):
        file_of(Script('outer_one.inner.nothing', [], True))
