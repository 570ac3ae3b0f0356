"""Deviations in units of the noise floor: the one number and its reason, and that it sees what it should."""
import math

import numpy as np
import pytest

from legacy.formats.recording import Recording
from legacy.judge import comparison, units
from legacy.judge.findings import along, deviation
from tests.judge.evidence_of_baseline import replayed


@pytest.fixture(scope='module')
def reference(baseline):
    return baseline['float32']


def beyond(limit, freedom):
    """The probability that the absolute value of Student's t is larger, by integration over 1/t."""
    constant = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(freedom * math.pi)
    v = (np.arange(100_000) + 0.5) / 100_000 / limit
    return 2 * constant * float(np.mean((1 + 1 / (v * v * freedom)) ** (-(freedom + 1) / 2) / (v * v))) / limit


def test_integration_of_students_t_is_right():
    assert beyond(2.0639, 24) == pytest.approx(0.05, rel=1e-4)  # any table


def test_limit_raises_a_false_alarm_in_fewer_than_one_check_in_a_thousand(reference):
    compared = comparison.teacher_forced(reference, replayed(reference)).compared
    assert compared > 5000
    assert compared * beyond(units.LIMIT, reference.header['floor']['repetitions']) < 1e-3


def test_floor_of_zero_lets_no_bit_pass():
    one, two = np.ones(3, 'f4'), np.array([1, 1, np.nextafter(np.float32(1), np.float32(2))])
    assert deviation('', one, two, 0.0, units.LIMIT).relative == math.inf
    assert deviation('', one, one, 0.0, units.LIMIT).relative == 0


@pytest.mark.parametrize('expected, obtained, relative', [
    ([np.nan, 1], [np.nan, 1], 0), ([np.inf, 1], [np.inf, 1.5], 0.5), ([np.inf, 1], [-np.inf, 1], math.inf),
    ([np.nan, 1], [np.inf, 1], math.inf), ([1, 1], [np.nan, 1], math.inf)])
def test_elements_that_are_not_finite_are_compared_by_where_they_are(expected, obtained, relative):
    found = deviation('', np.array(expected, 'f4'), np.array(obtained, 'f4'), 1.0, units.LIMIT)
    assert found.relative == relative


def test_share_along_an_update_is_its_relative_error():
    before, after = np.array([1.0, 2.0]), np.array([1.5, 2.5])
    assert along(before, after, before + (after - before) * 1.01) == pytest.approx(0.01)
    assert along(before, after, after + np.array([0.1, -0.1])) == pytest.approx(0)
    assert along(before, before, after) is None


def scaled(reference, factor, only=None):
    """The reference's own replay with each update of one weight times `factor`, as a wrong learning rate would."""
    again = replayed(reference)
    values = np.array(again.after['Variable_18'])
    start = reference.arrays['checkpoints/Variable_18'][:-1]
    rows = slice(None) if only is None else only
    values[rows] = (start.astype('f8') + (values.astype('f8') - start) * factor)[rows].astype('f4')
    return again._replace(after={**again.after, 'Variable_18': values})


def test_updates_all_a_ten_thousandth_too_large_are_a_finding(reference):
    finding = comparison.teacher_forced(reference, scaled(reference, 1.0001))
    assert finding.passed is False and 'Variable_18, systematic over' in finding.text


def test_what_is_systematic_stands_out_though_no_piece_shows_it():
    assert units.pooled([3e-7], [1e-7]) == pytest.approx(3) and 3 < units.LIMIT < 30
    assert units.pooled([3e-7] * 100, [1e-7] * 100) == pytest.approx(30)


def test_errors_of_either_sign_are_not_systematic():
    assert units.pooled([3e-7, -3e-7] * 50, [1e-7] * 100) == pytest.approx(0)


def test_an_update_that_is_little_but_rounding_has_no_direction():
    assert not units.systematic(1.0) and units.systematic(1e-5)


def test_one_wrong_update_is_a_finding_that_names_step_and_tensor(reference):
    finding = comparison.teacher_forced(reference, scaled(reference, 1.01, only=[40]))
    assert finding.passed is False and finding.first['tensor'].startswith('Variable_18 after step')


def changed(recorded, name, change):
    """The recording with one array changed in place by a function."""
    array = np.array(recorded.arrays[name])
    change(array)
    return Recording(dict(recorded.header, floor=None), {**recorded.computed, name: array})


def first_cost_off(array):
    array[0] *= np.float32(1 + 1e-4)


def last_cost_off(array):
    array[-1] *= np.float32(1.1)


def last_cost_nan(array):
    array[-1] = np.nan


