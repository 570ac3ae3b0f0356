"""Portable sums and products against exact fractions, element by element: terms that cancel, of unlike size, at ties,
zeros, infinities, NaN."""
from fractions import Fraction

import numpy as np
import pytest
from tensorflow.python.ops import gen_nn_ops

from legacy.shim import tf
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import rewritten_graph
from tests.worker.rewriting import built, run, same

f32 = np.float32
RANDOM = np.random.RandomState(7)


def nearest(exact):
    """The float32 nearest to a Fraction, to even at ties; tiny ones are 0."""
    if exact == 0:
        return f32(0)
    near = f32(float(exact))
    candidates = [near, np.nextafter(near, f32(-np.inf)), np.nextafter(near, f32(np.inf))]
    even = [int(np.array(c, f32).view(np.int32)) % 2 for c in candidates]
    best = min(zip(candidates, even), key=lambda pair: (abs(Fraction(float(pair[0])) - exact), pair[1]))[0]
    return best if abs(best) >= f32(2.0 ** -126) else f32(np.copysign(0, best))


def exact_sum(terms):
    return nearest(sum((Fraction(float(term)) for term in terms), Fraction(0)))


def exact_mean(terms):
    return nearest(sum((Fraction(float(term)) for term in terms), Fraction(0)) / len(terms))


def exact_product(a, b):
    return np.array([[nearest(sum((Fraction(float(x)) * Fraction(float(y)) for x, y in zip(row, column)), Fraction(0)))
                      for column in b.T] for row in a], f32)


def cancelling(rows, columns):
    """Columns that add up to little or nothing."""
    a = RANDOM.randn(rows, columns).astype(f32)
    half = rows // 2
    a[half:2 * half] = -a[:half][RANDOM.permutation(half)]
    a[0] += RANDOM.randn(columns).astype(f32) * f32(1e-7)
    return a


def unlike(rows, columns):
    """Magnitudes over twelve orders."""
    return (RANDOM.randn(rows, columns) * 10.0 ** RANDOM.uniform(-6, 6, (rows, columns))).astype(f32)


def at_ties(rows, columns):
    """Sums halfway between two float32, and next to it."""
    a = np.zeros((rows, columns), f32)
    a[0], a[1] = 1, f32(2.0 ** -24)
    a[2] = np.where(np.arange(columns) % 3 == 0, 0, np.where(np.arange(columns) % 3 == 1, 1, -1)) * f32(2.0 ** -60)
    a[3, ::2] = f32(2.0 ** -23)
    return RANDOM.permutation(a)


def zeros(rows, columns):
    """Mostly zeros, of either sign."""
    return np.where(RANDOM.rand(rows, columns) < 0.9, np.copysign(f32(0), RANDOM.randn(rows, columns)),
                    RANDOM.randn(rows, columns)).astype(f32)


KINDS = [cancelling, unlike, at_ties, zeros]


@pytest.mark.parametrize('known', [True, False], ids=['known shape', 'unknown shape'])
@pytest.mark.parametrize('make', KINDS)
def test_sum_is_the_exact_sum_rounded_once(make, known):
    a = make(60, 12)
    expected = np.array([exact_sum(column) for column in a.T], f32)
    assert same(run(Portable(), lambda x: tf.reduce_sum(x, 0), a, known=known), expected)


@pytest.mark.parametrize('known', [True, False, None], ids=['known shape', 'unknown shape', 'unknown rank'])
@pytest.mark.parametrize('make', KINDS)
def test_gradient_of_a_bias_is_the_exact_sum_over_all_but_the_last_axis(make, known):
    a = make(60, 12)
    expected = np.array([exact_sum(column) for column in a.T], f32)
    assert same(run(Portable(), lambda x: gen_nn_ops.bias_add_grad(x), a.reshape(6, 10, 12), known=known), expected)


@pytest.mark.parametrize('make', KINDS)
def test_mean_is_the_exact_mean_rounded_once(make):
    a = make(59, 12)
    expected = np.array([exact_mean(column) for column in a.T], f32)
    assert same(run(Portable(), lambda x: tf.reduce_mean(x, 0), a, known=False), expected)


def test_sum_of_everything_to_a_scalar():
    a = cancelling(31, 9)
    assert same(run(Portable(), lambda x: tf.reduce_sum(x), a), exact_sum(a.ravel()))


@pytest.mark.parametrize('make', KINDS)
def test_sum_of_three_tensors_is_rounded_once(make):
    a = make(12, 20)[:4]
    expected = np.array([exact_sum(column) for column in a[:3].T], f32)
    assert same(run(Portable(), lambda x, y, z: tf.add_n([x, y, z]), *a[:3]), expected)


@pytest.mark.parametrize('transposed', [(False, False), (True, False), (False, True)],
                         ids=['plain', 'left transposed', 'right transposed'])
@pytest.mark.parametrize('make', KINDS)
def test_matrix_product_is_the_exact_product_rounded_once(make, transposed):
    a, b = make(24, 7).T.copy(), make(24, 6)
    fed = a.T.copy() if transposed[0] else a, b.T.copy() if transposed[1] else b
    answer = run(Portable(), lambda x, y: tf.matmul(x, y, transpose_a=transposed[0], transpose_b=transposed[1]), *fed)
    assert same(answer, exact_product(a, b))


