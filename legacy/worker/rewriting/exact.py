"""Sums and products rounded once: the exact result of float32 inputs, to the nearest float32. Runs on Python 3.6.

First the plain float64 result P, in whatever order the kernel adds, and a bound of its error: (terms) * 2**-53 * Q,
with Q the same sum of magnitudes. Where P - bound and P + bound round to one float32 that is the answer, whatever the
order was. Where they do not, in one element at least, the whole op is computed again from slices (`slices`), whose sums
float64 holds exactly in any order, and the few sums are added and rounded once (`rounded_pair`). Both ways give
the same float32, so nobody can tell which one was taken, but for the time.

Error bounds: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1. Slices: J. Demmel and
H. D. Nguyen, Fast reproducible floating-point summation, 2013; K. Ozaki, T. Ogita, S. Oishi and S. M. Rump, Error-free
transformations of matrix multiplication, 2012.

An exact zero is +0. Where a term is not finite, the result is that of the plain sum: infinity or NaN whatever the order.
"""
import numpy as np

from legacy.worker.rewriting.nodes import BOOL, DOUBLE, FLOAT, INT32

UNIT = 2.0 ** -53  # half the distance from 1 to the next float64
LARGEST = 2.0 ** 1000  # bounds stay finite: infinity minus infinity would be NaN
FLOAT32_MAX = float(np.finfo(np.float32).max)
SLACK = 16  # roundings of P, Q and the bound itself, in units


# ---- the quick way, and the branch

def finish_rounded(site, plain, magnitude, terms, operands, exactly):
    """Finish the site with the exact value that `plain` approximates, rounded to float32.

    plain, magnitude: float64 tensors P and Q. terms: how many are added up at most: a number or a float64 scalar.
    operands: float64 tensors. exactly: a function of the operands and `plain` that writes the slow way and returns a
    float32 tensor; the tensors it gets are alive only where the quick way is not enough.
    """
    bound = site.op('Minimum', site.mul(magnitude, _times(site, terms, UNIT, SLACK)), site.const(LARGEST))
    upper, lower = site.f32(site.add(plain, bound)), site.f32(site.sub(plain, bound))
    differs = any_of(site, site.op('Greater', upper, lower, T=FLOAT), site.out_shape())
    quick = site.op('Switch', upper, differs, T=FLOAT, label='quick')
    alive = [site.op('Switch', tensor, differs, label='slow') + ':1' for tensor in list(operands) + [plain]]
    slow = exactly(*alive)
    site.finish('Merge', quick, slow, T=FLOAT, N=2)


def _times(site, terms, factor, extra=0):
    """(terms + extra) * factor as a float64 scalar."""
    if isinstance(terms, str):
        return site.mul(site.add(terms, site.const(float(extra))) if extra else terms, site.const(factor))
    return site.const((terms + extra) * factor)


def any_of(site, tensor, shape):
    """Whether any element of a tensor of bools holds: a scalar."""
    if shape == ():
        return tensor
    if shape is None:
        tensor = site.op('Reshape', tensor, site.const([-1], INT32), T=BOOL, Tshape=INT32)
        shape = (None,)
    return site.reduce('Any', tensor, site.const(list(range(len(shape))), INT32))


# ---- the slow way

def slices(site, tensor, largest, width, count):
    """[float64 tensors]: `tensor` cut into `count` summands, each on a grid of its own; what is below the last is lost.

    largest: the largest magnitude of each row, broadcastable. width: a number f or a float64 scalar: the grids are so
    that each slice holds whole multiples of its grid, less than 2**53 / (f - 1) of them.
    """
    shift = site.mul(largest, width if isinstance(width, str) else site.const(width))
    finer = site.mul(site.add(width, site.const(1.0)), site.const(UNIT)) if isinstance(width, str) \
        else site.const((width + 1) * UNIT)
    found, rest = [], tensor
    for k in range(count):
        found.append(site.sub(site.add(rest, shift), shift))
        if k + 1 < count:
            rest = site.sub(rest, found[-1])
            shift = site.mul(shift, finer)
    return found


def rounded_pair(site, large, small):
    """float64 tensor that rounds to float32 as large + small does, exactly added: its distance to every number between
    two float32 has the right sign.

    `large` must be a multiple of a grid of which `small` is less than 2**52 multiples of a finer one: see `slices`.
    """
    near = on_26_bits(site, site.add(large, small))
    rest = site.add(site.sub(large, near), small)  # its sign is exact, and 0 only if it is 0
    return nudged(site, near, rest)


