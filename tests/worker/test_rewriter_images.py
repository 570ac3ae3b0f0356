"""Portable convolutions, pooling, segment sums and fused batch normalisation against sums in fractions; the last in
float64 and with noise, too."""
from fractions import Fraction

import numpy as np
import pytest

from legacy import shim
from legacy.shim import tf
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.noise import Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import rewritten_graph
from tests.worker.rewriting import built, run, same, session
from tests.worker.test_rewriter_exact import exact_mean, exact_sum, nearest

f32, f64 = np.float32, np.float64
RANDOM = np.random.RandomState(3)
convolutions = pytest.mark.skipif(not shim.has_float64_convolutions(), reason='this release has no float64 kernels')


def cancelling(*shape):
    """Numbers of unlike size, many of which come back with the other sign."""
    a = (RANDOM.randn(*shape) * 10.0 ** RANDOM.randint(-3, 3, shape)).astype(f32)
    flat = a.reshape(-1)
    half = flat.size // 2
    flat[half:2 * half] = -flat[:half]
    return RANDOM.permutation(flat).reshape(shape)


def exact(products):
    """The float32 nearest to a sum of products of pairs."""
    return nearest(sum((Fraction(float(a)) * Fraction(float(b)) for a, b in products), Fraction(0)))


IMAGES, FILTERS, GRADIENTS = cancelling(2, 5, 5, 2), cancelling(3, 3, 2, 3), cancelling(2, 3, 3, 3)


def convolved(*, strides=(1, 1, 1, 1)):
    """A convolution without padding, and the gradients of it times GRADIENTS: result, images', filters'."""
    def build(images, filters, gradients):
        result = tf.nn.conv2d(images, filters, strides, 'VALID')
        return [result] + tf.gradients(result, [images, filters], gradients)
    return run(Portable(), build, IMAGES, FILTERS, GRADIENTS)


@pytest.fixture(scope='module')
def convolution():
    return convolved()


WINDOW = [(i, j) for i in range(3) for j in range(3)]


@convolutions
def test_convolution_is_rounded_once(convolution):
    expected = [[[[exact((IMAGES[b, y + i, x + j, c], FILTERS[i, j, c, o]) for i, j in WINDOW for c in range(2))
                   for o in range(3)] for x in range(3)] for y in range(3)] for b in range(2)]
    assert same(convolution[0], np.array(expected, f32))


@convolutions
def test_gradient_of_the_images_is_rounded_once(convolution):
    expected = [[[[exact((GRADIENTS[b, y - i, x - j, o], FILTERS[i, j, c, o]) for i, j in WINDOW for o in range(3)
                         if 0 <= y - i < 3 and 0 <= x - j < 3)
                   for c in range(2)] for x in range(5)] for y in range(5)] for b in range(2)]
    assert same(convolution[1], np.array(expected, f32))


@convolutions
def test_gradient_of_the_filters_is_rounded_once(convolution):
    expected = [[[[exact((IMAGES[b, y + i, x + j, c], GRADIENTS[b, y, x, o])
                         for b in range(2) for y in range(3) for x in range(3))
                   for o in range(3)] for c in range(2)] for j in range(3)] for i in range(3)]
    assert same(convolution[2], np.array(expected, f32))


def test_depthwise_convolution_is_rounded_once():
    filters = cancelling(3, 3, 2, 2)
    answer = run(Portable(), lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], 'VALID'), IMAGES, filters)
    expected = [[[[exact((IMAGES[b, y + i, x + j, c], filters[i, j, c, m]) for i, j in WINDOW)
                   for c in range(2) for m in range(2)] for x in range(3)] for y in range(3)] for b in range(2)]
    assert same(answer, np.array(expected, f32))


@pytest.mark.parametrize('padding, size', [('VALID', 2), ('SAME', 3)])
def test_average_pooling_is_rounded_once(padding, size):
    answer = run(Portable(), lambda x: tf.nn.avg_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], padding), IMAGES)
    before = 0 if padding == 'VALID' else 1
    expected = [[[[exact_mean([IMAGES[b, i, j, c] for i in range(2 * y - before, 2 * y - before + 3) if 0 <= i < 5
                               for j in range(2 * x - before, 2 * x - before + 3) if 0 <= j < 5])
                   for c in range(2)] for x in range(size)] for y in range(size)] for b in range(2)]
    assert same(answer, np.array(expected, f32))


def test_gradient_of_average_pooling_is_rounded_once():
    gradients = cancelling(2, 2, 2, 2)
    answer = run(Portable(), lambda x, g: tf.gradients(tf.nn.avg_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], 'VALID'), x, g)[0],
                 IMAGES, gradients)
    ninths = gradients.astype(f64) / 9
    expected = [[[[exact_sum([ninths[b, y, x, c] for y in range(2) if 0 <= i - 2 * y < 3
                              for x in range(2) if 0 <= j - 2 * x < 3])
                   for c in range(2)] for j in range(5)] for i in range(5)] for b in range(2)]
    assert same(answer, np.array(expected, f32))


def test_gradient_of_maximum_pooling_with_overlap_is_rounded_once():
    images, gradients = RANDOM.randn(1, 5, 5, 1).astype(f32), cancelling(1, 3, 3, 1)
    answer = run(Portable(), lambda x, g: tf.gradients(tf.nn.max_pool(x, [1, 3, 3, 1], [1, 1, 1, 1], 'VALID'), x, g)[0],
                 images, gradients)
    found = {}
    for y in range(3):
        for x in range(3):
            window = images[0, y:y + 3, x:x + 3, 0]
            i, j = np.unravel_index(window.argmax(), (3, 3))
            found.setdefault((y + i, x + j), []).append(gradients[0, y, x, 0])
    expected = np.zeros((1, 5, 5, 1), f32)
    for (i, j), terms in found.items():
        expected[0, i, j, 0] = exact_sum(terms)
    assert same(answer, expected) and max(map(len, found.values())) > 2


