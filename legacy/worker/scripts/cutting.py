"""The ops of one run, cut out of the graph that they are in. Runs on Python 3.6."""
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.shim import tf
from legacy.worker.rewriting.nodes import INT32, Type, node_of, set_attribute, tensor_name
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.tfobjects import GraphDef, NodeDef, Operation

PREFIX = 'legacy_step/'


class Cut(object):
    """graph_def: the ops of a kind, with placeholders for what is fed and for the variables' values.

    fed, values: {tensor or variable: placeholder}. restores: ops that give the variables these values. readings:
    {variable: tensor}. kept: names of the kind's ops that are there.
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
        for k, (name, variable) in enumerate(kind.variables.items()):
            self._restorable(k, name, variable)

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

    def _restorable(self, k: int, name: str, variable: Operation) -> None:
        attributes = variable.node_def.attr
        dtype = Type(attributes['dtype'].type)
        value = self._placeholder('value/%d' % k, tf.as_dtype(int(dtype)), _shape(attributes['shape'].shape))
        if variable.type == 'VarHandleOp':
            self._node('AssignVariableOp', 'restore/%d' % k, [name, value], dtype=dtype)
            self.readings[name] = self._node('ReadVariableOp', 'reading/%d' % k, [name], dtype=dtype)
        else:
            self._node('Assign', 'restore/%d' % k, [name, value], T=dtype, validate_shape=False, use_locking=True)
            self.readings[name] = name
        self.values[name] = value
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
