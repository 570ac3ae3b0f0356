"""Python interpreters of this host, and uv."""
import sys

import pytest

from legacy.machine import interpreters
from legacy.machine.interpreters import EnvironmentFault


def interpreter(path, says):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho {says}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize('place', ['python3.5', 'bin/python3.5', '3.5.10/bin/python3.5'])
def test_interpreter_is_found_below_a_folder_named(place, tmp_path):
    path = interpreter(tmp_path / place, 'cpython 3.5')
    assert interpreters.find_python('3.5', [tmp_path]) == str(path)


def test_interpreter_is_found_in_pyenvs_versions(tmp_path, monkeypatch):
    path = interpreter(tmp_path / 'versions' / '3.5.10' / 'bin' / 'python', 'cpython 3.5')
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    assert interpreters.find_python('3.5') == str(path)


@pytest.mark.parametrize('says', ['cpython 3.6', 'pypy 3.5', 'hello', ''])
def test_interpreter_that_is_another_than_its_name_says_is_not_taken(says, tmp_path, monkeypatch):
    interpreter(tmp_path / 'python3.5', says)
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    with pytest.raises(EnvironmentFault, match='no CPython 3.5 in .*; pyenv install 3.5'):
        interpreters.find_python('3.5', [tmp_path])


def test_newer_python_is_uvs_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(EnvironmentFault, match='uv python install 3.99'):
        interpreters.find_python('3.99')


def test_missing_uv_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'uv', None)
    with pytest.raises(EnvironmentFault, match='pip install -r requirements.txt'):
        interpreters.uv()
