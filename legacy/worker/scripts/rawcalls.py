"""Ops of a graph as lines of Python that call tf.raw_ops, which TensorFlow has from 1.15 on. Runs on Python 3.6."""
import inspect
import keyword
import re
from typing import Any, Dict, Iterable, List, Mapping, MutableMapping, Set, Tuple, Union

import numpy as np

from legacy import shim
from legacy.formats.casedraft import NoCase
from legacy.formats.signatures import Edge
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.scripts import kinds
from legacy.worker.tfobjects import AttrValue, Message, NodeDef, OpDef, Tensor

LONGEST_CONSTANT = 12  # elements that are spelled out in the code
FLOW = frozenset('Switch RefSwitch Merge RefMerge Enter RefEnter Exit RefExit NextIteration RefNextIteration'.split())
TAKEN = ('arrays', 'tf', 'np', 'os', 'sys', 'file')  # names in a script, and a parameter of numpy.savez_compressed


class Calls(object):
    """Lines of Python, one for each op.

    names: {(node, output): expression}, of what is given and of what was made. lines: the code. arrays: {name: array},
    of constants that are too large for a line.
    """

    def __init__(self, names: Mapping[Edge, str], constants: Mapping[str, NodeDef],
                 arrays: MutableMapping[str, Array], taken: Iterable[str] = ()) -> None:
        """names: of what is given. constants: {node: its NodeDef}. taken: further names that variables may not have."""
        self.names, self._constants, self.arrays = dict(names), constants, arrays
        self.lines: List[str] = []
        self._taken = set(TAKEN) | set(taken)

    def add(self, node: NodeDef, inputs: Iterable[Edge]) -> str:
        """Add the call of a NodeDef. inputs: [(node, output)]. Raises NoCase where an op has no such form."""
        definition = shim.op_definition(node.op)
        if definition is None or node.op in FLOW or node.op.startswith('TensorArray'):
            raise NoCase('%s is part of a loop or a condition, or no op that is known here' % node.op)
        given = self._inputs(node, definition, inputs) + self._attributes(node, definition)
        name, words = self.variable(node.name), _parameters(definition)
        self.lines.append('%s = tf.raw_ops.%s(%s)' % (
            name, node.op, ', '.join('%s=%s' % (words[key], value) for key, value in given)))
        single = len(definition.output_arg) == 1 and not (
            definition.output_arg[0].number_attr or definition.output_arg[0].type_list_attr)
        for k in range(1 if single else self._count_of_outputs(node, definition)):
            self.names[node.name, k] = name if single else '%s[%d]' % (name, k)
        return name

    def variable(self, name: str) -> str:
        """A name of Python for an op, that nothing else has."""
        word = re.sub(r'\W', '_', name.rpartition('/')[2]).lower().strip('_') or 'x'
        word = 'x_' + word if word[0].isdigit() else word
        found, k = word, 1
        while found in self._taken or keyword.iskeyword(found):
            found, k = '%s_%d' % (word, k), k + 1
        self._taken.add(found)
        return found

    def _count_of_outputs(self, node: NodeDef, definition: OpDef) -> int:
        lists = [item for item in definition.output_arg if item.number_attr or item.type_list_attr]
        if not lists:
            return len(definition.output_arg)
        if len(definition.output_arg) > 1:
            raise NoCase('%s gives lists' % node.op)
        return _length(node, lists[0])

    def _inputs(self, node: NodeDef, definition: OpDef, inputs: Iterable[Edge]) -> List[Tuple[str, str]]:
        found, left = [], list(inputs)
        for argument in definition.input_arg:
            if argument.number_attr or argument.type_list_attr:
                count = _length(node, argument)
                found.append((argument.name, '[%s]' % ', '.join(self.given(*item) for item in left[:count])))
                left = left[count:]
            else:
                found.append((argument.name, self.given(*left.pop(0))))
        return found

    def given(self, name: str, output: int) -> str:
        """The expression of a tensor that an op takes."""
        if name in self._constants:
            return self._constant(name)
        if (name, output) not in self.names:
            raise NoCase('%s takes what cannot be had' % name)
        return self.names[name, output]

    def _constant(self, name: str) -> str:
        array = np.asarray(shim.make_ndarray(self._constants[name].attr['value'].tensor))
        if array.dtype.kind == 'O' and array.size <= LONGEST_CONSTANT:  # text
            return 'tf.constant(%s, tf.string)' % spelled(array)
        if array.dtype.kind not in 'biuf' or array.dtype.name == 'bfloat16':
            raise NoCase('%s is a constant of %s' % (name, array.dtype))
        if array.size > LONGEST_CONSTANT:
            key = self.names.get((name, 0)) or self.variable(name)
            self.names[name, 0] = key
            self.arrays[key] = array
            return "arrays['%s']" % key
        shape = ', shape=%s' % list(array.shape) if not array.size and array.ndim > 1 else ''
        return 'tf.constant(%s, tf.%s%s)' % (spelled(array), array.dtype.name.rstrip('_'), shape)

    def _attributes(self, node: NodeDef, definition: OpDef) -> List[Tuple[str, str]]:
        inferred = _inferred(definition)
        found: List[Tuple[str, str]] = []
        for attribute in definition.attr:
            if attribute.name in inferred or attribute.name.startswith('_') or attribute.name not in node.attr:
                continue
            value = node.attr[attribute.name]
            if not attribute.HasField('default_value') or value != attribute.default_value:
                found.append((attribute.name, _attribute(node, value)))
        return found


