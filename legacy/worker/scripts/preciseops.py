"""Ops, each alone, in a graph of their own: in portable arithmetic, or in float64. Runs on Python 3.6."""
from typing import Callable, Collection, Dict, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from legacy import shim
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.nodes import BFLOAT16, DOUBLE, FLOAT, HALF, NUMPY, ULPS, Type
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import imported, rewritten
from legacy.worker.tfobjects import GraphDef, NodeDef, Operation, Tensor

NARROW = (FLOAT, HALF, BFLOAT16)

Change = Callable[[Array], Array]  # of what an op is given


class Rewritten(object):
    """Ops, each alone, in portable arithmetic."""

    def __init__(self, ops: Sequence[Operation], values: Mapping[str, Array]) -> None:
        self._ops, self._values = ops, values
        self._failing: Set[str] = set()

    def run(self, change: Optional[Change] = None, types: Optional[Collection[str]] = None) -> Dict[str, Array]:
        """{tensor name: array} of the ops' first outputs: of all, or of those of some types, on the inputs, or on what
        `change` makes of their floats. Ops of a type that this TensorFlow cannot run are left out."""
        ops = [op for op in self._ops if (types is None or op.type in types) and op.type not in self._failing]
        if not ops:
            return {}
        try:
            return self._made(ops, change)
        except Exception:  # some op has no such kernel: type by type, to find out which
            found: Dict[str, Array] = {}
            for op_type in sorted({op.type for op in ops}):
                try:
                    found.update(self._made([op for op in ops if op.type == op_type], change))
                except Exception:
                    self._failing.add(op_type)
            return found

    def _made(self, ops: Sequence[Operation], change: Optional[Change]) -> Dict[str, Array]:
        graph_def: GraphDef = tf.GraphDef()
        given: Dict[Tuple[str, Type], Tuple[str, Optional[Array]]] = {}
        for k, op in enumerate(ops):
            node = graph_def.node.add()
            self._copy(node, op, k)
            for j, tensor in enumerate(op.inputs):
                dtype = self._dtype(op, j, Type(tensor.dtype.base_dtype.as_datatype_enum))
                node.input.append(self._input(graph_def, given, tensor, dtype, change))
        graph = imported(self._finished(graph_def))
        with tf.Session(graph=graph, config=shim.without_optimizers(shim.session_config())) as session:
            found = session.run(['op/%d:0' % k for k in range(len(ops))],
                                {name + ':0': array for name, array in given.values() if array is not None})
        return {op.outputs[0].name: np.asarray(value) for op, value in zip(ops, found)}

    def _dtype(self, op: Operation, k: int, dtype: Type) -> Type:
        """In which type an op is given its input k, which has this one."""
        return dtype

    def _copy(self, node: NodeDef, op: Operation, k: int) -> None:
        node.CopyFrom(op.node_def)
        node.name, node.device = 'op/%d' % k, ''
        node.attr.pop('_class', None)
        del node.input[:]

    def _input(self, graph_def: GraphDef, given: Dict[Tuple[str, Type], Tuple[str, Optional[Array]]], tensor: Tensor,
               dtype: Type, change: Optional[Change]) -> str:
        """The name of a node that gives an input, in this type: whole numbers are constants."""
        key = tensor.name, dtype
        if key not in given:
            array = self._values[tensor.name]
            is_float = dtype in ULPS and array.dtype.kind != 'c'
            if is_float and change is not None:
                array = change(array)
            node = graph_def.node.add(op='Placeholder' if is_float else 'Const', name='input/%d' % len(given))
            node.attr['dtype'].type = dtype
            if is_float:
                array = np.asarray(array).astype(NUMPY[dtype])
                node.attr['shape'].shape.CopyFrom(tf.TensorShape(array.shape).as_proto())
            else:
                node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(array))
            given[key] = node.name, array if is_float else None
        return given[key][0]

    def _finished(self, graph_def: GraphDef) -> GraphDef:
        return rewritten(graph_def, Portable())[0]


class Wide(Rewritten):
    """Ops, each alone, in float64, but for what an op has in float32 whatever it is given."""

    def _dtype(self, op: Operation, k: int, dtype: Type) -> Type:
        return DOUBLE if dtype in NARROW and k in _free(op) else dtype

    def _copy(self, node: NodeDef, op: Operation, k: int) -> None:
        super(Wide, self)._copy(node, op, k)
        for value in node.attr.values():
            if value.WhichOneof('value') == 'type' and value.type in NARROW:
                value.type = DOUBLE
            elif value.WhichOneof('value') == 'list' and value.list.type:
                types = [DOUBLE if dtype in NARROW else dtype for dtype in value.list.type]
                del value.list.type[:]
                value.list.type.extend(types)

    def _finished(self, graph_def: GraphDef) -> GraphDef:
        return graph_def


def _free(op: Operation) -> Set[int]:
    """Numbers of the inputs whose type is an attribute of the op."""
    found: Set[int] = set()
    k = 0
    for argument in op.op_def.input_arg:
        count = 1
        if argument.number_attr:
            count = op.node_def.attr[argument.number_attr].i
        elif argument.type_list_attr:
            count = len(op.node_def.attr[argument.type_list_attr].list.type)
        if not argument.type:
            found.update(range(k, k + count))
        k += count
    return found
