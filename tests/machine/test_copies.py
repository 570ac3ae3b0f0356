"""Copies of folders that scripts work in."""
import contextlib
import os

import pytest

from legacy.machine import copies


@contextlib.contextmanager
def copy_of(folder, limit, **options):
    """The copy of a folder from which no script is called."""
    with copies.workplace(folder, None, limit, **options) as work:
        yield work.folder


def test_what_is_written_into_the_copy_stays_out_of_the_folder(tmp_path):
    (tmp_path / 'data.csv').write_text('1')
    with copy_of(tmp_path, 1) as folder:
        assert (folder / 'data.csv').read_text() == '1'
        (folder / 'data.csv').write_text('2')
        (folder / 'model').mkdir()
    assert (tmp_path / 'data.csv').read_text() == '1' and os.listdir(tmp_path) == ['data.csv'] and not folder.exists()


def test_hidden_files_are_left_out(tmp_path):
    (tmp_path / '.git').mkdir()
    (tmp_path / '.git' / 'large').write_bytes(b'x' * (2 << 20))
    with copy_of(tmp_path, 1) as folder:
        assert os.listdir(folder) == []


def test_a_folder_that_is_too_large_is_refused_before_anything_is_copied(tmp_path):
    (tmp_path / 'large').write_bytes(b'x' * (2 << 20))
    with pytest.raises(copies.TooLarge, match='more than 1 MB.*--files'):
        with copy_of(tmp_path, 1):
            pass