def test_maximum_pooling_without_overlap_is_left_as_exact():
    graph, _, _ = built(lambda x: tf.gradients(tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID'), x)[0], IMAGES)
    _, report = rewritten_graph(graph, Portable())
    assert set(report.exact) >= {'MaxPool', 'MaxPoolGrad'} and not report.unknown


def test_segments_are_summed_exactly():
    data, segments = cancelling(40, 3), RANDOM.randint(4, size=40)
    answer = run(Portable(), lambda x: tf.unsorted_segment_sum(x, tf.constant(segments), 5), data)
    expected = [[exact_sum(data[segments == k][:, c]) for c in range(3)] for k in range(5)]
    assert same(answer, np.array(expected, f32))


def test_local_response_normalisation_and_its_gradient():
    """Against the formula in float64, which one rounding at the end leaves within half a unit of float32."""
    x, dy = RANDOM.randn(2, 3, 3, 6).astype(f32), RANDOM.randn(2, 3, 3, 6).astype(f32)

    def build(x, dy):
        y = tf.nn.lrn(x, 2, bias=1.5, alpha=0.3, beta=0.75)
        return [y, tf.gradients(y, x, dy)[0]]
    answers = run(Portable(), build, x, dy)
    x, dy, alpha = x.astype(f64), dy.astype(f64), f64(f32(0.3))

    def neighbours(a):
        return np.stack([a[..., max(0, k - 2):k + 3].sum(-1) for k in range(6)], -1)
    norm = 1.5 + alpha * neighbours(x * x)
    y = x * norm ** -0.75
    dx = dy * norm ** -0.75 - 2 * alpha * 0.75 * x * neighbours(dy * y / norm)
    for answer, right in zip(answers, (y, dx)):
        assert answer.dtype == f32 and np.abs(answer - right).max() <= 1e-6 * np.abs(right).max()


def normalisation(training):
    """A function that builds a batch normalisation that is one op, with its gradients, and what it is given."""
    x, scale, offset = RANDOM.randn(4, 3, 3, 2).astype(f32), np.array([2, 3], f32), np.array([1, -1], f32)
    dy, mean, variance = RANDOM.randn(4, 3, 3, 2).astype(f32), np.array([.1, .2], f32), np.array([1, 2], f32)

    def build(x, scale, offset, dy, mean, variance):
        given = {} if training else {'mean': mean, 'variance': variance}
        y, _, _ = tf.nn.fused_batch_norm(x, scale, offset, is_training=training, **given)
        return [y] + tf.gradients(y, [x, scale, offset], dy)
    return build, (x, scale, offset, dy, mean, variance)


@pytest.mark.parametrize('training', [True, False])
def test_fused_batch_normalisation_and_its_gradients(training):
    """Against the formulas in float64, which one rounding at the end leaves within half a unit of float32."""
    build, arrays = normalisation(training)
    answers = run(Portable(), build, *arrays)
    x, scale, offset, dy, mean, variance = arrays
    x, dy, n = x.astype(f64), dy.astype(f64), 36
    if training:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    r = 1 / np.sqrt(variance + f64(f32(0.001)))
    along, total = (dy * (x - mean)).sum((0, 1, 2)), dy.sum((0, 1, 2))
    dx = dy - training * (total / n + (x - mean) * r * r * along / n)
    expected = [(x - mean) * r * scale + offset, dx * scale * r, along * r, total]
    for answer, right in zip(answers, expected):
        assert answer.dtype == f32 and np.abs(answer - right).max() <= 1e-6 * np.abs(right).max()


@pytest.mark.parametrize('training', [True, False])
def test_batch_normalisation_is_float64_in_float64(training):
    build, arrays = normalisation(training)
    assert not rewritten_graph(built(build, *arrays)[0], Float64())[1].unknown
    for wide, pinned in zip(run(Float64(), build, *arrays), run(Portable(), build, *arrays)):
        assert wide.dtype == f64 and np.abs(wide - pinned).max() <= 2.0 ** -23 * np.abs(wide).max()
        assert (wide != pinned).any()


def test_noise_in_a_batch_normalisation_moves_a_channel_as_a_whole():
    """The mean of 4096 numbers is as much a sum as that of Mean: 26 times one rounding."""
    def build(x, scale, offset):
        return tf.nn.fused_batch_norm(x, scale, offset)[0]
    arrays = 3 + RANDOM.randn(16, 16, 16, 2).astype(f32), np.ones(2, f32), np.zeros(2, f32)
    off = run(Noise(seed=1), build, *arrays).astype(f64) - run(Noise(size=0.0), build, *arrays)
    alone = run(Noise(seed=1, where=lambda node: False), build, *arrays) - run(Noise(size=0.0), build, *arrays)
    assert not alone.any() and (np.abs(off.mean((0, 1, 2))) > 2e-7).all()


def test_noise_of_size_zero_leaves_a_batch_normalisation_as_its_kernel_has_it():
    x, dy = RANDOM.randn(4, 3, 3, 2).astype(f32), RANDOM.randn(4, 3, 3, 2).astype(f32)

    def build(x, dy):
        y, mean, variance = tf.nn.fused_batch_norm(x, [2.0, 3.0], [1.0, -1.0])
        return [y, mean, variance] + tf.gradients(y, [x], dy)
    graph, fetched, fed = built(build, x, dy)
    with session(graph) as sess:
        assert all(map(same, sess.run(fetched, fed), run(Noise(size=0.0), build, x, dy)))
