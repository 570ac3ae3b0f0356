"""How a script's process ended, in a file beside its recording."""
import os

from legacy.formats import ending


def test_what_was_noted_last_is_read_once(tmp_path):
    out = tmp_path / 'x.npz'
    ends = ending.Ending(str(out))
    ends.note(ending.RUNNING)
    ends.note(ending.SCRIPT, 'ValueError: \u00e4', missing='pandas')
    found = ending.taken(out)
    assert (found['how'], found['said'], found['missing']) == (ending.SCRIPT, 'ValueError: \u00e4', 'pandas')
    assert ending.taken(out) == ending.NOTHING and os.listdir(tmp_path) == []


def test_a_damaged_file_says_nothing(tmp_path):
    (tmp_path / 'x.npz.ending').write_text('{')
    assert ending.taken(tmp_path / 'x.npz') == ending.NOTHING


def test_a_forked_child_notes_nothing(tmp_path):
    ends = ending.Ending(str(tmp_path / 'x.npz'))
    child = os.fork()
    if not child:
        ends.note(ending.OURS)
        os._exit(0)
    os.waitpid(child, 0)
    assert ending.taken(tmp_path / 'x.npz') == ending.NOTHING
