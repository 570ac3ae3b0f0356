"""Results that outlive an interruption."""
import os
import pathlib
import subprocess
import sys
import time

import pytest

from legacy.machine import scratch, store
from legacy.machine.store import Store, StoreError
from tests.conftest import ROOT

FILES = {'a.json': b'1', 'b.npz': bytes(1000)}


def test_result_is_found_under_its_key_only(tmp_path):
    kept = Store(tmp_path).put('2.21.0', store.key_of('code', 1), FILES)
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == FILES
    assert Store(tmp_path).find('2.21.0', store.key_of('code', 1)) == kept
    assert Store(tmp_path).find('2.21.0', store.key_of('code', 2)) is None


def test_second_maker_of_the_same_result_changes_nothing(tmp_path):
    Store(tmp_path).put('row', 'key', FILES)
    kept = Store(tmp_path).put('row', 'key', FILES)
    assert sorted(os.listdir(tmp_path)) == [kept.name]


def test_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(StoreError, match='No space left'):
        Store(tmp_path).put('row', 'key', FILES)
    assert os.listdir(tmp_path) == []


def test_forgotten_result_is_gone(tmp_path):
    kept = Store(tmp_path)
    kept.put('row', 'key', FILES)
    kept.forget('row', 'key')
    assert kept.find('row', 'key') is None and os.listdir(tmp_path) == []


def test_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(StoreError, match='choose another folder'):
        Store(tmp_path / 'file' / 'results')


def test_parts_left_behind_long_ago_are_cleared_and_young_ones_are_not(tmp_path):
    old, young = tmp_path / '.partial-old', tmp_path / '.partial-young'
    old.mkdir()
    young.mkdir()
    os.utime(old, (time.time() - 2 * scratch.STALE,) * 2)
    with scratch.scratch(tmp_path) as folder:
        assert sorted(os.listdir(tmp_path)) == sorted([young.name, folder.parent.name])
    assert os.listdir(tmp_path) == [young.name]


def test_result_killed_at_any_moment_is_whole_or_not_there(tmp_path):
    code = 'from legacy.machine.store import Store\n' \
           f'for k in range(10 ** 6): Store({str(tmp_path)!r}).put(str(k), "key", ' \
           '{str(n): bytes(10 ** 5) for n in (0, 1, 2, 3, 4)})'

    def results():
        return [path for path in pathlib.Path(tmp_path).iterdir() if not path.name.startswith(scratch.PREFIX)]
    for pause in (0, 0.005, 0.01):
        before = len(results())
        process = subprocess.Popen([sys.executable, '-c', code.replace('range(', f'range({before}, ')], cwd=ROOT)
        while len(results()) == before and process.poll() is None:
            time.sleep(0.002)
        time.sleep(pause)
        process.kill()
        process.wait()
        assert len(results()) > before
    for path in results():
        assert [file.stat().st_size for file in path.iterdir()] == [10 ** 5] * 5


@pytest.mark.parametrize('file', ['../outside', '/tmp/outside', 'a/b', '..', '.hidden', '', 'C:\\outside', 'a\nb'])
def test_file_name_that_leads_out_of_the_result_is_refused(file, tmp_path):
    with pytest.raises(StoreError, match='no name for a file'):
        Store(tmp_path / 'results').put('row', 'key', {'a.json': b'1', file: b'2'})
    assert [path.name for path in tmp_path.rglob('*')] == ['results']


@pytest.mark.parametrize('mask', [0o022, 0o077])
def test_what_is_kept_has_the_users_permissions(mask, tmp_path):
    before = os.umask(mask)
    try:
        kept = Store(tmp_path).put('row', 'key', FILES)
    finally:
        os.umask(before)
    assert kept.stat().st_mode & 0o777 == 0o777 & ~mask
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o666 & ~mask}
