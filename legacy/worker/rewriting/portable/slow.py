"""The exact way: slices on grids, whose sums float64 holds exactly in any order. Runs on Python 3.6.

J. Demmel and H. D. Nguyen, Fast reproducible floating-point summation, 2013, for sums; K. Ozaki, T. Ogita, S. Oishi and
S. M. Rump, Error-free transformations of matrix multiplication by using fast routines of matrix multiplication, 2012,
for products. These are bodies of functions of the graph's library: `f` is the body being written, an Arithmetic.
"""
from legacy.worker.rewriting.nodes import INT32

UNIT = 2.0 ** -53
LARGEST = 2.0 ** 900  # finite, so that infinity passes through the first slice
SUM_SLICES, PRODUCT_SLICES = 2, 3


def slices(f, tensor, largest, width, count):
    """[float64 tensors]: `tensor` cut into `count` summands, each on a grid of its own; what is below the last is lost.

    largest: the largest magnitude of each row, broadcastable. width: float64 scalar; each slice holds whole multiples
    of its grid, less than 2**53 / (width - 1) of them.
    """
    shift = f.mul(largest, width)
    finer = f.mul(f.add(width, f.const(1)), f.const(UNIT))
    found, rest = [], tensor
    for k in range(count):
        found.append(f.sub(f.add(rest, shift), shift))
        if k + 1 < count:
            rest = f.sub(rest, found[-1])
            shift = f.mul(shift, finer)
    return found


def rounded_pair(f, large, small):
    """float64 tensor that rounds to float32 as large + small does, exactly added.

    `large` must be a multiple of a grid of which `small` is less than 2**52 multiples of a finer one.
    """
    near = on_26_bits(f, f.add(large, small))
    rest = f.add(f.sub(large, near), small)  # its sign is exact, and it is 0 only if that is exact
    return nudged(f, near, rest)


def rounded_mean(f, large, small, count):
    """`rounded_pair` of (large + small) / count, count a whole number below 2**25."""
    total = f.add(large, small)
    lost = f.sub(small, f.sub(total, large))
    near = on_26_bits(f, f.div(total, count))
    rest = f.add(f.sub(total, f.mul(near, count)), lost)
    return nudged(f, near, rest)


def on_26_bits(f, tensor):
    """A float64 tensor rounded to 26 bits (Veltkamp), two more than float32 has."""
    scaled = f.mul(tensor, f.const(2.0 ** 27 + 1))
    return f.sub(scaled, f.sub(scaled, tensor))


def nudged(f, near, rest):
    """near moved a little towards near + rest, by less than to the next number of 26 bits."""
    return f.add(near, f.mul(f.op('Sign', rest), f.mul(f.abs(near), f.const(2.0 ** -40))))


def chosen(f, finite, exact, plain):
    """float32: exact where `finite` is finite, elsewhere plain."""
    return f.f32(f.op('Select', f.op('IsFinite', finite), exact, plain))


def sums(f, tensor, axes, width, keep_dims=False, index=INT32):
    """[large, small]: sums of the two slices of a float64 tensor over axes: `rounded_pair` applies to them."""
    largest = f.op('Minimum', f.reduce('Max', f.abs(tensor), axes, True, index=index), f.const(LARGEST))
    return [f.reduce('Sum', part, axes, keep_dims, index=index)
            for part in slices(f, tensor, largest, width, SUM_SLICES)]


def sum_in_float64(f, tensor, axes, keep_dims=False):
    """Sum of any float64 tensor over the axes of a list, the same in whatever order a kernel adds."""
    return sum_in_float64_by(f, lambda part: f.reduce('Sum', part, f.const(axes, INT32), keep_dims), tensor, axes)


def sum_in_float64_by(f, add_up, tensor, axes):
    """The same by `add_up`, which writes an op that adds elements that differ along these axes only."""
    size = f.size(tensor)
    largest = f.op('Minimum', f.reduce('Max', f.abs(tensor), f.const(axes, INT32), True), f.const(LARGEST))
    width = f.add(f.add(size, size), f.const(8))
    large, small = [add_up(part) for part in slices(f, tensor, largest, width, SUM_SLICES)]
    return f.select(f.op('IsFinite', large), f.add(large, small), large)


def summation(keep_dims, index):
    """Writes the body of an exact sum, or mean, over axes: inputs tensor, axes, width and, for the mean, count."""
    def write(f, tensor, axes, width, count=None):
        large, small = sums(f, tensor, axes, width, keep_dims, index)
        exact = rounded_pair(f, large, small) if count is None else rounded_mean(f, large, small, count)
        return chosen(f, large, exact, large)
    return write


def product(multiply, rows, columns):
    """Writes the body of an exact bilinear op: inputs left, right, their plain product, width and what `multiply` takes
    besides."""
    def write(f, left, right, plain, width, *more):
        def times(a, b):
            return multiply(f, a, b, *more)

        a = slices(f, left, rows(f, f.abs(left)), width, PRODUCT_SLICES)
        b = slices(f, right, columns(f, f.abs(right)), width, PRODUCT_SLICES)
        first = times(a[0], b[0])
        second = f.add(times(a[0], b[1]), times(a[1], b[0]))
        third = f.add(f.add(times(a[0], b[2]), times(a[2], b[0])), times(a[1], b[1]))
        large = f.add(first, second)
        small = f.add(f.sub(second, f.sub(large, first)), third)
        return chosen(f, plain, rounded_pair(f, large, small), plain)
    return write
