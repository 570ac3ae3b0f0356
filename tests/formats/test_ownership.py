"""Folders and files of work in progress: whoever comes next clears what a killed process left, and nothing else."""
import os
import signal
import subprocess
import sys
import time

import pytest

from legacy.formats import files, folders, ownership
from legacy.machine import scratch
from tests.conftest import ROOT

KILLED = 'import os, pathlib, signal, sys\n{0}\n    os.kill(os.getpid(), signal.SIGKILL)'
BLOCKS = {
    'a temporary folder': ('from legacy.machine.scratch import temporary\nwith temporary("test"):',
                           lambda folder: scratch.temporary('test')),
    'a part of a store': ('from legacy.machine.scratch import scratch\nwith scratch("."):', scratch.scratch),
    "a run's folder": ('from legacy.formats.folders import whole_folder\nwith whole_folder("one", False):',
                       lambda folder: folders.whole_folder(folder / 'two', False)),
}


def killed(block, folder):
    """Run a block in a process that is killed inside it."""
    done = subprocess.run([sys.executable, '-c', KILLED.format(block)], cwd=folder,
                          env={**os.environ, 'TMPDIR': str(folder), 'PYTHONPATH': str(ROOT)})
    assert done.returncode == -signal.SIGKILL


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    return tmp_path


@pytest.mark.parametrize('block, enter', BLOCKS.values(), ids=BLOCKS)
def test_what_a_killed_process_left_is_cleared_by_the_next(block, enter, folder):
    killed(block, folder)
    left = os.listdir(folder)
    assert len(left) == 1
    with enter(folder):
        assert not set(left) & set(os.listdir(folder))


@pytest.mark.parametrize('block, enter', BLOCKS.values(), ids=BLOCKS)
def test_what_somebody_works_in_is_left_alone(block, enter, folder):
    with enter(folder):
        working = set(os.listdir(folder))
        killed(block, folder)
        assert working and working <= set(os.listdir(folder))


@pytest.mark.parametrize('name', ['compat_run-mine', '.partial-mine', '.mine.0123456789ab'])
def test_a_folder_of_somebody_elses_is_left_alone(name, folder):
    (folder / name).mkdir()
    for _, enter in BLOCKS.values():
        with enter(folder):
            pass
    assert name in os.listdir(folder)


@pytest.mark.parametrize('years', [-1, 1], ids=['past', 'future, as where a clock was set back'])
def test_a_file_half_written_by_a_killed_process_is_cleared_by_the_next_writer(years, folder):
    killed('from legacy.formats.files import whole_file\nwith whole_file("out.npz"):', folder)
    (left,) = os.listdir(folder)
    files.write_whole(folder / 'another', b'1')
    assert left in os.listdir(folder)
    os.utime(folder / left, (time.time() + years * 365 * 24 * 3600,) * 2)
    files.write_whole(folder / 'out.npz', b'1')
    assert sorted(os.listdir(folder)) == ['another', 'out.npz']


def test_a_file_that_somebody_is_writing_is_left_alone(folder):
    with files.whole_file(folder / 'out.npz') as file:
        os.utime(file.name, (time.time() - 2 * files.JUST_MADE,) * 2)
        files.write_whole(folder / 'out.npz', b'1')
        file.write(b'2')
    assert (folder / 'out.npz').read_bytes() == b'2'


def test_without_locks_only_what_is_old_is_cleared(folder, monkeypatch):
    monkeypatch.setattr(ownership, 'fcntl', None)
    (folder / '.partial-young').mkdir()
    (folder / '.partial-old').mkdir()
    os.utime(folder / '.partial-old', (time.time() - 2 * ownership.STALE,) * 2)
    with scratch.scratch(folder) as work:
        assert os.listdir(work) == []
    assert os.listdir(folder) == ['.partial-young']
