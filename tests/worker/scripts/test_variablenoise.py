"""Noise between the runs of a script is what rounding does: no sign changes, no zero, no root of less than nothing."""
import numpy as np
import pytest

from legacy.worker.scripts import variablenoise
from tests.worker.scripts import recording

MIXED = np.array([1.5, -2.5, 1e-9, -1e-9, 0.0, -0.0, np.inf, -np.inf, np.nan], 'f4')
SQUARES = np.array([1.5, 1e-4, 1e-12, 0.0], 'f4')
# {optimizer by hand: updates of w by a gradient g}
BY_HAND = {
    'Adam': '''
m, v = tf.Variable(tf.zeros([20])), tf.Variable(tf.zeros([20]))
m1, v1 = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * tf.square(g)
train = [tf.assign(m, m1), tf.assign(v, v1), tf.assign(w, w - 0.05 * m1 / (tf.sqrt(v1) + 1e-8))]''',
    'RMSProp': '''
v = tf.Variable(tf.zeros([20]))
v1 = 0.9 * v + 0.1 * g * g
train = [tf.assign(v, v1), tf.assign_sub(w, 0.01 * g * tf.rsqrt(v1 + 1e-10))]''',
    'root of a variable': '''
s = tf.Variable(tf.constant([1e-6, 0., 4.] + 17 * [0.25]))
train = [tf.assign(s, s * 0.9), tf.assign_sub(w, 0.05 * g * tf.sqrt(s))]''',
    'logarithm of a variable': '''
s = tf.Variable(tf.constant([1e-6, 3.] + 18 * [0.25]))
train = [tf.assign(s, s * 0.9), tf.assign_sub(w, 0.01 * g / (1 - tf.log(s * 0.1)))]'''}
SCRIPT = '''
import numpy as np, tensorflow as tf
tf.set_random_seed(1)
x = np.random.RandomState(0).rand(8, 20).astype('f4')
x[:, 3] = 0  # a gradient of nothing
w = tf.Variable(tf.truncated_normal([20], stddev=0.1))
loss = tf.reduce_mean(tf.square(tf.tensordot(x, w, 1) - 1))
g = tf.gradients(loss, w)[0]
{updates}
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(12):
        session.run([train, loss])
'''


def moved(value, floor=0.0, seed=0, **more):
    return variablenoise.moved(value, floor, np.random.RandomState(seed), **more)


@pytest.mark.parametrize('floor', [0.0, 1e-6, 10.0])
def test_noise_changes_no_sign_no_zero_and_nothing_that_is_not_finite(floor):
    for seed in range(20):
        noisy = moved(MIXED, floor, seed)
        assert np.array_equal(np.signbit(noisy[:-1]), np.signbit(MIXED[:-1]))
        assert np.array_equal(noisy == 0, MIXED == 0)
        assert np.array_equal(noisy[6:], MIXED[6:], equal_nan=True)


def test_noise_in_what_has_one_sign_is_a_share_of_each_number():
    noisy = moved(SQUARES, 1e-3)
    share = np.abs(noisy[:3] / SQUARES[:3] - 1)
    assert (share < 3e-3).all() and share.max() > 1e-5 and noisy[3] == 0


def test_without_a_floor_noise_is_of_the_last_place():
    values = np.linspace(0.1, 3, 1000).astype('f4')
    off = np.abs(moved(values).astype('f8') / values - 1)
    assert 0 < off.max() <= 1.6 * np.finfo('f4').eps


@pytest.mark.parametrize('dtype, eps', [('f8', 2.0 ** -52), ('f4', 2.0 ** -23), ('f2', 2.0 ** -10), ('c8', 2.0 ** -23)])
def test_noise_is_of_the_dtypes_own_last_place(dtype, eps):
    values = np.full(500, 1.25, dtype)
    off = np.abs((moved(values) - values).astype('c16'))
    assert moved(values).dtype == values.dtype and 0.5 * eps < off.max() <= 1.5 * eps


@pytest.mark.parametrize('value', [np.zeros(3, 'f4'), np.array([0., 1., 1.], 'f4'), np.float32(7), np.arange(3),
                                   np.array([b'a'], object), np.zeros((0, 2), 'f4')])
def test_counts_masks_first_values_and_text_are_left(value):
    assert moved(np.asarray(value), 1.0) is None


def test_noise_is_rarer_and_as_much_larger_in_a_long_run():
    nudger = variablenoise.Nudger(0, [])
    due = [time for time in range(300) if nudger.is_due(time)]
    assert due == [*range(16), *range(16, 32, 2), *range(32, 64, 4), *range(64, 128, 8), *range(128, 300, 16)]
    value = {'w': np.full(10_000, 1.25, 'f4')}
    spread = [np.std(nudger.moved(0, 0, time, value)['w'].astype('f8')) for time in (0, 40)]
    assert 1.8 < spread[1] / spread[0] < 2.2


@pytest.mark.parametrize('name', BY_HAND)
def test_noise_takes_no_root_of_less_than_nothing(name, fork, tmp_path):
    found = recording.recorded(fork, tmp_path, SCRIPT.format(updates=BY_HAND[name]))
    first, floors = found.series(), str(tmp_path / 'first.npz')
    (tmp_path / 'out.npz').rename(floors)
    noisy = recording.recorded(fork, tmp_path, SCRIPT.format(updates=BY_HAND[name]), nudge=3, brief=True,
                               steps_of=floors).series()
    assert any(np.isfinite(series).all() and not np.array_equal(series, first[key]) for key, series in noisy.items())
    assert all(np.isfinite(series).all() for series in noisy.values())
