"""NodeDefs written directly, with every attribute spelled out, so that no release's Python API is in between.
Runs on Python 3.6."""
import collections
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

import numpy as np

from legacy.formats.values import Array, Shape
from legacy.shim import tf
from legacy.worker.tfobjects import AttrValue, TensorProto


class Type(int):
    """A DataType of TensorFlow's protocol buffers."""


TensorName = str  # as NodeDefs write it: 'a/b' is the first output of a node, 'a/b:1' the second
FLOAT, DOUBLE, INT32, STRING, INT64, BOOL, RESOURCE = (Type(k) for k in (1, 2, 3, 7, 9, 10, 20))
COMPLEX64, BFLOAT16, COMPLEX128, HALF = (Type(k) for k in (8, 14, 18, 19))
# One unit in the last place of 1, of every type that is rounded.
ULPS = {FLOAT: 2.0 ** -23, DOUBLE: 2.0 ** -52, HALF: 2.0 ** -10, BFLOAT16: 2.0 ** -7, COMPLEX64: 2.0 ** -23,
        COMPLEX128: 2.0 ** -52}
REFERENCE = 100  # DataType of a reference to FLOAT: 101
NUMPY = {FLOAT: np.float32, DOUBLE: np.float64, INT32: np.int32, INT64: np.int64, BOOL: np.bool_, HALF: np.float16,
         COMPLEX64: np.complex64, COMPLEX128: np.complex128, BFLOAT16: tf.bfloat16.as_numpy_dtype}


def node_of(tensor: TensorName) -> str:
    """'a/b:1' -> 'a/b'; '^a' -> 'a'"""
    return tensor.lstrip('^').split(':')[0]


def tensor_name(tensor: TensorName) -> TensorName:
    """A tensor's name as NodeDefs write it: 'a:0' -> 'a'."""
    return tensor[:-2] if tensor.endswith(':0') else tensor


def set_attribute(attribute: AttrValue, value: Any) -> None:
    """Put a Python value into an AttrValue. bool, int, float, str, Type, numpy array, [int, ...], AttrValue."""
    if isinstance(value, Type):
        attribute.type = value
    elif isinstance(value, bool):
        attribute.b = value
    elif isinstance(value, int):
        attribute.i = value
    elif isinstance(value, float):
        attribute.f = value
    elif isinstance(value, str):
        attribute.s = value.encode('utf-8')
    elif isinstance(value, np.ndarray):
        fill_tensor(attribute.tensor, value)
    elif isinstance(value, (list, tuple)):
        if value and isinstance(value[0], Type):
            attribute.list.type.extend(value)
        else:
            attribute.list.i.extend(value)
            if not value:
                attribute.list.SetInParent()
    else:
        attribute.CopyFrom(value)


def fill_tensor(proto: TensorProto, array: Array) -> None:
    """Make a TensorProto hold `array`."""
    proto.Clear()
    proto.dtype = next(dtype for dtype, numpy_type in NUMPY.items() if numpy_type == array.dtype.type)
    proto.tensor_shape.SetInParent()
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    proto.tensor_content = np.ascontiguousarray(array).tobytes()


def shape_of(array: Array) -> AttrValue:
    """An array's shape as an AttrValue."""
    value = tf.AttrValue()
    value.shape.SetInParent()
    for size in array.shape:
        value.shape.dim.add(size=size)
    return value


class Nodes(object):
    """The nodes of a graph that is being written. No two get one name."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.graph_def = tf.GraphDef()
        self._taken = set(taken)
        self._numbers: Dict[str, int] = {}
        self._constants: Dict[Tuple[str, Shape, bytes, Optional[str]], TensorName] = {}

    def take(self, names: Iterable[str]) -> None:
        """Let no node that is written from now on have one of these names. Raises ValueError where one has it."""
        for name in names:
            if name in self._taken:
                raise ValueError('%s is the name of a node that the rewriter has written' % name)
        self._taken.update(names)

    def fresh(self, name: str) -> str:
        """`name`, or `name_1`, `name_2`, ... where it is taken; the answer is taken from now on."""
        k = self._numbers.get(name, 0)
        answer = name if not k else '%s_%d' % (name, k)
        while answer in self._taken:
            k += 1
            answer = '%s_%d' % (name, k)
        self._numbers[name] = k + 1
        self._taken.add(answer)
        return answer

    def add(self, op: str, name: str, inputs: Iterable[TensorName], attributes: Mapping[str, Any],
            controls: Iterable[str] = (), device: str = '') -> TensorName:
        """Write a node; return its first output."""
        node = self.graph_def.node.add(op=op, name=name, device=device)
        node.input.extend(inputs)
        if controls:
            node.input.extend(collections.OrderedDict.fromkeys(controls))
        for key, value in attributes.items():
            set_attribute(node.attr[key], value)
        return name

    def constant(self, value: Any, anchor: Optional[str] = None) -> TensorName:
        """A constant tensor of a numpy value's type; equal ones are one node. anchor: a node in the loop in which it
        is needed, or None outside of loops. Numbers pass a PlaceholderWithDefault, through which no graph optimizer
        looks: (x + c) - c stays what it is."""
        value = np.asarray(value)
        key = (value.dtype.str, value.shape, value.tobytes(), anchor)
        if key not in self._constants:
            dtype = next(dtype for dtype, numpy_type in NUMPY.items() if numpy_type == value.dtype.type)
            controls = ['^' + anchor] if anchor else []
            name = self.add('Const', self.fresh('rewriting/Const'), [], {'dtype': dtype, 'value': value}, controls)
            if value.dtype.kind == 'f':
                name = self.add('PlaceholderWithDefault', self.fresh('rewriting/constant'), [name],
                                {'dtype': dtype, 'shape': shape_of(value)})
            self._constants[key] = name
        return self._constants[key]
