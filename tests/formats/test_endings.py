"""A signal that comes inside a block of `held` raises when the block has ended, not before."""
import signal
import threading

import pytest

from legacy.formats import endings, files, ownership


@pytest.fixture(autouse=True)
def heeded():
    endings.heed()
    before = [signal.getsignal(number) for number in endings.ENDING]
    yield
    for number, handler in zip(endings.ENDING, before):  # one that came has the others ignored
        signal.signal(number, handler)
    endings.let_go()


@pytest.mark.parametrize('number, raised', [(signal.SIGTERM, endings.Terminated), (signal.SIGHUP, endings.Terminated),
                                            (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_in_a_held_block_raises_at_its_end(number, raised):
    done = []
    with pytest.raises(raised):
        with endings.held():
            with endings.held():
                signal.raise_signal(number)
                done.append('inner')
            done.append('outer')
        done.append('after')
    assert done == ['inner', 'outer']


def test_a_signal_outside_raises_at_once():
    with pytest.raises(endings.Terminated):
        signal.raise_signal(signal.SIGTERM)


def test_a_block_in_another_thread_holds_nothing():
    inside, end = threading.Event(), threading.Event()

    def hold():
        with endings.held():
            inside.set()
            end.wait(60)
    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(60)
    with pytest.raises(endings.Terminated):
        signal.raise_signal(signal.SIGTERM)
    end.set()
    thread.join()


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    endings.heed()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    signal.signal(signal.SIGHUP, before)


def test_a_file_that_is_ended_while_it_is_opened_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(files, 'locked', lambda file: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(endings.Terminated):
        files.write_whole(tmp_path / 'file', b'content')
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_removal_is_interrupted_is_removed(tmp_path, monkeypatch):
    (tmp_path / 'folder').mkdir()
    remove = ownership.shutil.rmtree

    def interrupted(path, **options):
        signal.raise_signal(signal.SIGINT)
        remove(path, **options)
    monkeypatch.setattr(ownership.shutil, 'rmtree', interrupted)
    with pytest.raises(KeyboardInterrupt):
        ownership.remove(tmp_path / 'folder')
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_ended_while_it_is_written_is_the_old_one(tmp_path, monkeypatch):
    (tmp_path / 'page.html').write_bytes(b'old')
    monkeypatch.setattr(files.os, 'fsync', lambda _: signal.raise_signal(signal.SIGHUP))
    with pytest.raises(endings.Terminated):
        files.write_whole(tmp_path / 'page.html', b'new')
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b'old']
