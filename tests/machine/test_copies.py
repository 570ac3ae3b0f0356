"""Copies of folders that scripts work in."""
import os

import pytest

from legacy.machine import copies


def test_what_is_written_into_the_copy_stays_out_of_the_folder(tmp_path):
    (tmp_path / 'data.csv').write_text('1')
    with copies.copy_of(tmp_path, 1) as folder:
        assert (folder / 'data.csv').read_text() == '1'
        (folder / 'data.csv').write_text('2')
        (folder / 'model').mkdir()
    assert (tmp_path / 'data.csv').read_text() == '1' and os.listdir(tmp_path) == ['data.csv'] and not folder.exists()


def test_hidden_files_are_left_out(tmp_path):
    (tmp_path / '.git').mkdir()
    (tmp_path / '.git' / 'large').write_bytes(b'x' * (2 << 20))
    with copies.copy_of(tmp_path, 1) as folder:
        assert os.listdir(folder) == []


def test_a_folder_that_is_too_large_is_refused_before_anything_is_copied(tmp_path):
    (tmp_path / 'large').write_bytes(b'x' * (2 << 20))
    with pytest.raises(copies.TooLarge, match='more than 1 MB.*--files'):
        with copies.copy_of(tmp_path, 1):
            pass


def test_a_pipe_in_the_folder_does_no_harm(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    with copies.copy_of(tmp_path, 1) as folder:
        assert (folder / 'pipe').exists() is False
