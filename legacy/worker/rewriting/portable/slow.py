"""The exact way: slices on grids, whose sums float64 holds exactly in any order. Runs on Python 3.6.

J. Demmel and H. D. Nguyen, Fast reproducible floating-point summation, 2013, for sums; K. Ozaki, T. Ogita, S. Oishi and
S. M. Rump, Error-free transformations of matrix multiplication by using fast routines of matrix multiplication, 2012,
for products. These are bodies of functions of the graph's library: `f` is the body being written, an Arithmetic.
"""
from typing import Callable, List, Optional, Sequence

from legacy.worker.rewriting.arithmetic import Arithmetic, Write
from legacy.worker.rewriting.nodes import INT32, TensorName, Type

Largest = Callable[[Arithmetic, TensorName], TensorName]  # of magnitudes, the largest of all that meet in one sum
UNIT = 2.0 ** -53
LARGEST = 2.0 ** 900  # finite, so that infinity passes through the first slice
SUM_SLICES, PRODUCT_SLICES = 2, 3


def slices(f: Arithmetic, tensor: TensorName, largest: TensorName, width: TensorName, count: int) -> List[TensorName]:
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


def rounded_pair(f: Arithmetic, large: TensorName, small: TensorName) -> TensorName:
    """float64 tensor that rounds to float32 as large + small does, exactly added.

    `large` must be a multiple of a grid of which `small` is less than 2**52 multiples of a finer one.
    """
    near = on_26_bits(f, f.add(large, small))
    rest = f.add(f.sub(large, near), small)  # its sign is exact, and it is 0 only if that is exact
    return nudged(f, near, rest)


def rounded_mean(f: Arithmetic, large: TensorName, small: TensorName, count: TensorName) -> TensorName:
    """`rounded_pair` of (large + small) / count, count a whole number below 2**25."""
    total = f.add(large, small)
    lost = f.sub(small, f.sub(total, large))
    near = on_26_bits(f, f.div(total, count))
    rest = f.add(f.sub(total, f.mul(near, count)), lost)
    return nudged(f, near, rest)


def on_26_bits(f: Arithmetic, tensor: TensorName) -> TensorName:
    """A float64 tensor rounded to 26 bits (Veltkamp), two more than float32 has."""
    scaled = f.mul(tensor, f.const(2.0 ** 27 + 1))
    return f.sub(scaled, f.sub(scaled, tensor))


def nudged(f: Arithmetic, near: TensorName, rest: TensorName) -> TensorName:
    """near moved a little towards near + rest, by less than to the next number of 26 bits."""
    return f.add(near, f.mul(f.op('Sign', rest), f.mul(f.abs(near), f.const(2.0 ** -40))))


def chosen(f: Arithmetic, finite: TensorName, exact: TensorName, plain: TensorName) -> TensorName:
    """float32: exact where `finite` is finite, elsewhere plain."""
    return f.f32(f.op('Select', f.op('IsFinite', finite), exact, plain))


def sums(f: Arithmetic, tensor: TensorName, axes: TensorName, width: TensorName, keep_dims: bool = False,
         index: Type = INT32) -> List[TensorName]:
    """[large, small]: sums of the two slices of a float64 tensor over axes: `rounded_pair` applies to them."""
    largest = f.op('Minimum', f.reduce('Max', f.abs(tensor), axes, True, index=index), f.const(LARGEST))
    return [f.reduce('Sum', part, axes, keep_dims, index=index)
            for part in slices(f, tensor, largest, width, SUM_SLICES)]


def sum_in_float64(f: Arithmetic, tensor: TensorName, axes: Sequence[int], keep_dims: bool = False) -> TensorName:
    """Sum of any float64 tensor over the axes of a list, the same in whatever order a kernel adds."""
    return sum_in_float64_by(f, lambda part: f.reduce('Sum', part, f.const(axes, INT32), keep_dims), tensor, axes)


def sum_in_float64_by(f: Arithmetic, add_up: Callable[[TensorName], TensorName], tensor: TensorName,
                      axes: Sequence[int]) -> TensorName:
    """The same by `add_up`, which writes an op that adds elements that differ along these axes only."""
    size = f.size(tensor)
    largest = f.op('Minimum', f.reduce('Max', f.abs(tensor), f.const(axes, INT32), True), f.const(LARGEST))
    width = f.add(f.add(size, size), f.const(8))
    large, small = [add_up(part) for part in slices(f, tensor, largest, width, SUM_SLICES)]
    return f.select(f.op('IsFinite', large), f.add(large, small), large)


def summation(keep_dims: bool, index: Type) -> Write:
    """Writes the body of an exact sum, or mean, over axes: inputs tensor, axes, width and, for the mean, count."""
    def write(f: Arithmetic, tensor: TensorName, axes: TensorName, width: TensorName,
              count: Optional[TensorName] = None) -> TensorName:
        large, small = sums(f, tensor, axes, width, keep_dims, index)
        exact = rounded_pair(f, large, small) if count is None else rounded_mean(f, large, small, count)
        return chosen(f, large, exact, large)
    return write


def product(multiply: Callable[..., TensorName], rows: Largest, columns: Largest) -> Write:
    """Writes the body of an exact bilinear op: inputs left, right, their plain product, width and what `multiply` takes
    besides."""
    def write(f: Arithmetic, left: TensorName, right: TensorName, plain: TensorName, width: TensorName,
              *more: TensorName) -> TensorName:
        def times(a: TensorName, b: TensorName) -> TensorName:
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
