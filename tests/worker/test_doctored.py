"""The tester tested: each known fault in the port must turn the question named beside it red."""
import sys

import numpy as np
import pytest

from legacy.formats import answers
from legacy.judge import comparison
from legacy.worker import record
from legacy.worker.faults import FAULTS, doctored
from tests import shortened

PAIRS = sorted({fault[3:] for fault in FAULTS.values()})  # (arithmetic, question)
# After how many steps each has been seen; a longer run would say no more.
STEPS = {'history': 106, 'overflow': shortened.STEPS}


def finding(arithmetic, question, baseline):
    """Of this TensorFlow's run in an arithmetic, as long as it takes."""
    steps = STEPS.get(question, 1)
    recorded = record.record(arithmetic=arithmetic, steps=steps)
    return getattr(comparison, question)(shortened.first_steps(baseline[arithmetic], steps), recorded)


@pytest.mark.parametrize('fault', FAULTS)
def test_fault_turns_its_question_red(fault, baseline):
    with doctored(FAULTS[fault]):
        found = finding(*FAULTS[fault][3:], baseline)
    assert found.passed is False, found.text


@pytest.fixture(scope='module')
def unharmed(baseline):
    """{arithmetic: (reference, recording)} of the port with a replacement that changes nothing, in as many steps as its
    faults need."""
    found = {}
    with doctored(('ACTIVITION = tf.nn.relu', 1, 'ACTIVITION = tf.nn.relu')):
        for arithmetic in {name for name, _ in PAIRS}:
            steps = max(STEPS.get(question, 1) for name, question in PAIRS if name == arithmetic)
            found[arithmetic] = (shortened.first_steps(baseline[arithmetic], steps),
                                 record.record(arithmetic=arithmetic, steps=steps))
    return found


@pytest.mark.parametrize('arithmetic, question', PAIRS)
def test_no_fault_leaves_the_question_green(arithmetic, question, unharmed):
    found = getattr(comparison, question)(*unharmed[arithmetic])
    assert found.passed, found.text


def test_op_seeds_of_another_family_turn_their_questions_red(baseline):
    if sys.modules['legacy.shim'].RELEASE < (2, 2):
        pytest.skip('before 2.2 this release may derive the same op seeds as 1.15')
    recorded = record.record(op_seeds='native', steps=1)
    assert comparison.op_seeds(baseline['float32'], recorded).passed is False
    assert comparison.initial_weights(baseline['float32'], recorded).passed is False


@pytest.mark.parametrize('change', ['cost', 'update', 'moving average'])
@pytest.mark.parametrize('length', [1, 4])
def test_wrong_replay_turns_the_teacher_forced_question_red(change, length, baseline, replayed):
    costs = {name: values.copy() for name, values in replayed.costs.items()}
    after = {name: values.copy() for name, values in replayed.after.items()}
    piece = next(k for k in range(30, 40) if replayed.ends[k] - replayed.starts[k] == length)
    if change == 'cost':
        at_record = next(k for k in range(30, 40) if costs['cost_norm'][k] == costs['cost_norm'][k])
        costs['cost_norm'][at_record] *= 1.0001
    else:
        after['Variable_18' if change == 'update' else 'moments_3/Squeeze/ExponentialMovingAverage'][piece] *= 1.001
    wrong = answers.Replay(replayed.starts, replayed.ends, costs, after)
    assert comparison.teacher_forced(baseline['float32'], wrong).passed is False


def test_infinity_in_place_of_nan_is_seen_by_the_teacher_forced_steps(baseline, replayed):
    costs = {name: values.copy() for name, values in replayed.costs.items()}
    assert np.isnan(costs['cost'][20:]).all()
    record = next(k for k, start in enumerate(replayed.starts) if start == 101)
    costs['cost'][record] = np.inf
    wrong = answers.Replay(replayed.starts, replayed.ends, costs, replayed.after)
    assert comparison.teacher_forced(baseline['float32'], wrong).passed is False


def test_later_overflow_turns_its_question_red(baseline):
    later = baseline['float64']  # overflows one record later
    assert comparison.overflow(baseline['float32'], later).passed is False