def cancelling_factors(orders):
    """Two matrices whose product is what one tiny term leaves, the others cancel; magnitudes over so many orders."""
    left = (RANDOM.randn(4, 20) * 10.0 ** RANDOM.uniform(-orders, 0, (4, 20))).astype(f32)
    right = (RANDOM.randn(20, 3) * 10.0 ** RANDOM.uniform(-orders, 0, (20, 3))).astype(f32)
    return (np.concatenate([left, -left, left[:, :1]], axis=1),
            np.concatenate([right, right, right[:1] * f32(2.0 ** -20)]))


def test_matrix_product_that_cancels_to_one_tiny_term():
    a, b = cancelling_factors(3)
    assert same(run(Portable(), tf.matmul, a, b), exact_product(a, b))


def test_beyond_the_grids_a_product_is_still_the_same_in_any_order():
    a, b = cancelling_factors(12)
    order = RANDOM.permutation(a.shape[1])
    assert same(*[run(Portable(), tf.matmul, x, y) for x, y in ((a, b), (a[:, order], b[order]))])


def test_beyond_the_grids_a_sum_is_still_the_same_in_any_order():
    a = (RANDOM.randn(40, 5) * 10.0 ** RANDOM.uniform(-37, 37, (40, 5))).astype(f32)
    a = np.concatenate([a, -a[::-1], a[:1] * f32(1e-30)])
    order = RANDOM.permutation(len(a))
    assert same(*[run(Portable(), lambda x: tf.reduce_sum(x, 0), x) for x in (a, a[order])])


def test_matrix_product_over_an_unknown_inner_dimension():
    a, b = cancelling(40, 5).T.copy(), cancelling(40, 4)
    assert same(run(Portable(), tf.matmul, a, b, known=False), exact_product(a, b))


def test_infinities_and_nan_in_a_sum():
    a = cancelling(10, 5)
    a[0, 0], a[3, 1], a[4, 2], a[5, 2], a[6, 3] = np.inf, -np.inf, np.inf, -np.inf, np.nan
    answer = run(Portable(), lambda x: tf.reduce_sum(x, 0), a)
    assert same(answer[:4], np.array([np.inf, -np.inf, np.nan, np.nan], f32)) and same(answer[4], exact_sum(a[:, 4]))


def test_infinities_and_nan_in_a_matrix_product():
    a, b = cancelling(10, 4).T.copy(), cancelling(10, 3)
    a[0, 0], a[1, 2], b[2, 1] = np.inf, np.nan, 0
    answer = run(Portable(), tf.matmul, a, b)
    with np.errstate(all='ignore'):
        plain = a.astype('f8') @ b.astype('f8')
    finite = np.isfinite(plain)
    assert same(answer[~finite], plain[~finite].astype(f32))
    a = np.where(np.isfinite(a), a, 0)
    assert same(answer[finite], exact_product(a, b)[finite]) and 0 < finite.sum() < finite.size


def test_a_sum_beyond_float32_is_infinite():
    a = np.full((4, 1), 3e38, f32)
    assert same(run(Portable(), lambda x: tf.reduce_sum(x, 0), a), np.array([np.inf], f32))


def test_a_sum_whose_partial_sums_overflow_is_finite():
    a = np.array([[3e38], [3e38], [-3e38], [-3e38], [2.0 ** 100]], f32)
    assert same(run(Portable(), lambda x: tf.reduce_sum(x, 0), a), np.array([2.0 ** 100], f32))


def test_the_gradient_of_a_leaky_relu_is_one_product_or_none():
    x = np.array([[-2, -0.0, 0, 1e-30, 3, np.nan]], f32)
    dy = np.array([[0.1, 0.3, -0.7, 1.1, -1.3, 1.7]], f32)

    def build(x, dy):
        return tf.gradients(tf.nn.leaky_relu(x, 0.3), x, dy)[0]
    graph, _, _ = built(build, x, dy)
    assert not rewritten_graph(graph, Portable())[1].unknown
    flat = dy.astype('f8') * np.float64(f32(0.3))
    assert same(run(Portable(), build, x, dy), np.where(x > 0, dy, flat).astype(f32))


@pytest.mark.parametrize('rules', [Portable, Float64])
@pytest.mark.parametrize('numbers', [np.arange(200, 256, dtype=np.uint8), -np.arange(90, 129).astype(np.int8),
                                     np.full(9, 2 ** 31 - 2, np.int32)])
def test_the_mean_of_whole_numbers_overflows_nowhere_and_is_cut_towards_zero(rules, numbers):
    graph, _, _ = built(lambda x: tf.reduce_mean(x, 0), numbers)
    graph_def, _ = rewritten_graph(graph, rules())
    assert not [node for node in graph_def.node if node.op == 'Mean']  # in whose kernel some releases overflow
    found = run(rules(), lambda x: tf.reduce_mean(x, 0), numbers)
    assert found.dtype == numbers.dtype and found == int(numbers.astype('f8').mean())
