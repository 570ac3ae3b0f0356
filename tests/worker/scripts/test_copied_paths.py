"""From where a script's modules come, that runs in a copy of its folder."""
import os
import sys

import pytest

from legacy.worker.scripts import program


@pytest.fixture
def path(monkeypatch, tmp_path):
    """The folder of a script with packages of its own and a virtual environment, and a copy without the latter."""
    for place in ('folder/own', 'folder/.venv/site-packages', 'copy/own'):
        (tmp_path / place).mkdir(parents=True)
    monkeypatch.setattr(sys, 'path', [str(tmp_path / 'folder' / name) for name in ('own', '.venv/site-packages')])
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(sys.path))
    program.use_copies({str(tmp_path / 'folder'): str(tmp_path / 'copy')})
    return tmp_path


def test_modules_come_from_the_copy_and_a_virtual_environment_from_where_it_is(path):
    assert sys.path == [str(path / 'copy' / 'own'), str(path / 'folder' / '.venv' / 'site-packages')]


def test_processes_that_it_starts_have_the_same_path(path):
    assert os.environ['PYTHONPATH'].split(os.pathsep) == sys.path
