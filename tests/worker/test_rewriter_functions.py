"""Portable exp, log and their kin against decimals of 60 digits, at the ends of their ranges too."""
import decimal
from decimal import Decimal

import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.rewriting.portable import Portable
from tests.worker.rewriting import run, same

f32 = np.float32
decimal.getcontext().prec = 60
RANDOM = np.random.RandomState(11)


def drawn(low, high):
    """float32 between the bounds: evenly, and down to tiny magnitudes of either sign where the bounds allow."""
    evenly = RANDOM.uniform(low, high, 600)
    tiny = 10.0 ** RANDOM.uniform(-30, 0, 200) * RANDOM.choice([-1, 1], 200)
    return np.concatenate([evenly, tiny[(tiny > low) & (tiny < high)]]).astype(f32)


def rounded(exact):
    """The float32 nearest to a Decimal; below 2**-126 it is 0."""
    near = f32(float(exact))
    with np.errstate(over='ignore'):
        around = [near, np.nextafter(near, f32(-np.inf)), np.nextafter(near, f32(np.inf))]
    best = min((c for c in around if np.isfinite(c)), key=lambda c: abs(Decimal(float(c)) - exact))
    best = near if np.isinf(near) else best
    return best if abs(best) >= f32(2.0 ** -126) else f32(0)


FUNCTIONS = {
    'exp': (tf.exp, lambda x: x.exp(), (-90, 89)),
    'expm1': (tf.expm1, lambda x: x.exp() - 1, (-20, 88)),
    'log': (tf.log, lambda x: x.ln(), (1e-30, 50)),
    'log1p': (tf.log1p, lambda x: (1 + x).ln(), (-0.999, 50)),
    'tanh': (tf.tanh, lambda x: ((2 * x).exp() - 1) / ((2 * x).exp() + 1), (-10, 10)),
    'sigmoid': (tf.sigmoid, lambda x: 1 / (1 + (-x).exp()), (-90, 20)),
    'softplus': (tf.nn.softplus, lambda x: (1 + x.exp()).ln(), (-60, 60)),
    'elu': (tf.nn.elu, lambda x: x if x > 0 else x.exp() - 1, (-20, 20)),
}


@pytest.mark.parametrize('name', sorted(FUNCTIONS))
def test_every_result_is_the_nearest_float32(name):
    function, exact, bounds = FUNCTIONS[name]
    x = drawn(*bounds)
    answer = run(Portable(), function, x)
    expected = np.array([rounded(exact(Decimal(float(value)))) for value in x], f32)
    assert [x[k] for k in np.flatnonzero(answer != expected)] == []


def sine(x):
    """By its series, of any Decimal below 2**26."""
    x = x % (2 * Decimal('3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803'))
    term, total, k = x, x, 1
    while abs(term) > Decimal(10) ** -65:
        term *= -x * x / ((k + 1) * (k + 2))
        total, k = total + term, k + 2
    return total


HALF_PI = Decimal('1.57079632679489661923132169163975144209858469968755291048747229615390820314310449931401')


@pytest.mark.parametrize('name, function, shift', [('sin', tf.sin, 0), ('cos', tf.cos, HALF_PI)])
def test_sine_and_cosine_are_the_nearest_float32(name, function, shift):
    x = np.concatenate([drawn(-20, 20), RANDOM.uniform(-6e7, 6e7, 100).astype(f32)])
    with decimal.localcontext() as context:
        context.prec = 80
        expected = np.array([rounded(sine(Decimal(float(value)) + shift)) for value in x], f32)
    assert [x[k] for k in np.flatnonzero(run(Portable(), function, x) != expected)] == []


@pytest.mark.parametrize('y', [2.0, 0.5, -1.5, 3.0, 0.001, 20.0])
def test_power_is_the_nearest_float32(y):
    x = drawn(1e-6, 30)
    x = x[(Decimal(y) * 1 != 0) & (x > 0)]
    answer = run(Portable(), tf.pow, x, np.array(y, f32))
    with decimal.localcontext() as context:
        context.prec = 60
        expected = np.array([rounded(Decimal(float(v)) ** Decimal(float(f32(y)))) for v in x], f32)
    assert [x[k] for k in np.flatnonzero(answer != expected)] == []


SPECIAL = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1000, -1000], f32)


