"""Deviations in units of the noise floor: the one number and its reason, and that it sees what it should."""
import math

import numpy as np
import pytest

from legacy.judge import units
from legacy.judge.baseline import Baseline
from legacy.judge.findings import along, deviation
from legacy.worker.scripts.spreads import REPETITIONS


def beyond(limit, freedom):
    """The probability that the absolute value of Student's t is larger, by integration over 1/t."""
    constant = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2) / math.sqrt(freedom * math.pi)
    v = (np.arange(100_000) + 0.5) / 100_000 / limit
    return 2 * constant * float(np.mean((1 + 1 / (v * v * freedom)) ** (-(freedom + 1) / 2) / (v * v))) / limit


def test_integration_of_students_t_is_right():
    assert beyond(2.0639, 24) == pytest.approx(0.05, rel=1e-4)  # any table


def test_limit_raises_a_false_alarm_in_fewer_than_one_check_in_a_thousand(article_recording):
    recorded = Baseline(article_recording)
    compared = sum(len(list(recorded.names(step, 'float32'))) for step in recorded.side.steps)
    assert 500 < compared < 1000  # a number a tensor of a step
    assert compared * beyond(units.LIMIT, REPETITIONS['float32']) < 1e-3


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


def test_what_is_systematic_stands_out_though_no_piece_shows_it():
    assert units.pooled([3e-7], [1e-7]) == pytest.approx(3) and 3 < units.LIMIT < 30
    assert units.pooled([3e-7] * 100, [1e-7] * 100) == pytest.approx(30)


def test_errors_of_either_sign_are_not_systematic():
    assert units.pooled([3e-7, -3e-7] * 50, [1e-7] * 100) == pytest.approx(0)


def test_an_update_that_is_little_but_rounding_has_no_direction():
    assert not units.systematic(1.0) and units.systematic(1e-5)
