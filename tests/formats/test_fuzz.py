"""Some hundred files that chance has changed do no harm; and what the fuzz calls harm, it sees."""
import os
import random
import socket
import time

import numpy as np
import pytest

from legacy.formats.stored import RecordingError
from tests.formats import fuzz, fuzzed, mutations

PER_KIND = 40


def kind_that(does):
    """A kind of file whose reading does something, but not to the example."""
    def read(path):
        if path.read_bytes() != b'example':
            does(path)
    return fuzzed.Kind('test', 'changed', lambda: b'example', (lambda chance, content: b'changed',), read)


def allocate(path):
    np.ones((fuzz.MEGABYTES + 100) << 17)


def spend(path):
    end = time.process_time() + 60
    while time.process_time() < end:
        pass


def fail(path):
    raise ValueError


def refuse(path):
    raise RecordingError('a line')


def refuse_at_length(path):
    raise RecordingError('a line\nand another')


@pytest.mark.parametrize('kind', fuzzed.KINDS, ids=lambda kind: kind.name)
def test_no_changed_file_does_harm(kind):
    counts, harm = fuzz.run([kind], PER_KIND, seed=0)
    assert not harm and sum(counts[kind.name].values()) == PER_KIND


@pytest.mark.parametrize('does', [
    allocate, fail, refuse_at_length, lambda path: (path.parent / 'new').write_text('x'), lambda path: os.remove(path),
    lambda path: os.system('true'), lambda path: socket.create_connection(('127.0.0.1', 9)),
], ids=['memory', 'a traceback', 'two lines', 'a file', 'a file less', 'a program', 'a connection'])
def test_harm_is_seen(does):
    assert len(fuzz.run([kind_that(does)], 1, seed=0)[1]) == 1


def test_processor_time_is_seen(monkeypatch):
    monkeypatch.setattr(fuzz, 'SECONDS', 0.2)
    assert 'more than' in fuzz.run([kind_that(spend)], 1, seed=0)[1][0][2]


def test_a_refusal_is_no_harm():
    assert fuzz.run([kind_that(refuse)], 1, seed=0) == ({'test': {'refused': 1}}, [])


@pytest.mark.parametrize('kind', fuzzed.KINDS, ids=lambda kind: kind.name)
def test_a_case_follows_from_its_seed_and_most_cases_change_something(kind):
    changed = [kind.changed(random.Random(number)) for number in range(20)]
    assert changed == [kind.changed(random.Random(number)) for number in range(20)]
    assert sum(content != kind.example() for content in changed) > 15


def test_numbers_are_changed_in_place():
    assert all(len(mutations.of_numbers(random.Random(k), bytes(10))) == 10 for k in range(50))
