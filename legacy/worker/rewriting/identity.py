"""Sums over nothing: whether a reduction adds nothing up, whatever sizes are unknown. Runs on Python 3.6.

The gradient of a broadcasting op sums over the axes along which an operand was repeated. Old releases write that sum
for both operands, newer ones leave it out where the shapes tell that there is no such axis.
"""
from typing import Optional, Sequence

from legacy.worker.rewriting.nodes import TensorName, node_of
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import Source, TensorShape

REDUCTIONS = ('Sum', 'Mean', 'Max', 'Min', 'Prod')


def sums_nothing(site: Site) -> bool:
    """Whether a Sum or Mean keeps every element as it is."""
    if site.node.op not in REDUCTIONS:
        return False
    axes, shape = site.source.constant(site.inputs[1]), site.shape(0)
    if axes is not None:
        return axes.size == 0 or shape is not None and len(shape) > 0 and all(
            shape[int(axis)] == 1 for axis in axes.ravel())
    producer = site.source.nodes[node_of(site.inputs[1])]
    if producer.op != 'BroadcastGradientArgs':
        return False
    k = 1 if site.inputs[1].endswith(':1') else 0
    shapes = [_described(site.source, name) for name in site.source.data_inputs(producer)]
    own, other = shapes[k], shapes[1 - k]
    return own is not None and other is not None and keeps_every_element(own, other)


def keeps_every_element(own: Sequence[Optional[int]], other: Sequence[Optional[int]]) -> bool:
    """Whether the gradient of an operand of shape `own`, broadcast with one of shape `other`, has nothing to add up,
    whatever the sizes are that are not known (None)."""
    if len(own) < len(other):
        return False
    other = (1,) * (len(own) - len(other)) + tuple(other)
    return all(theirs == 1 or mine not in (None, 1) for mine, theirs in zip(own, other))


def _described(source: Source, tensor: TensorName) -> Optional[TensorShape]:
    """The shape that an int tensor of sizes describes, or None."""
    value = source.constant(tensor)
    if value is not None:
        return tuple(int(size) for size in value)
    node = source.nodes[node_of(tensor)]
    return source.shape(source.data_inputs(node)[0]) if node.op == 'Shape' else None
