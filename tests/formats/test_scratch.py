"""Arrays that wait in a scratch file: they come back bit for bit, and nothing stays behind."""
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from legacy.formats import stored
from tests.conftest import ROOT
from tests.formats.test_stored import ODD, same


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, 'SMALL', 0)
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    found = stored.Scratch()
    yield found
    found.close()


@pytest.mark.parametrize('name', ODD)
def test_an_array_comes_back_bit_for_bit(name, scratch):
    assert same(stored.read(scratch.keep(ODD[name])), ODD[name])


def test_a_small_array_stays_in_memory():
    array = np.zeros(9)
    assert stored.Scratch().keep(array) is array


def test_arrays_do_not_touch_each_other(scratch):
    arrays = [np.arange(1000) + k for k in range(5)]
    kept = [scratch.keep(array) for array in arrays]
    scratch.let_go(kept[1])
    kept[1], arrays[1] = scratch.keep(-arrays[1]), -arrays[1]
    assert all(same(stored.read(item), array) for item, array in zip(kept, arrays))


def test_room_that_was_let_go_is_used_again(scratch):
    for _ in range(50):
        scratch.let_go(scratch.keep(np.arange(1000)))
    assert os.fstat(scratch._descriptor).st_size == 8000


def test_nothing_is_ever_seen_of_the_file(scratch, tmp_path):
    assert isinstance(scratch.keep(np.arange(1000)), stored.Stored) and os.listdir(tmp_path) == []


def test_a_full_disk_leaves_the_array_in_memory(scratch, monkeypatch):
    def full(*_):
        raise OSError('no space left')
    monkeypatch.setattr(os, 'pwrite', full)
    array = np.arange(1000)
    assert scratch.keep(array) is array


def test_a_child_does_not_write_into_its_parents_file(scratch):
    kept = scratch.keep(np.arange(1000))
    child = os.fork()
    if not child:
        scratch.let_go(kept)
        scratch.keep(np.zeros(1000, int))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert stored.read(kept).tolist() == list(range(1000))


def test_a_process_that_is_killed_leaves_no_file(tmp_path):
    code = ('import numpy, os, signal\nfrom legacy.formats import stored\nscratch = stored.Scratch()\n'
            'assert isinstance(scratch.keep(numpy.zeros(100000)), stored.Stored)\n'
            'os.kill(os.getpid(), signal.SIGKILL)')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, env={**os.environ, 'TMPDIR': str(tmp_path)})
    assert done.returncode == -signal.SIGKILL and os.listdir(tmp_path) == []
