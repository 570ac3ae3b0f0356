"""The ops of one run, cut out of the graph that they are in. Runs on Python 3.6."""
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.shim import tf
from legacy.worker.rewriting.nodes import FLOAT, INT32, Type, node_of, set_attribute, tensor_name
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.tfobjects import GraphDef, NodeDef, Operation

PREFIX = 'legacy_step/'
# Variables that are each fed and fetched by themselves. TensorFlow compares the name of all that a session is to be fed
# or to give with the name of every op, so that more go together, in a row of numbers.
MOST_ALONE = 64

# Variables whose values are together in one tensor. given: placeholder. read: tensor.
Row = NamedTuple('Row', [('shapes', Dict[str, Tuple[int, ...]]), ('given', str), ('read', str)])


class Cut(object):
    """graph_def: the ops of a kind, with placeholders for what is fed and for the variables' values.

    fed, values: {tensor or variable: placeholder}. restores: ops that give the variables these values. readings:
    {variable: tensor}. row: of the variables that are not in values, or None. kept: names of the kind's ops that are
    there.
    """

    def __init__(self, kind: Kind, definition: GraphDef) -> None:
        self.graph_def = tf.GraphDef()
        self.graph_def.versions.CopyFrom(definition.versions)
        self.graph_def.library.CopyFrom(definition.library)
        self.fed: Dict[str, str] = {}
        self.values: Dict[str, str] = {}
        self.readings: Dict[str, str] = {}
        self.restores: List[str] = []
        for tensor in [kind.graph.get_tensor_by_name(name) for name in kind.feeds] + kind.sources:
            if kinds.can_hold(tensor):
                self.fed[tensor.name] = self._placeholder('fed/%d' % len(self.fed), tensor.dtype, tensor.get_shape())
        self.kept = {op.name for op in kind.ops}
        taken = {tensor_name(name): given for name, given in self.fed.items()}
        for node in definition.node:
            if node.name in self.kept:
                self._copy(node, taken)
                if node.name in kind.draws:
                    self._draw_alike(len(self.graph_def.node) - 1)
        self._copy_readings(kind.races().copied)
        self._read_first(kind.races().pairs)
        shapes = {name: _shape_in_a_row(variable) for name, variable in kind.variables.items()}
        together = {name: shape for name, shape in sorted(shapes.items()) if shape is not None}
        self.row: Optional[Row] = None
        parts = self._row(together) if len(together) > MOST_ALONE else {}
        for k, (name, variable) in enumerate(kind.variables.items()):
            self._restorable(k, name, variable, parts.get(name))
        if parts:
            self._read_in_a_row(together)

    def _copy(self, node: NodeDef, taken: Mapping[str, str]) -> None:
        copied = self.graph_def.node.add()
        copied.CopyFrom(node)
        copied.device = ''
        copied.attr.pop('_class', None)  # ops that it is placed with may not be here
        del copied.input[:]
        for given in node.input:
            if given.startswith('^'):
                if node_of(given) in self.kept:
                    copied.input.append(given)
            else:
                copied.input.append(taken.get(tensor_name(given), given))

    def _copy_readings(self, names: Iterable[str]) -> None:
        """Have readings of variables give a copy, where this release has an op that makes one."""
        nodes = {node.name: node for node in self.graph_def.node} if names and shim.op_definition('DeepCopy') else {}
        for name in names if nodes else ():
            nodes[name].op = 'DeepCopy'

    def _read_first(self, pairs: Iterable[Tuple[str, str]]) -> None:
        """Have the writing ops wait for reads that would race with them. pairs: [(name of the reading op, name of the
        writing one)]."""
        nodes = {node.name: node for node in self.graph_def.node} if pairs else {}
        for reader, writer in pairs:
            if '^' + reader not in nodes[writer].input:
                nodes[writer].input.append('^' + reader)

    def _draw_alike(self, at: int) -> None:
        """Make a random op, the node at this place, one without a state, which draws the same whenever it runs."""
        node = self.graph_def.node[at]
        seeds = np.array([node.attr['seed'].i, node.attr['seed2'].i], np.int32)
        name = self._node('Const', 'seeds/%d' % len(self.graph_def.node), ['^' + node_of(node.input[0])],
                          dtype=INT32, value=seeds)
        node = self.graph_def.node[at]
        node.op = kinds.STATELESS[node.op]
        node.input.insert(1, name)
        node.attr['Tseed'].type = INT32
        for key in ('seed', 'seed2'):
            node.attr.pop(key, None)

    def _row(self, shapes: Mapping[str, Tuple[int, ...]]) -> Dict[str, str]:
        """{variable: tensor} of its value, where those of all are fed in a row. shapes: {variable: its shape}."""
        sizes = np.array([_size(shape) for shape in shapes.values()], np.int32)
        given = self._placeholder('row', tf.float32, tf.TensorShape([int(sizes.sum())]))
        parts = self._node('SplitV', 'row/parts', [given, self._const('row/sizes', sizes), self._const('row/axis', 0)],
                           T=FLOAT, Tlen=INT32, num_split=len(sizes))
        self.row = Row(dict(shapes), given, '')
        return {name: self._node('Reshape', 'row/part/%d' % k, [
            '%s:%d' % (parts, k) if k else parts, self._const('row/shape/%d' % k, shape)], T=FLOAT, Tshape=INT32)
            for k, (name, shape) in enumerate(shapes.items())}

    def _read_in_a_row(self, shapes: Mapping[str, Tuple[int, ...]]) -> None:
        flat = self._const('row/flat', [-1])
        parts = [self._node('Reshape', 'row/read/%d' % k, [self.readings[name], flat], T=FLOAT, Tshape=INT32)
                 for k, name in enumerate(shapes)]
        assert self.row is not None
        self.row = self.row._replace(read=self._node(
            'ConcatV2', 'row/all', [*parts, self._const('row/along', 0)], T=FLOAT, Tidx=INT32, N=len(parts)))

    def _const(self, name: str, value: Any) -> str:
        return self._node('Const', name, [], dtype=INT32, value=np.array(value, np.int32))

    def _restorable(self, k: int, name: str, variable: Operation, value: Optional[str]) -> None:
        """value: the tensor that is its value, or None where it is fed by itself."""
        attributes = variable.node_def.attr
        dtype = Type(attributes['dtype'].type)
        if value is None:
            value = self._placeholder('value/%d' % k, tf.as_dtype(int(dtype)), _shape(attributes['shape'].shape))
            self.values[name] = value
        if variable.type == 'VarHandleOp':
            self._node('AssignVariableOp', 'restore/%d' % k, [name, value], dtype=dtype)
            self.readings[name] = self._node('ReadVariableOp', 'reading/%d' % k, [name], dtype=dtype)
        else:
            self._node('Assign', 'restore/%d' % k, [name, value], T=dtype, validate_shape=False, use_locking=True)
            self.readings[name] = name
        self.restores.append(PREFIX + 'restore/%d' % k)

    def _placeholder(self, name: str, dtype: Any, shape: Any) -> str:
        node = self.graph_def.node.add(op='Placeholder', name=PREFIX + name)
        node.attr['dtype'].type = dtype.base_dtype.as_datatype_enum
        node.attr['shape'].shape.CopyFrom(shape.as_proto())
        return str(node.name)

    def _node(self, op: str, name: str, inputs: Sequence[str], **attributes: Any) -> str:
        node = self.graph_def.node.add(op=op, name=PREFIX + name, input=inputs)
        for key, value in attributes.items():
            set_attribute(node.attr[key], value)
        return str(node.name)


def _shape(proto: Any) -> Any:
    return tf.TensorShape(proto)


def _size(shape: Sequence[int]) -> int:
    return int(np.prod(shape, dtype='i8'))


def _shape_in_a_row(variable: Operation) -> Optional[Tuple[int, ...]]:
    """The shape of a variable that can be in a row with others, of float32; else None."""
    attributes = variable.node_def.attr
    shape = _shape(attributes['shape'].shape)
    if attributes['dtype'].type != FLOAT or not shape.is_fully_defined():
        return None
    return tuple(int(size) for size in shape.as_list())
