"""Shapes that ops of a kernel set give, without running them: a few bytes can ask for any amount of memory. Python 3.6.

All types of `kernelset.OP_TYPES` but those named here give the shape to which those of their inputs broadcast.
"""
import functools
import operator
from typing import Sequence

from legacy.formats.values import Json, JsonObject, Shape

REDUCTIONS = frozenset(('Sum', 'Mean', 'Prod', 'Max', 'Min', 'BiasAddGrad'))  # the shape depends on more than shapes
PRODUCTS = {'MatMul': ('transpose_a', 'transpose_b'), 'BatchMatMul': ('adj_x', 'adj_y'),
            'BatchMatMulV2': ('adj_x', 'adj_y')}


def gives(op_type: str, attributes: JsonObject, inputs: Sequence[Shape], output: Shape) -> bool:
    """Whether an op of this type on inputs of these shapes gives an array of the shape `output`; of REDUCTIONS, whether
    that has no more elements than the first input.

    attributes: {name: attribute as JSON}. Raises ValueError if these inputs do not fit together.
    """
    if not inputs:
        raise ValueError('no inputs')
    if op_type in REDUCTIONS:
        return _size(output) <= max(1, _size(inputs[0])) and len(output) <= len(inputs[0])
    if op_type == 'L2Loss':
        return output == ()
    if op_type in PRODUCTS:
        turned = [_turned(shape, attributes.get(name)) for shape, name in zip(inputs, PRODUCTS[op_type])]
        return _product(turned) == output
    if op_type == 'BiasAdd':
        return inputs[0] == output
    return functools.reduce(_broadcast, inputs) == output


def _size(shape: Shape) -> int:
    return functools.reduce(operator.mul, shape, 1)


def _turned(shape: Shape, attribute: Json) -> Shape:
    if len(shape) < 2:
        raise ValueError('a product of no matrices')
    turned = isinstance(attribute, dict) and attribute.get('b') is True
    return shape[:-2] + (shape[-1], shape[-2]) if turned else shape


def _product(shapes: Sequence[Shape]) -> Shape:
    if len(shapes) != 2 or shapes[0][-1] != shapes[1][-2]:
        raise ValueError('matrices that do not fit')
    return _broadcast(shapes[0][:-2], shapes[1][:-2]) + (shapes[0][-2], shapes[1][-1])


def _broadcast(a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    found = []
    for m, n in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b):
        if m != n and 1 not in (m, n):
            raise ValueError('shapes that do not fit')
        found.append(n if m == 1 else m)
    return tuple(found)
