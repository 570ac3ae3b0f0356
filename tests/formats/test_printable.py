"""What comes from a file or a script cannot steer the terminal."""
import io

import pytest

from legacy.formats import recordings
from legacy.formats.printable import Guarded, printable
from tests.command_line import compat_run, compat_run_here
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


@pytest.mark.parametrize('text, shown', [
    ('\x1b[2J', '\\x1b[2J'), ('a\rb', 'a\\x0db'), ('\x07', '\\x07'), ('\x9b2J', '\\x9b2J'), ('\u202egnp', '\\u202egnp'),
    ('\ud800', '\\ud800'), ('tab\tand line\n', 'tab\tand line\n'), ('名 é ² ±', '名 é ² ±')])
def test_what_a_terminal_would_obey_is_written_out(text, shown):
    assert printable(text) == shown
    stream = io.StringIO()
    Guarded(stream).writelines([text])
    assert stream.getvalue() == shown


def hostile(path):
    recorded = recordings.load(str(RECORDED))
    recorded.header['kinds'][0]['place'] = '\x1b]0;owned\x07'
    recorded.header['script']['name'] = '\x1b[2J'
    recordings.save(recorded, str(path))
    return path


def test_a_recording_cannot_steer_the_terminal(tmp_path):
    done = compat_run_here('show', hostile(tmp_path / 'a.npz'))
    assert done.returncode == 0 and '\\x07' in done.stdout and not {'\x07', '\x1b'} & set(done.stdout)


def test_nor_can_the_name_of_a_file_in_an_error(tmp_path):
    done = compat_run_here('show', tmp_path / '\x1b[2J')
    assert done.returncode == 2 and '\x1b' not in done.stderr


def test_a_script_that_is_run_says_what_it_likes(tmp_path):
    (tmp_path / 's.py').write_text(r'print("\x1b[1mbold")')
    assert compat_run('run', '--quiet', tmp_path / 's.py').stdout == '\x1b[1mbold\n'
