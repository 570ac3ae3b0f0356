"""Sums and products rounded once: the exact result of float32 inputs, to the nearest float32. Runs on Python 3.6.

First the plain float64 result P, in whatever order the kernel adds, and a bound of its error: (terms) * 2**-53 * Q,
with Q the same sum of magnitudes. Where P - bound and P + bound round to one float32 that is the answer, whatever the
order was. Where they do not, in one element at least, the whole op is computed again (`slow`) from slices, whose sums
float64 holds exactly in any order, and the few sums are added and rounded once. Both ways give the same float32, so
nobody can tell which one was taken, but for the time.

An exact zero is +0. Where a term is not finite, the result is the plain sum's: infinity or NaN whatever the order.

Error bounds: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.
"""
from typing import Callable, Optional, Sequence, Tuple, Union

import numpy as np

from legacy.worker.rewriting.arithmetic import Write
from legacy.worker.rewriting.nodes import BOOL, DOUBLE, FLOAT, INT32, TensorName, Type
from legacy.worker.rewriting.portable import slow
from legacy.worker.rewriting.portable.slow import Largest
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import TensorShape, known_sizes

Terms = Union[float, TensorName]  # how many are added up: a number, or a float64 scalar
UNIT = 2.0 ** -53  # half the distance from 1 to the next float64
LARGEST = 2.0 ** 1000  # bounds stay finite: infinity minus infinity would be NaN
SLACK = 4  # roundings of P, Q and the bound itself, in units: 2 would do up to 2**25 terms


def finish_rounded(site: Site, plain: TensorName, magnitude: TensorName, terms: Terms, again: Tuple[str, Write],
                   operands: Sequence[TensorName], alive: Sequence[Tuple[TensorName, Type]] = ()) -> None:
    """Finish the site with the exact value that `plain` approximates, rounded to float32.

    plain, magnitude: float64 tensors P and Q. terms: how many are added up at most: a number or a float64 scalar.
    again: (name, function that writes a function's body) of the slow way. operands: float64 tensors that it gets, only
    where the quick way is not enough. alive: [(tensor, DataType), ...] that it gets besides.
    """
    bound = site.op('Minimum', site.mul(magnitude, _times(site, terms)), site.const(LARGEST))
    upper, lower = site.f32(site.add(plain, bound)), site.f32(site.sub(plain, bound))
    differs = any_of(site, site.op('Greater', upper, lower, T=FLOAT), site.out_shape())
    quick = site.op('Switch', upper, differs, T=FLOAT, label='quick')
    handed = [(site.op('Switch', tensor, differs, label='slow') + ':1', DOUBLE) for tensor in operands]
    site.finish('Merge', quick, site.call(again[0], again[1], handed + list(alive)), T=FLOAT, N=2)


def _times(site: Site, terms: Terms) -> TensorName:
    """(terms + SLACK) * UNIT as a float64 scalar."""
    if isinstance(terms, str):
        return site.mul(site.add(terms, site.const(SLACK)), site.const(UNIT))
    return site.const((terms + SLACK) * UNIT)


def any_of(site: Site, tensor: TensorName, shape: Optional[TensorShape]) -> TensorName:
    """Whether any element of a tensor of bools holds: a scalar."""
    if shape == ():
        return tensor
    if shape is None:
        tensor = site.op('Reshape', tensor, site.const([-1], INT32), T=BOOL, Tshape=INT32)
        shape = (None,)
    return site.reduce('Any', tensor, site.const(list(range(len(shape))), INT32))


# ---- sums

def finish_sum(site: Site, tensor: TensorName, axes: TensorName, keep_dims: bool, index: Type = INT32,
               terms: Optional[int] = None, mean: bool = False) -> None:
    """Finish the site with the exact sum, or mean, of a float64 tensor that holds float32 values.

    axes: int tensor of DataType `index`. terms: elements in each sum, or None if that is not known.
    """
    plain = site.reduce('Sum', tensor, axes, keep_dims, index=index)
    magnitude = site.reduce('Sum', site.abs(tensor), axes, keep_dims, index=index)
    count: Optional[TensorName] = None
    most: Terms
    if terms is None:
        most = size = site.size(tensor)
        width = site.add(site.add(size, size), site.const(8))
        count = site.div(size, site.size(plain)) if mean else None
    else:
        most, width = terms, site.const(2 * terms + 8)
        count = site.const(terms) if mean else None
    alive = [(axes, index), (width, DOUBLE)]
    if count is not None:
        plain, magnitude = site.div(plain, count), site.div(magnitude, count)
        alive.append((count, DOUBLE))
    name = 'Portable%s%s%d' % ('Mean' if mean else 'Sum', 'Keep' if keep_dims else '', index)
    finish_rounded(site, plain, magnitude, most, (name, slow.summation(keep_dims, index)), [tensor], alive)


def reduced(site: Site) -> Optional[int]:
    """How many elements each sum of a Sum or Mean has, or None if that is not known."""
    axes, shape = site.source.constant(site.inputs[1]), site.shape(0)
    if axes is None or shape is None:
        return None
    sizes = known_sizes(tuple(shape[int(axis)] for axis in axes.ravel()))
    return None if sizes is None else int(np.prod(sizes, dtype=np.int64))


# ---- products

def finish_bilinear(site: Site, name: str, multiply: Callable[..., TensorName], left: TensorName, right: TensorName,
                    rows: Largest, columns: Largest, terms: Terms,
                    more: Sequence[Tuple[TensorName, Type]] = ()) -> None:
    """Finish the site with an exact bilinear op of two float64 tensors that hold float32 values.

    name: of the op with its attributes. multiply: a function (site or function body, two float64 tensors) that writes
    the op itself. rows, columns: functions that give, of a tensor of magnitudes like `left` (`right`), the largest of
    all that meet in one sum, broadcastable. terms: how many products are added up at most: number or float64 scalar.
    more: [(tensor, DataType), ...] that `multiply` takes besides.
    """
    plain = multiply(site, left, right, *[tensor for tensor, _ in more])
    magnitude = multiply(site, site.abs(left), site.abs(right), *[tensor for tensor, _ in more])
    if isinstance(terms, str):
        width = site.add(site.op('Sqrt', site.mul(terms, site.const(2.0 ** 55 * 1.01))), site.const(2))
    else:
        width = site.const(np.sqrt(terms * 2.0 ** 55 * 1.01) + 2)
    finish_rounded(site, plain, magnitude, terms, ('Portable' + name, slow.product(multiply, rows, columns)),
                   [left, right, plain], [(width, DOUBLE)] + list(more))