@pytest.mark.parametrize('name, expected', [
    ('exp', [1, 1, np.inf, 0, np.nan, np.inf, 0]),
    ('expm1', [0, 0, np.inf, -1, np.nan, np.inf, -1]),
    ('log', [-np.inf, -np.inf, np.inf, np.nan, np.nan, f32(np.log(1000)), np.nan]),
    ('log1p', [0, 0, np.inf, np.nan, np.nan, f32(np.log(1001)), np.nan]),
    ('tanh', [0, 0, 1, -1, np.nan, 1, -1]),
    ('sigmoid', [0.5, 0.5, 1, 0, np.nan, 1, 0]),
    ('softplus', [f32(np.log(2)), f32(np.log(2)), np.inf, 0, np.nan, 1000, 0]),
])
def test_zeros_infinities_and_nan(name, expected):
    assert np.array_equal(run(Portable(), FUNCTIONS[name][0], SPECIAL), np.array(expected, f32), equal_nan=True)


@pytest.mark.parametrize('known', [True, False])
def test_extremes_of_nan_and_zeros(known):
    a = np.array([np.nan, 0, np.nan, 0, -0.0, -0.0, np.inf, 1], f32)
    b = np.array([0, np.nan, np.nan, -0.0, 0, -0.0, -np.inf, 2], f32)
    largest, least = run(Portable(), lambda a, b: [tf.maximum(a, b), tf.minimum(a, b)], a, b, known=known)
    assert same(largest, np.array([np.nan, np.nan, np.nan, 0, 0, 0, np.inf, 2], f32))
    assert same(least, np.array([np.nan, np.nan, np.nan, 0, 0, 0, -np.inf, 1], f32))


def test_relu_and_its_gradient_at_nan_and_zeros():
    x = np.array([np.nan, -0.0, 0, -1, 2, -np.inf, np.inf, -1], f32)
    g = np.array([1, 2, 3, np.nan, 4, np.inf, 5, -3], f32)
    y, dx = run(Portable(), lambda x, g: [tf.nn.relu(x), tf.gradients(tf.nn.relu(x), x, g)[0]], x, g)
    assert same(y, np.array([np.nan, 0, 0, 0, 2, 0, np.inf, 0], f32))
    assert same(dx, np.array([0, 0, 0, np.nan, 4, np.nan, 5, -0.0], f32))


def test_powers_of_negative_numbers_and_zero():
    x = np.array([-2, -2, -2, 0, 0, 0, 1, np.inf], f32)
    y = np.array([3, 2, 0.5, 2, -1, 0, 7, 0], f32)
    assert same(run(Portable(), tf.pow, x, y), np.array([-8, 4, np.nan, 0, np.inf, 1, 1, 1], f32))


def log_sum(row):
    return sum(Decimal(float(value)).exp() for value in row).ln()


def test_softmax_is_the_nearest_float32():
    z = (RANDOM.randn(40, 11) * 6).astype(f32)
    expected = np.array([[rounded((Decimal(float(v)) - log_sum(row)).exp()) for v in row] for row in z], f32)
    assert same(run(Portable(), tf.nn.softmax, z), expected)


def test_cross_entropy_and_its_gradient_are_the_nearest_float32():
    z = (RANDOM.randn(30, 10) * 6).astype(f32)
    labels = np.eye(10, dtype=f32)[RANDOM.randint(10, size=30)]

    def loss(logits, labels):
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return [losses, tf.gradients(losses, logits)[0]]
    losses, gradient = run(Portable(), loss, z, labels)
    expected = [rounded(log_sum(row) - Decimal(float(row[label]))) for row, label in zip(z, labels.argmax(1))]
    assert same(losses, np.array(expected, f32))
    soft = [[rounded((Decimal(float(v)) - log_sum(row)).exp() - Decimal(float(hot)))
             for v, hot in zip(row, hots)] for row, hots in zip(z, labels)]
    assert same(gradient, np.array(soft, f32))


def test_sparse_cross_entropy_is_that_of_one_hot_labels():
    z = (RANDOM.randn(30, 10) * 6).astype(f32)
    labels = RANDOM.randint(10, size=30).astype(np.int64)

    def losses(logits, labels):
        sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        dense = tf.nn.softmax_cross_entropy_with_logits(labels=tf.one_hot(labels, 10), logits=logits)
        return [sparse, dense, tf.gradients(sparse, logits)[0], tf.gradients(dense, logits)[0]]
    sparse, dense, gradient, dense_gradient = run(Portable(), losses, z, labels)
    assert same(sparse, dense) and same(gradient, dense_gradient)
