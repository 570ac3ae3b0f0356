"""A run and its own steps taken again."""
import numpy as np
import pytest

from legacy.judge.repeating import repeatable
from tests.judge.evidence_of_baseline import replayed


@pytest.fixture(scope='module')
def run(baseline):
    return baseline['float32']


def test_the_same_bits_pass_and_say_how_many_steps(run):
    found = repeatable(run, replayed(run), [])
    assert found.passed and found.text.startswith('250 steps taken again')


def with_value(run, what, name, piece, change):
    """The run's Replay with one changed element in `costs` or `after`."""
    again = replayed(run)
    values = np.array(getattr(again, what)[name])
    values[piece] = change(values[piece])
    getattr(again, what)[name] = values
    return again


def one_ulp(values):
    flat = np.array(values)
    flat.flat[0] = np.nextafter(flat.flat[0], np.float32(9e9))
    return flat


@pytest.mark.parametrize('name', ['Variable_37', 'moments_3/Squeeze/ExponentialMovingAverage'])
def test_one_ulp_in_one_variable_of_one_step_is_named(name, run):
    found = repeatable(run, with_value(run, 'after', name, 40, one_ulp), [])
    start = run.arrays['checkpoints/steps'][40]
    assert found.passed is False and f' {start} to' in found.text and name in found.text


def test_one_ulp_in_a_cost_is_named(run):
    piece = run.arrays['checkpoints/steps'].tolist().index(101)
    found = repeatable(run, with_value(run, 'costs', 'cost_norm', piece, one_ulp), [])
    assert found.passed is False and found.first['tensor'] == 'cost_norm after step 100'


def test_a_piece_that_is_missing_fails_and_is_counted(run):
    again = replayed(run)
    found = repeatable(run, again._replace(starts=again.starts[:-1], ends=again.ends[:-1]), [])
    assert found.passed is False and 'expected' in found.text


def test_an_op_that_answers_otherwise_each_time_fails_though_the_run_repeats(run):
    found = repeatable(run, replayed(run), ['Softplus'])
    assert found.passed is False and 'Softplus' in found.text


def test_nan_repeats_nan_whatever_its_payload(run):
    def payload(values):
        return (np.asarray(values).view('u4') ^ 1).view('f4') if np.isnan(values).any() else values
    piece = run.arrays['checkpoints/steps'].tolist().index(101)
    assert np.isnan(run.arrays['series/cost'][20])
    assert repeatable(run, with_value(run, 'costs', 'cost', piece, payload), []).passed