def on_26_bits(site, tensor):
    """A float64 tensor rounded to 26 bits (Veltkamp), two more than float32 has."""
    scaled = site.mul(tensor, site.const(2.0 ** 27 + 1))
    return site.sub(scaled, site.sub(scaled, tensor))


def nudged(site, near, rest):
    """near moved a little towards near + rest, by less than to the next number of 26 bits."""
    return site.add(near, site.mul(site.op('Sign', rest), site.mul(site.abs(near), site.const(2.0 ** -40))))


def chosen(site, finite, exact, plain):
    """exact where `finite` is finite, elsewhere plain."""
    return site.f32(site.op('Select', site.op('IsFinite', finite), exact, plain))


# ---- sums

def finish_sum(site, tensor, axes, keep_dims, index=INT32, shape=None, mean=False, terms=None):
    """Finish the site with the exact sum, or mean, of a float64 tensor that holds float32 values.

    axes: int tensor of DataType `index`. shape: the tensor's, as far as it is known. terms: elements in each sum, if
    that is known.
    """
    terms = terms or _reduced(site, axes, shape)
    plain = site.reduce('Sum', tensor, axes, keep_dims, index=index)
    magnitude = site.reduce('Sum', site.abs(tensor), axes, keep_dims, index=index)
    count = None
    if terms is None:
        terms = site.size(tensor)
        count = site.div(terms, site.size(plain)) if mean else None
    elif mean:
        count = site.const(float(terms))
    if mean:
        plain, magnitude = site.div(plain, count), site.div(magnitude, count)

    def exactly(tensor, _):
        largest = site.op('Minimum', site.reduce('Max', site.abs(tensor), axes, True, index=index),
                          site.const(FLOAT32_MAX))  # so that infinity passes through the first slice
        width = site.add(site.add(terms, terms), site.const(8.0)) if isinstance(terms, str) else 2.0 * terms + 8
        large, small = [site.reduce('Sum', part, axes, keep_dims, index=index)
                        for part in slices(site, tensor, largest, width, 2)]
        exact = rounded_mean(site, large, small, count) if mean else rounded_pair(site, large, small)
        return chosen(site, large, exact, large)
    finish_rounded(site, plain, magnitude, terms, [tensor], exactly)


def rounded_mean(site, large, small, count):
    """`rounded_pair` of (large + small) / count, count a whole number below 2**25."""
    total = site.add(large, small)
    lost = site.sub(small, site.sub(total, large))
    near = on_26_bits(site, site.div(total, count))
    rest = site.add(site.sub(total, site.mul(near, count)), lost)
    return nudged(site, near, rest)


def _reduced(site, axes, shape):
    """How many elements each sum has, or None if that is not known."""
    axes = site.source.constant(site.inputs[1]) if len(site.inputs) > 1 and axes == site.inputs[1] else None
    if axes is None or shape is None:
        return None
    sizes = [shape[int(axis)] for axis in axes.ravel()]
    return None if None in sizes else int(np.prod(sizes, dtype=np.int64)) if sizes else 1


# ---- products

def finish_bilinear(site, multiply, left, right, rows, columns, terms):
    """Finish the site with an exact bilinear op of two float64 tensors that hold float32 values.

    multiply: a function of two float64 tensors that writes the op itself. rows, columns: functions that give, of a
    tensor of magnitudes like `left` (`right`), the largest of all that meet in one sum, broadcastable. terms: how many
    products are added up at most: a number or a float64 scalar.
    """
    plain = multiply(left, right)
    magnitude = multiply(site.abs(left), site.abs(right))

    def exactly(left, right, plain):
        if isinstance(terms, str):
            width = site.add(site.op('Sqrt', site.mul(terms, site.const(2.0 ** 55 * 1.01))), site.const(2.0))
        else:
            width = float(np.sqrt(terms * 2.0 ** 55 * 1.01)) + 2
        a = slices(site, left, rows(site.abs(left)), width, 3)
        b = slices(site, right, columns(site.abs(right)), width, 3)
        first = multiply(a[0], b[0])
        second = site.add(multiply(a[0], b[1]), multiply(a[1], b[0]))
        third = site.add(site.add(multiply(a[0], b[2]), multiply(a[2], b[0])), multiply(a[1], b[1]))
        large = site.add(first, second)
        small = site.add(site.sub(second, site.sub(large, first)), third)
        return chosen(site, plain, rounded_pair(site, large, small), plain)
    finish_rounded(site, plain, magnitude, terms, [left, right], exactly)