def test_free_run_outside_its_band_at_the_first_record_is_a_finding(reference):
    finding = comparison.free_run(reference, changed(reference, 'series/cost_norm', first_cost_off))
    assert finding.passed is False and finding.first['tensor'] == 'cost_norm after step 0'


def test_free_run_a_tenth_off_where_chaos_reigns_is_none(reference):
    assert comparison.free_run(reference, changed(reference, 'series/cost_norm', last_cost_off)).passed


def test_free_run_that_ends_in_nan_is_a_finding(reference):
    assert comparison.free_run(reference, changed(reference, 'series/cost_norm', last_cost_nan)).passed is False


def test_noisy_runs_are_inside_the_band_that_the_others_make(reference):
    runs, recorded = units.of(reference)['free/cost_norm'], reference.arrays['series/cost_norm']
    for k in range(len(runs)):
        unit = units.of_history(np.delete(runs, k, axis=0), recorded)
        assert (np.abs(np.log(runs[k]) - np.log(recorded)) / unit).max() < units.LIMIT


def test_band_never_becomes_narrower(reference):
    unit = units.of_history(units.of(reference)['free/cost_norm'], reference.arrays['series/cost_norm'])
    assert (np.diff(unit) >= 0).all() and unit[0] < 1e-5 < 1e-2 < unit[-1]


@pytest.mark.parametrize('question', [comparison.forward, comparison.gradients, comparison.first_update,
                                      comparison.moving_averages, comparison.free_run])
def test_without_a_floor_only_the_same_bits_pass(question, reference):
    bare = Recording(dict(reference.header, floor=None), reference.computed)
    assert question(bare, bare).passed is True
    other = {name: array * np.float32(1 + 1e-6) if array.dtype == 'f4' else array
             for name, array in bare.arrays.items()}
    found = question(bare, Recording(bare.header, other))
    assert found.passed is None and 'no noise floor' in found.text


def test_without_a_floor_another_replay_is_not_judged(reference):
    bare = Recording(dict(reference.header, floor=None), reference.computed)
    assert comparison.teacher_forced(bare, scaled(reference, 1.01)).passed is None


def test_portable_history_is_every_array_and_names_step_and_tensor(reference):
    portable = Recording(dict(reference.header, settings=dict(reference.settings, arithmetic='portable'), floor=None),
                         reference.computed)
    assert comparison.history(portable, portable).passed

    def other(array):
        array[30] = np.nextafter(array[30], np.float32(9))
    found = comparison.history(portable, changed(portable, 'checkpoints/Variable_18', other))
    done = portable.arrays['checkpoints/steps'][30]
    assert found.passed is False and found.text.startswith(f'after {done} steps: checkpoints/Variable_18')


def test_portable_history_names_what_comes_first(reference):
    portable = Recording(dict(reference.header, settings=dict(reference.settings, arithmetic='portable'), floor=None),
                         reference.computed)
    late = changed(portable, 'checkpoints/Variable', lambda array: array.__setitem__(30, 0))
    both = changed(late, 'series/cost_norm', lambda array: array.__setitem__(2, 0))
    assert comparison.history(portable, both).text.startswith('after step 10: series/cost_norm')


def test_portable_history_with_another_array_fails(reference):
    portable = Recording(dict(reference.header, settings=dict(reference.settings, arithmetic='portable'), floor=None),
                         reference.computed)
    more = Recording(portable.header, {**portable.arrays, 'before/more': np.zeros(1, 'f4')})
    assert comparison.history(portable, more).passed is False


def test_a_reference_that_is_itself_far_from_float64_allows_as_much(baseline):
    reference, exact = baseline['float32'], baseline['float64']
    narrow, wide = units.of(reference), units.of(units.with_own_error(reference, exact))
    name = 'before/layer_inputs/norm/1/means'
    distance = np.linalg.norm(reference.arrays[name] - exact.arrays[name])
    assert wide[name] == pytest.approx(narrow[name] + distance / units.LIMIT, rel=1e-5)


def test_a_floor_of_zero_stays_zero_whatever_float64_says(baseline):
    narrow = units.of(baseline['float32'])
    wide = units.of(units.with_own_error(baseline['float32'], baseline['float64']))
    zero = [name for name in narrow if not name.startswith('free/') and not np.any(narrow[name])]
    assert zero and all(not np.any(wide[name]) for name in zero)


def test_steps_that_float64_did_not_take_from_the_same_weights_keep_their_floor(baseline):
    narrow = units.of(baseline['float32'])
    wide = units.of(units.with_own_error(baseline['float32'], baseline['float64']))
    assert all(np.array_equal(wide[name][1:], narrow[name][1:]) for name in narrow if name.startswith('after/'))
