"""Whole numbers, of which more is known than of others. Runs on Python 3.6.

Floats that are whole numbers: the gradient of x ** 3 raises x to the power 3 - 1. Were that 2.0000002, it would be no
number where x is negative.

The mean of whole numbers, which some releases add up in the numbers' own narrow type, so that the sum overflows. Here
it is added up in float64, which holds it exactly, divided once, and cut to a whole number, as every release cuts it:
every arithmetic that is to be exact has this rule, so that nobody's overflow is in it.
"""
import numpy as np

from legacy.worker.rewriting.nodes import DOUBLE, INT32, TensorName, Type, node_of
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import Source

LARGEST = 64  # so that products of a few of them are exact
FEW = 4096  # elements of a constant that is looked at
COMPUTING = frozenset('Add AddV2 Sub Mul'.split())
MOST = 4  # ops, one after another
UINT8, INT16, INT8, UINT16, UINT32 = (Type(k) for k in (4, 5, 6, 17, 22))
# Of which float64 holds the sum of two million and more; an int64 it does not hold.
NARROW = (UINT8, INT8, UINT16, INT16, UINT32, INT32)


def is_whole(source: Source, tensor: TensorName, most: int = MOST) -> bool:
    """Whether a tensor is constants that are small whole numbers, or a few sums and products of such. most: how many
    ops are followed."""
    value = source.constant(tensor)
    if value is not None:
        return bool(value.dtype.kind == 'f' and value.size <= FEW and np.isfinite(value).all()
                    and (np.abs(value) <= LARGEST).all() and (value == np.round(value)).all())
    node = source.nodes.get(node_of(tensor))
    return node is not None and most > 0 and node.op in COMPUTING and all(
        is_whole(source, name, most - 1) for name in source.data_inputs(node))


def is_mean(site: Site) -> bool:
    """Whether an op is the mean of such whole numbers."""
    return site.node.op == 'Mean' and site.dtype() in NARROW


def mean(site: Site) -> None:
    """The exact mean, cut towards zero."""
    dtype = site.dtype()
    terms = site.op('Cast', site.inputs[0], SrcT=dtype, DstT=DOUBLE, label='wide')
    total = site.reduce('Sum', terms, site.inputs[1], bool(site.attribute('keep_dims', False)), index=site.dtype(1))
    count = site.div(site.size(terms), site.size(total))
    site.finish('Cast', site.div(total, count), SrcT=DOUBLE, DstT=dtype)
