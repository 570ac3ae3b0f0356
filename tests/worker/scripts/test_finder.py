"""Where `import tensorflow.X` of a script is looked for."""
import sys
import types

import pytest

from legacy.worker.scripts.finder import Finder


@pytest.fixture
def finder(tmp_path):
    for name in ('keras', 'core'):
        (tmp_path / name).mkdir()
    keras = types.ModuleType('keras')
    keras.layers = types.ModuleType('layers')
    return Finder(types.SimpleNamespace(keras=keras), {'keras'}, [tmp_path], ())


@pytest.mark.parametrize('name', ['tensorflow.keras', 'tensorflow.keras.layers'])
def test_what_is_supplied_is_found_where_the_installed_package_has_a_folder_of_that_name(name, finder):
    assert finder.find_spec(name) is not None


def test_a_folder_of_the_installed_package_is_left_to_python(finder):
    assert finder.find_spec('tensorflow.core.nothing') is None


def test_another_package_is_left_to_python(finder):
    assert finder.find_spec('numpy') is None


def test_a_core_of_the_installed_package_is_left_to_python(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorflow_core', types.ModuleType('tensorflow_core'))
    finder = Finder(types.SimpleNamespace(), set(), [tmp_path], ())
    assert finder.find_spec('tensorflow_core.python') is None
