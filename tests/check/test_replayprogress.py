"""How far a script's runs have been made again, from the process that makes them to the line on the screen."""
import threading

from legacy.check import replayprogress
from legacy.formats import progress


def test_what_is_noted_is_read_and_the_file_goes_at_the_end(tmp_path):
    noted = progress.Noted(tmp_path / 'out.npz')
    noted.expect(40)
    noted.made(10)
    found = progress.read(tmp_path / 'out.npz')
    assert found[:2] == (10, 40) and found.seconds >= 0
    noted.end()
    assert not list(tmp_path.iterdir()) and progress.read(tmp_path / 'out.npz') is None


def test_half_a_file_is_none(tmp_path):
    (tmp_path / 'out.npz.progress').write_text('[1, 2')
    assert progress.read(tmp_path / 'out.npz') is None


def test_the_rest_takes_as_long_for_each_as_what_is_made():
    assert replayprogress.line(progress.Progress(20, 60, 45.0)) == 'runs made again: 20 of at most 60; about 1:30 to go'


def test_while_graphs_are_made_nothing_is_said_of_the_rest():
    assert replayprogress.line(progress.Progress(5, 60, 45.0)) == 'runs made again: 5 of at most 60'


def test_a_line_is_told_while_a_recording_is_written_and_once(tmp_path):
    said, heard = [], threading.Event()
    noted = progress.Noted(tmp_path / 'out.npz')
    with replayprogress.told(tmp_path / 'out.npz', lambda line: (said.append(line), heard.set()), first=0.01):
        noted.expect(3)
        noted.made(1)
        assert heard.wait(60)
    assert len(said) == 1 and said[0].startswith('runs made again: 1 of at most 3')


def test_a_step_that_is_made_is_noted():
    from legacy.worker.scripts.replayer import Replayer
    noted = progress.Noted()
    replayer = Replayer(progress=noted)
    replayer.expect(2)
    replayer._one = lambda *_: None
    replayer.outcomes([object(), object()], 'float32')
    assert (noted._done, noted._of) == (2, 2)
