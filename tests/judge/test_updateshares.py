"""What one rounding does along an update: no TensorFlow."""
import numpy as np
import pytest

from legacy.judge.findings import along
from legacy.judge.units import LIMIT
from legacy.judge.updateshares import rounded_alike

EPSILON = 2.0 ** -23
RANDOM = np.random.RandomState(0)


def in_units(before, after, obtained):
    return abs(along(before, after, obtained)) / rounded_alike(before, after, EPSILON)


@pytest.mark.parametrize('before', [np.zeros(4096, 'f'), np.ones(4096, 'f')])
def test_numbers_that_are_equal_may_all_be_rounded_the_same_way(before):
    after = before - np.float32(0.001)
    assert 0.5 < in_units(before, after, after + np.spacing(after)) < LIMIT / 2


def test_numbers_that_differ_are_rounded_each_by_itself():
    before = 1 + RANDOM.rand(4096).astype('f')
    after = before - np.float32(0.1) * RANDOM.rand(4096).astype('f')
    alone = rounded_alike(before, after, EPSILON)
    assert alone < rounded_alike(np.full_like(before, before.mean()), np.full_like(after, after.mean()), EPSILON) / 10
    assert in_units(before, after, after + np.spacing(after)) > LIMIT


@pytest.mark.parametrize('before', [np.zeros(4096, 'f'), np.ones(4096, 'f')])
def test_a_learning_rate_that_is_off_is_far_more_than_a_rounding(before):
    after = before - np.float32(0.001)
    assert in_units(before, after, before - np.float32(0.00101)) > LIMIT


def test_a_variable_that_did_not_move_and_one_that_is_infinite_have_no_such_unit():
    assert rounded_alike(np.ones(3, 'f'), np.ones(3, 'f'), EPSILON) == 0
    assert rounded_alike(np.array([0, np.inf], 'f'), np.array([1, np.inf], 'f'), EPSILON) > 0
