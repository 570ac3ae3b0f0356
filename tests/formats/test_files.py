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


# ---- what is there already

def test_a_file_of_somebody_elses_is_not_replaced(tmp_path):
    (tmp_path / 'precious').write_bytes(b'mine')
    with pytest.raises(OSError, match='--force'):
        files.writable(tmp_path / 'precious', command='check')
    files.writable(tmp_path / 'precious', force=True)


def test_a_file_of_the_same_command_may_be_replaced_and_one_of_another_may_not(tmp_path):
    (tmp_path / 'page').write_text(f'<html>{files.sign("check")}')
    files.writable(tmp_path / 'page', command='check')
    for command in ('upgrade', None):
        with pytest.raises(OSError, match='--force'):
            files.writable(tmp_path / 'page', command=command)


def test_a_file_that_only_names_the_command_further_down_is_somebody_elses(tmp_path):
    (tmp_path / 'page').write_text('x' * files.SIGN_WITHIN + files.sign('check'))
    with pytest.raises(OSError, match='--force'):
        files.writable(tmp_path / 'page', command='check')


def test_an_empty_file_may_be_replaced(tmp_path):
    (tmp_path / 'made by mktemp').touch()
    files.writable(tmp_path / 'made by mktemp')


@pytest.mark.parametrize('exists', [True, False], ids=['there', 'not there yet'])
def test_an_output_that_is_also_an_input_is_refused_whatever_is_forced(exists, tmp_path):
    if exists:
        (tmp_path / 'input').write_bytes(b'1')
    (tmp_path / 'link').symlink_to('input')
    with pytest.raises(OSError, match='reads or writes it already'):
        files.writable(tmp_path / 'link', force=True, others=[tmp_path / 'input'])


@pytest.mark.parametrize('exists', [True, False], ids=['to a file', 'to nothing'])
def test_a_link_stays_one_and_its_target_is_written(exists, tmp_path):
    (tmp_path / 'folder').mkdir()
    if exists:
        (tmp_path / 'folder' / 'target').write_bytes(b'old')
    (tmp_path / 'link').symlink_to('folder/target')
    files.writable(tmp_path / 'link', force=True)
    files.write_whole(tmp_path / 'link', b'new')
    assert (tmp_path / 'link').is_symlink() and (tmp_path / 'folder' / 'target').read_bytes() == b'new'
    assert os.listdir(tmp_path / 'folder') == ['target']


def test_a_link_that_leads_to_itself_is_refused(tmp_path):
    (tmp_path / 'link').symlink_to('link')
    with pytest.raises(OSError):
        files.writable(tmp_path / 'link')
        files.write_whole(tmp_path / 'link', b'1')


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    line = os.open(tmp_path / 'pipe', os.O_RDONLY | os.O_NONBLOCK)
    files.writable(tmp_path / 'pipe')
    files.write_whole(tmp_path / 'pipe', b'1')
    assert os.read(line, 9) == b'1' and os.listdir(tmp_path) == ['pipe']
    os.close(line)


@pytest.mark.parametrize('name', ['x' * 255, '名' * 85, 'two words', '名'], ids=['255 letters', '255 bytes', 'a space',
                                                                               'Chinese'])
def test_every_name_that_a_file_may_have_can_be_written(name, tmp_path):
    files.writable(tmp_path / name)
    files.write_whole(tmp_path / name, b'1')
    assert os.listdir(tmp_path) == [name]
