"""Shorthands for nodes that compute in float64, in the graph itself or in a function of it. Runs on Python 3.6."""
from typing import Any, Callable, Dict, Sequence, Tuple, Union

import numpy as np

from legacy.formats.values import Shape
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, NUMPY, TensorName, Type, set_attribute, shape_of
from legacy.worker.tfobjects import FunctionDef

# Ops whose attribute T is DOUBLE unless given otherwise.
OF_ONE_TYPE = frozenset('''
    Add Sub Mul RealDiv Maximum Minimum Abs Neg Sign Sqrt Floor IsFinite Less LessEqual Greater GreaterEqual Equal
    NotEqual Select Identity Switch ZerosLike
'''.split())


# Writes the body of a function: gets a Function and one tensor for each argument, returns the result, or several.
Write = Callable[..., Union[TensorName, Sequence[TensorName]]]


class Arithmetic(object):
    """What `Site` and `Function` have in common."""

    def op(self, op: str, *inputs: TensorName, **attributes: Any) -> TensorName:
        """Write a node; return its first output. Attributes are named as in TensorFlow; `T` is DOUBLE for ops of
        OF_ONE_TYPE unless given; `label`: what its name ends in."""
        raise NotImplementedError

    def const(self, value: Any, dtype: Type = DOUBLE) -> TensorName:
        """A constant tensor."""
        raise NotImplementedError

    def f32(self, tensor: TensorName) -> TensorName:
        return self.op('Cast', tensor, SrcT=DOUBLE, DstT=FLOAT, label='float32')

    # ---- shorthands, all in float64

    def add(self, a: TensorName, b: TensorName) -> TensorName:
        return self.op('Add', a, b)

    def sub(self, a: TensorName, b: TensorName) -> TensorName:
        return self.op('Sub', a, b)

    def mul(self, a: TensorName, b: TensorName) -> TensorName:
        return self.op('Mul', a, b)

    def div(self, a: TensorName, b: TensorName) -> TensorName:
        return self.op('RealDiv', a, b)

    def abs(self, a: TensorName) -> TensorName:
        return self.op('Abs', a)

    def wide(self, a: TensorName) -> TensorName:
        """A float32 tensor in float64."""
        return self.op('Cast', a, SrcT=FLOAT, DstT=DOUBLE)

    def select(self, condition: TensorName, a: TensorName, b: TensorName) -> TensorName:
        """a where the condition holds, else b; all of one shape."""
        return self.op('Select', condition, a, b)

    def filled(self, like: TensorName, value: float) -> TensorName:
        """A constant of the shape of a float64 tensor."""
        return self.add(self.op('ZerosLike', like), self.const(value))

    def reduce(self, op: str, tensor: TensorName, axes: TensorName, keep_dims: bool = False, dtype: Type = DOUBLE,
               index: Type = INT32) -> TensorName:
        """Sum, Max or Any over the axes that an integer tensor names."""
        attributes: Dict[str, Any] = {'Tidx': index, 'keep_dims': keep_dims}
        if op not in ('Any', 'All'):
            attributes['T'] = dtype
        return self.op(op, tensor, axes, **attributes)

    def size(self, tensor: TensorName, dtype: Type = DOUBLE) -> TensorName:
        """The number of a tensor's elements, in float64."""
        size = self.op('Size', tensor, T=dtype, out_type=INT32)
        return self.op('Cast', size, SrcT=INT32, DstT=DOUBLE, label='count')


# ---- functions

# What the first output of an op is called inside a function: of most ops 'output'.
OUTPUT = dict(
    [(op, 'z') for op in 'Add Sub Mul RealDiv FloorDiv Maximum Minimum Equal Less Greater LogicalAnd'.split()]
    + [(op, 'y') for op in 'Abs Sign Sqrt Neg Floor IsFinite Cast ZerosLike'.split()], MatMul='product')


class Function(Arithmetic):
    """The body of a function of the graph's library, while it is written."""

    def __init__(self, definition: FunctionDef, name: str, inputs: Sequence[Type]) -> None:
        self.definition, self._count = definition, 0
        self._constants: Dict[Tuple[str, Shape, bytes], TensorName] = {}
        definition.signature.name = name
        self.inputs = ['x%d' % k for k in range(len(inputs))]
        for argument, dtype in zip(self.inputs, inputs):
            definition.signature.input_arg.add(name=argument, type=dtype)

    def op(self, op: str, *inputs: TensorName, **attributes: Any) -> TensorName:
        attributes.pop('label', None)
        if op in OF_ONE_TYPE:
            attributes.setdefault('T', DOUBLE)
        self._count += 1
        node = self.definition.node_def.add(op=op, name='n%d' % self._count, input=inputs)
        for key, value in attributes.items():
            set_attribute(node.attr[key], value)
        return '%s:%s:0' % (node.name, OUTPUT.get(op, 'output'))

    def const(self, value: Any, dtype: Type = DOUBLE) -> TensorName:
        array = np.asarray(value, NUMPY[dtype])
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            tensor = self.op('Const', dtype=dtype, value=array)
            if dtype == DOUBLE:  # as `Nodes.constant` hides them
                tensor = self.op('PlaceholderWithDefault', tensor, dtype=dtype, shape=shape_of(array))
            self._constants[key] = tensor
        return self._constants[key]

    def returns(self, tensor: TensorName, dtype: Type) -> None:
        """Add an output."""
        name = 'y%d' % len(self.definition.signature.output_arg)
        self.definition.signature.output_arg.add(name=name, type=dtype)
        self.definition.ret[name] = tensor
