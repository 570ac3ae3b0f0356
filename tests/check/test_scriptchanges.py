"""Is it the script that was recorded? Said before anything runs."""
import hashlib
import zlib

import numpy as np
import pytest

from legacy.check import scriptchanges
from legacy.check.jobs import Job
from legacy.formats.recordings import Recording

TEXT = 'import tensorflow as tf\nrate = 0.1\ntrain(rate)\n'


@pytest.fixture
def differences(tmp_path):
    """differences(name, text, arguments) of a script that was recorded as train.py with TEXT and no arguments."""
    def ask(name='train.py', text=TEXT, arguments=(), kept=True):
        (tmp_path / name).write_text(text)
        header = {'script': {'name': 'train.py', 'arguments': [], 'as_module': False, 'sources': [
            {'file': 'train.py', 'sha256': hashlib.sha256(TEXT.encode()).hexdigest()}]}}
        arrays = {'source/0': np.frombuffer(zlib.compress(TEXT.encode()), 'u1')} if kept else {}
        job = Job('python', {'script': name, 'arguments': list(arguments), 'as_module': False}, folder=str(tmp_path))
        return scriptchanges.differences(Recording(header, arrays), job, 'train.npz')
    return ask


def test_the_same_script_has_no_differences(differences):
    assert differences() == []


def test_other_arguments_are_named(differences):
    assert differences(arguments=['--epochs', '3']) == ["recorded with the arguments none, now '--epochs 3'"]


def test_a_changed_line_is_shown_beside_the_recorded_one(differences):
    line, = differences(text=TEXT.replace('0.1', '0.2'))
    assert 'train.py has changed' in line and 'line 2: rate = 0.2  (recorded: rate = 0.1)' in line


def test_without_the_recorded_text_a_change_is_named_alone(differences):
    assert differences(text='x = 1\n', kept=False) == ['train.py has changed since it was recorded']


def test_a_script_that_was_renamed_is_the_same_one(differences):
    assert differences(name='other.py') == ['train.npz is a recording of train.py, not of other.py']


def test_another_script_is_refused_by_name(differences):
    with pytest.raises(scriptchanges.WrongRecording,
                       match='train.npz is a recording of train.py.*other.py has no file'):
        differences(name='other.py', text='y = 2\n')


def test_another_script_beside_the_recorded_one_is_refused_too(differences):
    differences()
    with pytest.raises(scriptchanges.WrongRecording):
        differences(name='other.py', text='y = 2\n')
