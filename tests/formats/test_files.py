"""Files and folders that appear whole or not at all, with the permissions that the user's umask leaves."""
import os

import pytest

from legacy.formats import files, folders


@pytest.fixture(params=[0o022, 0o077], ids=['umask 022', 'umask 077'])
def mask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_file_has_the_users_permissions(mask, tmp_path):
    files.write_whole(tmp_path / 'file', b'1')
    assert (tmp_path / 'file').stat().st_mode & 0o777 == 0o666 & ~mask


def test_folder_has_the_users_permissions(mask, tmp_path):
    with folders.whole_folder(tmp_path / 'out', False):
        pass
    assert (tmp_path / 'out').stat().st_mode & 0o777 == 0o777 & ~mask


def test_umask_of_the_process_is_left_alone_while_a_file_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(os, 'umask', None)  # another thread would make its files with what is set meanwhile
    files.write_whole(tmp_path / 'file', b'1')
    assert os.listdir(tmp_path) == ['file']


def test_file_that_cannot_take_its_place_leaves_nothing(tmp_path):
    (tmp_path / 'folder').mkdir()
    with pytest.raises(OSError):
        files.write_whole(tmp_path / 'folder', b'1')
    assert os.listdir(tmp_path) == ['folder']