def test_a_pipe_in_the_folder_does_no_harm(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    with copy_of(tmp_path, 1) as folder:
        assert (folder / 'pipe').exists() is False


# ---- links

@pytest.fixture
def two(tmp_path):
    """A folder to copy, and one outside of it."""
    (tmp_path / 'inside').mkdir()
    (tmp_path / 'outside').mkdir()
    return tmp_path / 'inside', tmp_path / 'outside'


def test_what_a_link_leads_to_counts_as_the_folders(two):
    inside, outside = two
    (outside / 'large').write_bytes(b'x' * (2 << 20))
    (inside / 'data').symlink_to(outside)
    with pytest.raises(copies.TooLarge, match='2 MB of 2 in data.*--linked data'):
        with copy_of(inside, 1):
            pass


@pytest.mark.parametrize('lead', ['file', 'folder'])
def test_what_is_written_behind_a_link_stays_out_of_the_users_files(lead, two):
    inside, outside = two
    (outside / 'weights').write_text('mine')
    (inside / 'link').symlink_to(outside / 'weights' if lead == 'file' else outside)
    with copy_of(inside, 1) as folder:
        written = folder / 'link' if lead == 'file' else folder / 'link' / 'weights'
        assert written.read_text() == 'mine'
        written.write_text('other')
    assert (outside / 'weights').read_text() == 'mine'


@pytest.mark.parametrize('absolute', [True, False])
def test_a_link_within_the_folder_is_one_within_the_copy(absolute, two):
    inside, _ = two
    (inside / 'run-5').mkdir()
    (inside / 'run-5' / 'weights').write_text('1')
    (inside / 'latest').symlink_to(inside / 'run-5' if absolute else 'run-5')
    with copy_of(inside, 1) as folder:
        (folder / 'latest' / 'weights').write_text('2')
        assert (folder / 'run-5' / 'weights').read_text() == '2'
    assert (inside / 'run-5' / 'weights').read_text() == '1'


def test_links_that_lead_round_in_circles_end(two):
    inside, outside = two
    for name, to in (('me', '.'), ('also', '.'), ('up', '..'), ('loop', 'loop')):
        (inside / name).symlink_to(to)
    (outside / 'back').symlink_to(inside)
    (inside / 'file').write_text('1')
    with copy_of(inside, 1) as folder:
        assert (folder / 'me' / 'also' / 'file').read_text() == '1'
        assert (folder / 'up' / 'inside' / 'file').samefile(folder / 'file')
        assert (folder / 'up' / 'outside' / 'back').samefile(folder)
        assert not os.path.lexists(folder / 'loop')


def test_a_folder_of_too_many_files_is_refused(two, monkeypatch):
    inside, outside = two
    monkeypatch.setattr(copies, 'MOST_ENTRIES', 50)
    for k in range(60):
        (outside / str(k)).touch()
    (inside / 'data').symlink_to(outside)
    with pytest.raises(copies.TooLarge, match='more than 50 files'):
        with copy_of(inside, 1):
            pass


# ---- what is linked, and what is left out

def test_data_that_are_only_read_can_be_linked(two):
    inside, _ = two
    (inside / 'data').mkdir()
    (inside / 'data' / 'large').write_bytes(b'x' * (2 << 20))
    with copy_of(inside, 1, linked=['data/']) as folder:
        assert (folder / 'data').is_symlink() and (folder / 'data').samefile(inside / 'data')
    assert (inside / 'data' / 'large').exists()


def test_what_is_to_be_linked_and_is_not_there_is_refused(two):
    with pytest.raises(copies.NothingLinked, match='dta: nothing of that name'):
        with copy_of(two[0], 1, linked=['dta']):
            pass


def test_a_python_environment_is_left_out(two):
    (two[0] / 'venv').mkdir()
    (two[0] / 'venv' / 'pyvenv.cfg').touch()
    with copy_of(two[0], 1) as folder:
        assert os.listdir(folder) == []
    assert copies.Survey(two[0]).left[0][1] == 'a Python environment'


@pytest.mark.parametrize('kind', ['file', 'folder'])
def test_what_cannot_be_read_is_left_out_and_named(kind, two, monkeypatch):
    inside, _ = two
    (inside / 'fine').write_text('1')
    (inside / 'secret').mkdir() if kind == 'folder' else (inside / 'secret').write_text('1')
    scandir, access = os.scandir, os.access  # root may read whatever it likes

    def refusing(path):
        if str(path).endswith('secret'):
            raise PermissionError(13, 'Permission denied', path)
        return scandir(path)
    monkeypatch.setattr(os, 'scandir', refusing)
    monkeypatch.setattr(os, 'access', lambda path, how: not str(path).endswith('secret') and access(path, how))
    (left,) = copies.Survey(inside).left
    assert str(left[0]) == 'secret'
    with copy_of(inside, 1) as folder:
        assert os.listdir(folder) == ['fine']


def test_the_recording_is_left_out_by_whatever_name(two):
    inside, _ = two
    (inside / 'large.npz').write_bytes(b'x' * (2 << 20))
    (inside / 'link').symlink_to('large.npz')
    with copy_of(inside, 1, without=[inside / 'large.npz']) as folder:
        assert os.listdir(folder) == []


# ---- the script

def test_a_script_runs_from_the_copy_of_the_current_folder(two):
    inside, _ = two
    (inside / 'src').mkdir()
    (inside / 'src' / 'train.py').write_text('1')
    with copies.workplace(inside, inside / 'src' / 'train.py', 1) as work:
        assert work.script == str(work.folder / 'src' / 'train.py') and os.path.exists(work.script)


def test_a_script_from_elsewhere_has_a_copy_of_its_own_folder(two):
    inside, outside = two
    (outside / 'train.py').write_text('1')
    (outside / 'beside.py').write_text('2')
    with copies.workplace(inside, outside / 'train.py', 1) as work:
        beside = os.path.join(os.path.dirname(work.script), 'beside.py')
        assert os.path.exists(beside) and str(outside) not in beside and os.listdir(work.folder) == []


def test_a_script_behind_a_link_runs_beside_its_modules(two):
    inside, outside = two
    (outside / 'train.py').write_text('1')
    (outside / 'beside.py').write_text('2')
    (inside / 'train.py').symlink_to(outside / 'train.py')
    with copies.workplace(inside, inside / 'train.py', 1) as work:
        assert os.path.isfile(os.path.join(os.path.dirname(os.path.realpath(work.script)), 'beside.py'))


def test_a_script_with_a_dot_before_its_name_runs_from_a_copy(two):
    inside, _ = two
    (inside / '.train.py').write_text('1')
    with copies.workplace(inside, inside / '.train.py', 1) as work:
        assert open(work.script).read() == '1' and not work.script.startswith(str(inside))


def test_a_traceback_names_the_users_own_files(two):
    inside, outside = two
    (outside / 'train.py').write_text('1')
    with copies.workplace(inside, outside / 'train.py', 1) as work:
        assert work.original(f'File "{work.script}", line 1; {work.folder}/x') == (
            f'File "{outside}/train.py", line 1; {inside}/x')
        assert work.inside(str(outside / 'a')) == os.path.join(os.path.dirname(work.script), 'a')
        assert work.inside('/elsewhere') == '/elsewhere'
