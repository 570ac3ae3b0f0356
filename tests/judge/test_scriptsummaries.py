"""Text that a summary makes of floats: rounding changes its bits, so that other questions than bits are asked of it."""
import copy

import numpy as np
import pytest

from legacy.formats import contents, recordings
from legacy.judge import ladder, notcompared
from legacy.judge.baseline import Baseline
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
TEXT = 'summary:0'


class OfSummaries(Baseline):
    """A Baseline of which the text is that of a summary."""

    def __init__(self, recording):
        super().__init__(recording)
        self.side.is_summary = lambda graph, name: name == TEXT


def with_text(recording, text):
    """The Recording as if its first step had fetched this text, too. text: {arithmetic: bytes}."""
    header, arrays = copy.deepcopy(recording.header), dict(recording.arrays)
    step = header['steps'][0]
    for arithmetic, content in text.items():
        array = np.array([content], object)
        noted = contents.Contents(arrays, {}).note(array)
        step['outcomes'][arithmetic]['fetched'][TEXT] = noted
    return recordings.Recording(header, arrays)


ALL = ('run', 'own', 'float32', 'again', 'portable', 'float64')


@pytest.fixture(scope='module')
def recording():
    return recordings.load(str(RECORDED))


def statuses(recording, made, of=OfSummaries, **here):
    """{question: status} of a candidate whose text is `here` in some arithmetics."""
    text = dict.fromkeys(ALL, b'1.00000')
    candidate = with_text(recording, {**text, **here})
    rungs = ladder.ladder(of(with_text(recording, text)), candidate).rungs
    return {rung.name: rung.status for rung in rungs if rung.name in made}


FLOAT32 = ('first runs', 'every recorded run')


def test_in_float32_other_bits_of_a_summary_are_no_departure(recording):
    found = statuses(recording, FLOAT32, float32=b'1.00001', again=b'1.00001', run=b'1.00001', own=b'1.00001')
    assert found == dict.fromkeys(FLOAT32, 'passed')


def test_other_text_is_one(recording):
    found = statuses(recording, FLOAT32, Baseline, float32=b'1.00001', again=b'1.00001')
    assert found == dict.fromkeys(FLOAT32, 'failed')


def test_in_portable_arithmetic_a_summary_has_the_recorded_bits(recording):
    assert statuses(recording, ['portable runs'], portable=b'1.00001') == {'portable runs': 'failed'}


def test_other_bits_of_a_summary_in_float64_are_undecided(recording):
    assert statuses(recording, ['float64 runs'], float64=b'1.00001') == {'float64 runs': 'undecided'}


def test_what_a_step_does_not_repeat_is_named_once_with_the_number_of_runs(recording):
    recorded = Baseline(recording)
    name = recorded.expected_names(recorded.side.steps[0])[0][1]
    kind = recorded.side.steps[0].kind
    steps = [k for k, step in enumerate(recorded.side.steps) if step.kind == kind][:3]
    group = recorded.expected_names(recorded.side.steps[0])[0][0]
    recorded.unsteady = {(step, group, name) for step in steps}
    said = [text for text in notcompared.unrepeatable(recorded) if text.startswith(name)]
    assert len(said) == 1 and f'and of {len(steps) - 1} runs more, not the same' in said[0]


def test_a_summary_that_is_not_repeated_here_is_left_out(recording):
    assert statuses(recording, ['repeatable'], again=b'1.00001') == {'repeatable': 'passed'}


def test_other_text_that_is_not_repeated_here_is_a_departure(recording):
    found = statuses(recording, ['repeatable'], Baseline, float32=b'1.00000', again=b'1.00001')
    assert found == {'repeatable': 'failed'}
