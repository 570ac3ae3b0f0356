"""The referee: the article's training with batch normalisation, without TensorFlow, every op exactly rounded once.

numpy's float32 gives + - * / of two numbers exactly rounded, `math.fsum` adds floats exactly. What is spelled out in
float64 and then rounded is so in portable arithmetic too: rsqrt and its gradient, squared differences, updates.
Results below 2**-126 in magnitude are 0, as TensorFlow's threads have it.
"""
import math

import numpy as np

f32, f64 = np.float32, np.float64
TINY = 2.0 ** -126
RATE, EPSILON, DECAYED = f32(0.001), f32(0.001), f32(0.5)


def rounded(value):
    """float64 numbers to float32, what is tiny to zero of its sign."""
    value = np.asarray(value, f64).astype(f32)
    return np.where(np.abs(value) < f32(TINY), np.copysign(f32(0), value), value)


def exact_sum(terms):
    """float32: the exact sum of float64 numbers, rounded once."""
    terms = [float(term) for term in terms]
    nearest = math.fsum(terms)
    rest = math.fsum(terms + [-nearest])
    low = f64(nearest) - f64(f32(nearest))
    if rest and f64(f32(nearest + low)) == nearest + low:  # between two float32, at their middle: the rest decides
        nearest = np.nextafter(nearest, math.inf if rest > 0 else -math.inf)
    return rounded(nearest) + f32(0)


def total(a):
    """Over the rows: (n, k) -> (1, k)."""
    return np.array([[exact_sum(column) for column in a.astype(f64).T]], f32)


def mean(a):
    """Over the rows, for n rows where the exact sum over n is right after one rounding of the quotient in float64."""
    def one(column):
        sum_, n = [float(x) for x in column], len(column)
        quotient = math.fsum(sum_) / n
        rest = math.fsum(sum_ + [-part for part in split_product(quotient, n)])
        low = f64(quotient) - f64(f32(quotient))
        if rest and f64(f32(quotient + low)) == quotient + low:
            quotient = np.nextafter(quotient, math.inf if rest > 0 else -math.inf)
        return rounded(quotient) + f32(0)
    return np.array([[one(column) for column in a.T]], f32)


def split_product(a, n):
    """a * n as two floats that add up to it exactly (n below 2**26)."""
    high = float(f64(f32(a)))
    return high * n, (a - high) * n


def product(a, b):
    return np.array([[exact_sum(row * column) for column in b.astype(f64).T] for row in a.astype(f64)], f32)


def moments(y):
    average = mean(y)
    return average, mean(rounded((y.astype(f64) - average.astype(f64)) ** 2))


def normalised(y, scale, shift):
    """-> what the backward pass needs of scale * (y - mean) / sqrt(variance + epsilon) + shift, result first"""
    average, variance = moments(y)
    r = rounded(1 / np.sqrt((variance + EPSILON).astype(f64)))
    inverse = r * scale
    return y * inverse + (shift - average * inverse), (y, average, variance, r, inverse)


def normalised_gradients(g, kept, scale, through_y=True):
    """-> gradient of y, of scale, of shift"""
    y, average, _, r, inverse = kept
    d_shift = total(g)
    d_inverse = -d_shift * average + total(y * g)
    d_scale = r * d_inverse
    if not through_y:
        return None, d_scale, d_shift
    wide = r.astype(f64)
    d_variance = rounded(wide * wide * wide * ((d_inverse * scale).astype(f64) * -0.5))
    n = f32(len(y))
    by_variance = f32(2) * (d_variance / n) * (y - average)
    by_mean = -d_shift * inverse / n
    dy = np.vectorize(lambda *terms: exact_sum(terms))(g * inverse, by_variance, by_mean).astype(f32)
    return dy, d_scale, d_shift


def updated(variable, gradient):
    return rounded(variable.astype(f64) - f64(RATE) * gradient.reshape(variable.shape).astype(f64))


def step(variables, averages, x, y):
    """One training step. variables: scale, shift of the input, then weights, biases, scale, shift of each hidden layer,
    weights, biases of the output. averages: mean, variance of the input, then of each hidden layer. x, y: float32 of
    shape (rows, 1). -> variables, averages, cost"""
    layers = [variables[k:k + 4] for k in range(2, len(variables), 4)]
    a, kept = normalised(x, *variables[:2])
    inputs, normal, outs = [a], [kept], []
    for weights, biases, scale, shift in layers[:-1]:
        out, kept = normalised(product(a, weights) + biases, scale, shift)
        a = np.maximum(out, f32(0)) + f32(0)
        inputs, normal, outs = inputs + [a], normal + [kept], outs + [out]
    error = y - (product(a, layers[-1][0]) + layers[-1][1])
    cost = mean(error * error)[0, 0]
    dz = -((f32(1) / f32(len(x))) * (error * f32(2)))
    gradients = [product(inputs[-1].T, dz), total(dz)]
    for k in reversed(range(len(layers) - 1)):
        da = product(dz, layers[k + 1][0].T)
        dz, d_scale, d_shift = normalised_gradients(np.where(outs[k] > 0, da, f32(0)), normal[k + 1], layers[k][2])
        gradients = [product(inputs[k].T, dz), total(dz), d_scale, d_shift] + gradients
    gradients = list(normalised_gradients(product(dz, layers[0][0].T), normal[0], variables[0], False)[1:]) + gradients
    values = [value for _, average, variance, _, _ in normal for value in (average, variance)]
    moved = [rounded(old.astype(f64) - ((old - value.reshape(old.shape)) * DECAYED).astype(f64))
             for old, value in zip(averages, values)]
    return [updated(*pair) for pair in zip(variables, gradients)], moved, cost