def _length(node: NodeDef, argument: Message) -> int:
    """How many tensors an argument of a node's op is, that is a list. argument: an OpDef.ArgDef."""
    if argument.number_attr:
        return int(node.attr[argument.number_attr].i)
    return len(node.attr[argument.type_list_attr].list.type)


def _inferred(definition: OpDef) -> Set[str]:
    """Names of the attributes that follow from an op's inputs."""
    return {key for argument in definition.input_arg for key in (
        argument.type_attr, argument.number_attr, argument.type_list_attr) if key}


def _parameters(definition: OpDef) -> Dict[str, str]:
    """{name of an input or an attribute in an OpDef: name of the parameter of tf.raw_ops}, of which a few are others.
    Raises NoCase."""
    call = getattr(getattr(tf, 'raw_ops', None), definition.name, None)
    if call is None:
        raise NoCase('TensorFlow %s has no tf.raw_ops.%s' % (tf.__version__, definition.name))
    own = [item.name for item in definition.input_arg]
    own += [item.name for item in definition.attr if item.name not in _inferred(definition)]
    words = [word for word in inspect.signature(call).parameters if word != 'name']
    named, renamed = [key for key in own if key not in words], [word for word in words if word not in own]
    if len(named) != len(renamed):
        raise NoCase('tf.raw_ops.%s has other parameters than the op' % definition.name)
    return dict(zip(own, own), **dict(zip(named, renamed)))


def spelled(array: Union[Array, bytes]) -> str:
    """An array of numbers or text as nested lists, each number as short as it can be."""
    if isinstance(array, bytes):
        return repr(array.decode('utf-8', 'replace'))
    if array.ndim:
        return '[%s]' % ', '.join(spelled(part) for part in array)
    value: Any = array[()]
    if isinstance(value, bytes):
        return spelled(value)
    if array.dtype.kind == 'f' and not np.isfinite(value):
        return 'np.nan' if np.isnan(value) else 'np.inf' if value > 0 else '-np.inf'
    return str(value)


def _attribute(node: NodeDef, value: AttrValue) -> str:
    """The expression of an AttrValue. Raises NoCase."""
    kind = value.WhichOneof('value')
    if kind == 's':
        return repr(value.s.decode('utf-8', 'replace'))
    if kind in ('i', 'b'):
        return repr(getattr(value, kind))
    if kind == 'f':
        return spelled(np.asarray(value.f, 'f4'))
    if kind == 'type':
        return 'tf.%s' % tf.as_dtype(value.type).name
    if kind == 'shape':
        return _shape(value.shape)
    if kind == 'list' and not (value.list.func or value.list.tensor):
        found = list(value.list.i) + list(value.list.b) + ['tf.' + tf.as_dtype(item).name for item in value.list.type]
        found += [spelled(np.asarray(item, 'f4')) for item in value.list.f] + [_shape(item) for item in
                                                                               value.list.shape]
        found += [repr(item.decode('utf-8', 'replace')) for item in value.list.s]
        return '[%s]' % ', '.join(str(item) for item in found)
    raise NoCase('%s (%s) calls a function of the graph' % (node.name, node.op))


def _shape(proto: Message) -> str:
    if proto.unknown_rank:
        return 'None'
    return '[%s]' % ', '.join(str(size.size) if size.size >= 0 else 'None' for size in proto.dim)


def can_be_fed(tensor: Tensor) -> bool:
    """Whether a case can hold a tensor's values: numbers of a type that numpy has."""
    return kinds.is_number(tensor) and bool(tensor.dtype.base_dtype != tf.bfloat16)
