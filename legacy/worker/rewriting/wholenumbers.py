"""Floats that are known to be whole numbers: what is computed from them is exact. Runs on Python 3.6.

The gradient of x ** 3 raises x to the power 3 - 1. Were that 2.0000002, it would be no number where x is negative.
"""
import numpy as np

from legacy.worker.rewriting.nodes import TensorName, node_of
from legacy.worker.rewriting.source import Source

LARGEST = 64  # so that products of a few of them are exact
FEW = 4096  # elements of a constant that is looked at
COMPUTING = frozenset('Add AddV2 Sub Mul'.split())
MOST = 4  # ops, one after another


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
