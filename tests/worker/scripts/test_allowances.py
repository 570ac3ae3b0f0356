"""How far rounding may carry an op alone, where its result is small beside what it is computed from."""
import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.scripts import allowances

SMALL = np.array([-1.3e-4, -2e-3, -0.5, 0.7], 'f4')


@pytest.fixture(scope='module')
def elu():
    """The allowances.Exact of exponential linear units of SMALL."""
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4], 'x')
        op = tf.nn.elu(x, name='elu').op
        right = np.where(SMALL < 0, np.expm1(SMALL.astype('f8')), SMALL).astype('f4')
        (found,) = allowances.exact([op], {'x:0': SMALL}, set(), {'elu:0': right})
    return found


def test_a_kernel_that_takes_1_from_a_rounded_exponential_is_within_it(elu):
    off = np.abs(np.where(SMALL < 0, np.exp(SMALL) - np.float32(1), SMALL) - elu.value)
    assert (off / np.abs(elu.value))[0] > 1e-5  # of the smallest result
    assert (off <= elu.allowance).all()


def test_an_error_of_a_hundred_thousandth_is_not(elu):
    assert (elu.allowance < 1e-5).all()
