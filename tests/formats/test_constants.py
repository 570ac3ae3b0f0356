"""How far a constant is from the recorded one, and how far rounding may carry it."""
import numpy as np
import pytest

from legacy.formats.constants import MOST, MOST_OF_ONE, may_be_off, merged, units_off

GRAM = np.random.RandomState(0).randn(40, 40).astype('f')


@pytest.mark.parametrize('ours, theirs, units', [
    (GRAM, GRAM * np.float32(1 + 3 * 2.0 ** -23), 3),
    (np.float32(1.5), np.float32(1.5 + 4 * 2.0 ** -23), 4 / 1.5),
    (GRAM.astype('f8'), (GRAM * np.float32(1 + 3 * 2.0 ** -23)).astype('f8'), 3),  # float32 numbers in a float64 array
    (np.float16([1, 2]), np.float16([1, 2.0 + 2.0 ** -9]), 1),
    (GRAM, GRAM.copy(), 0)])
def test_rounding_is_told_in_units_in_the_last_place(ours, theirs, units):
    assert units_off(ours, theirs) == pytest.approx(units, rel=0.5)


@pytest.mark.parametrize('ours, theirs', [
    (GRAM, GRAM * np.float32(1.0001)), (np.float32(0.1), np.float32(0.11)), (np.float64(0.1), np.float64(0.1 + 1e-13)),
    (GRAM, np.where(GRAM == GRAM.max(), GRAM * np.float32(1.001), GRAM))])
def test_what_somebody_changed_is_further_off_than_rounding_carries_it(ours, theirs):
    assert units_off(ours, theirs) > may_be_off(ours.size, np.asarray(ours).dtype.str)


@pytest.mark.parametrize('ours, theirs', [(np.zeros(3, 'f'), np.ones(3, 'f')),
                                          (np.float32([1, np.nan]), np.float32([1, 2])),
                                          (np.float32([1, np.inf]), np.float32([1, -np.inf])),
                                          (GRAM, np.random.RandomState(1).randn(40, 40).astype('f'))])
def test_what_cannot_be_measured_is_none(ours, theirs):
    assert units_off(ours, theirs) is None


def test_a_constant_that_follows_from_results_may_be_off_as_runs_with_noise_have_it():
    assert may_be_off(9, '<f4') == MOST and may_be_off(1, '<f4') == MOST_OF_ONE and may_be_off(9, '<f2') < MOST_OF_ONE
    assert may_be_off(9, '<f4', 1000.0) == 8000 and may_be_off(9, '<f4', None) == float('inf')
    assert may_be_off(9, '<f4', 3e7) == float('inf')  # as recorded where a constant is drawn anew in each run


def test_of_several_runs_the_one_that_is_furthest_off_counts():
    runs = [[{'graph': 0, 'name': 'a', 'units': units}] for units in (2.0, 5.0, 3.0)]
    assert [item['units'] for item in merged(runs)] == [5.0]
    assert [item['units'] for item in merged([*runs, [{'graph': 0, 'name': 'a', 'units': None}]])] == [None]
