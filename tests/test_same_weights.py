"""What a second run of TensorFlow 1.15.5 is asked, on the kind of processor of the baseline and on another."""
import numpy as np
import pytest

from legacy.formats.recording import Recording
from tests.same_weights import differences

HISTORY, WEIGHTS, START = 'series/cost_norm', 'checkpoints/Variable_18', 'before/cost_norm'
INTEL = {'processor': 'Intel(R) Xeon(R) CPU @ 2.70GHz', 'features': ['avx2', 'avx512f']}


def again(recorded, changes=None, environment=None):
    """The same recording with other numbers in some arrays. changes: {name: function of the array}."""
    header = {**recorded.header, 'environment': {**recorded.header['environment'], **(environment or {})}}
    changed = {name: change(recorded.arrays[name]) for name, change in (changes or {}).items()}
    return Recording(header, {**recorded.arrays, **changed})


def last(factor):
    """A function of an array: its last element times `factor`."""
    def change(array):
        array = np.array(array)
        array.flat[-1] *= array.dtype.type(factor)
        return array
    return change


@pytest.mark.parametrize('arithmetic', ['float32', 'portable', 'float64'])
@pytest.mark.parametrize('environment', [{}, INTEL], ids=['the same kind', 'another kind'])
def test_the_baseline_again_passes(arithmetic, environment, baseline):
    assert differences(baseline[arithmetic], again(baseline[arithmetic], environment=environment))[1] == []


@pytest.mark.parametrize('arithmetic, environment', [
    ('float32', {}), ('float64', {}), ('portable', {}), ('portable', INTEL)])
@pytest.mark.parametrize('name', [HISTORY, WEIGHTS])
def test_a_last_bit_is_seen(arithmetic, environment, name, baseline):
    other = again(baseline[arithmetic], {name: lambda array: np.nextafter(array, array.dtype.type(0))}, environment)
    assert differences(baseline[arithmetic], other)[1] == [f'{name}: other bits']


def test_on_another_kind_a_history_may_go_its_own_way(baseline):
    said, found = differences(baseline['float32'], again(baseline['float32'], {HISTORY: last(1.05)}, INTEL))
    assert found == [] and said == 'within the limits of `compare`, since Intel with AVX-512 rounds otherwise than ' \
                                   'AMD with AVX2'


@pytest.mark.parametrize('arithmetic, change, question', [
    ('float32', {START: last(1.0001)}, 'forward pass'), ('float32', {HISTORY: last(1e9)}, 'free run'),
    ('float64', {HISTORY: last(1 + 1e-7)}, 'float64 history'), ('float32', {'data/x': last(2)}, 'data')])
def test_on_another_kind_more_than_rounding_is_seen(arithmetic, change, question, baseline):
    found = differences(baseline[arithmetic], again(baseline[arithmetic], change, INTEL))[1]
    assert [line.partition(':')[0] for line in found] == [question]
