"""The float32 kernels that round otherwise on each kind of processor, and in the stand-in for one: right to a few units
in the last place, whatever the shape."""
import warnings

import numpy as np
import pytest

from legacy.shim import tf

f32, f64 = np.float32, np.float64
SPECIAL = np.array([0, -0.0, 1, 4, np.inf, -np.inf, np.nan, -1, 2e-38, 3e38, 88.7, 89, -87, -104, -200], f32)
SHAPES = [(), (0,), (1,), (7,), (10, 30), (2500, 1), (3, 0), (2, 3, 4, 5)]


def given(shape, low=-3.0, high=3.0):
    return np.random.RandomState(5).uniform(low, high, shape).astype(f32)


def run(function, *arrays):
    """What the op gives: of placeholders, since of constants it is computed before the run."""
    with tf.Graph().as_default(), tf.Session() as session:
        fed = [tf.placeholder(array.dtype, array.shape) for array in arrays]
        return session.run(function(*fed), dict(zip(fed, arrays)))


def close(obtained, expected, scale=None):
    """Within 4 units in the last place, of `scale` where terms may cancel; what is NaN or infinite is the same."""
    with np.errstate(all='ignore'):
        rounded = np.asarray(expected).astype(f32)
        assert obtained.shape == rounded.shape and obtained.dtype == f32
        allowed = 4 * np.spacing(np.abs(rounded if scale is None else np.asarray(scale).astype(f32)))
        exact = (obtained == rounded) | np.isnan(obtained) & np.isnan(rounded)
        subnormal = (np.abs(rounded) < np.finfo(f32).tiny) & (np.abs(obtained) <= np.finfo(f32).tiny)  # flushed or not
        assert (exact | subnormal | (np.abs(obtained.astype(f64) - expected) <= allowed)).all()


@pytest.mark.parametrize('op, function', [(tf.rsqrt, lambda x: 1 / np.sqrt(x)), (tf.exp, np.exp)], ids=['Rsqrt', 'Exp'])
@pytest.mark.parametrize('values', [SPECIAL, *(given(shape, 0.01, 80) for shape in SHAPES)],
                         ids=['special', *map(str, SHAPES)])
def test_elementwise(op, function, values):
    with np.errstate(all='ignore'):
        close(run(op, values), function(values.astype(f64)))


AXES = [((10, 30), 0), ((10, 30), 1), ((10, 30), -1), ((10, 30), [0, 1]), ((10, 30), []), ((2, 3, 4, 5), [0, 2]),
        ((2, 3, 4, 5), [-1, 1]), ((2, 3, 4, 5), [3, 2, 1, 0]), ((0, 3), 0), ((0, 3), 1), ((), []), ((100_000,), 0)]


@pytest.mark.parametrize('shape, axis', AXES, ids=str)
@pytest.mark.parametrize('keep', [False, True])
@pytest.mark.parametrize('index', [np.int32, np.int64])
def test_mean(shape, axis, keep, index):
    values = given(shape)
    axes = tuple(np.ravel(axis).astype(int))
    with np.errstate(all='ignore'), warnings.catch_warnings():
        warnings.simplefilter('ignore')  # the mean of nothing
        expected = values.astype(f64).mean(axis=axes, keepdims=keep)
        scale = np.abs(values).astype(f64).mean(axis=axes, keepdims=keep)
    close(run(lambda x: tf.reduce_mean(x, np.array(axis, index), keepdims=keep), values), expected, scale)


@pytest.mark.parametrize('axes', [[2], [-3], [0, 0], [0, -2]])
def test_mean_over_axes_that_are_not_there_is_refused(axes):
    with pytest.raises(tf.errors.InvalidArgumentError):
        with tf.Graph().as_default(), tf.Session() as session:
            fed = tf.placeholder(tf.int32, [None])
            session.run(tf.reduce_mean(tf.placeholder_with_default(given((3, 4)), [3, 4]), fed), {fed: axes})


@pytest.mark.parametrize('rows, terms, columns', [(1, 1, 1), (10, 30, 30), (2500, 30, 1), (7, 2500, 3), (0, 3, 2),
                                                  (2, 0, 3), (2, 3, 0)])
@pytest.mark.parametrize('first, second', [(False, False), (True, False), (False, True), (True, True)])
def test_matmul(rows, terms, columns, first, second):
    a, b = given((rows, terms)), given((terms, columns), -1, 2)
    obtained = run(lambda x, y: tf.matmul(x, y, transpose_a=first, transpose_b=second), a.T.copy() if first else a,
                   b.T.copy() if second else b)
    close(obtained, a.astype(f64) @ b, terms ** 0.5 * (np.abs(a).astype(f64) @ np.abs(b)))


@pytest.mark.parametrize('value', [np.inf, np.nan])
def test_matmul_keeps_what_is_not_finite_in_its_row(value):
    a = np.abs(given((4, 5)))
    a[2, 3] = value
    obtained = run(tf.matmul, a, np.abs(given((5, 6))))
    assert np.isfinite(obtained[[0, 1, 3]]).all()
    assert np.array_equal(obtained[2], np.full(6, value, f32), equal_nan=True)


def test_matmul_of_sizes_that_do_not_fit_is_refused():
    with pytest.raises(tf.errors.InvalidArgumentError), tf.Graph().as_default(), tf.Session() as session:
        a, b = (tf.placeholder(tf.float32, [None, None]) for _ in range(2))
        session.run(tf.matmul(a, b), {a: given((2, 3)), b: given((2, 3))})
