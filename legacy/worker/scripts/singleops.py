"""Every op of a step on its own, on the inputs that it has in portable arithmetic. Runs on Python 3.6.

These inputs are the same bits wherever the formulas are the same, so that nobody needs to keep them: what differs
between two TensorFlows then differs in this op's kernel alone.
"""
from typing import Collection, Dict, Iterable, List, Mapping, Tuple

import numpy as np

from legacy import shim
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.optypes import MOVES
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.sides import SHAPES
from legacy.worker.tfobjects import Operation


def ops_of(kind: Kind) -> List[Operation]:
    """The ops that compute numbers from numbers on the way of a kind's runs, outside of loops and conditions: floats,
    or whole numbers from floats, as a cast does."""
    inner = {name.partition(':')[0] for name in kind.inner_tensors() + kind.later_tensors()}
    return [op for op in kind.graph.get_operations() if op.name in inner and op.type not in MOVES
            and not op.op_def.is_stateful and (any(tensor.dtype.is_floating for tensor in op.outputs)
                                               or _gives_whole_numbers(op))
            and all(kinds.is_number(tensor) and not tensor.dtype._is_ref_dtype for tensor in op.inputs)]


def _gives_whole_numbers(op: Operation) -> bool:
    """Whether another kernel may give other ones: of floats, in a narrow type, in which sums overflow, or as a mean."""
    dtype = op.outputs[0].dtype if op.outputs else None
    return dtype is not None and dtype.is_integer and op.type not in SHAPES and op.inputs and (
        dtype.size < 4 or op.type == 'Mean' or any(tensor.dtype.is_floating for tensor in op.inputs))


def inputs_of(ops: Iterable[Operation]) -> List[str]:
    """Names of the tensors that they take, each once."""
    return sorted({tensor.name for op in ops for tensor in op.inputs})


def alive(ops: Collection[Operation], values: Mapping[str, Array]) -> Dict[str, Array]:
    """{tensor name: array} of the ops' inputs that have a value: of a branch that a run did not take TensorFlow fetches
    an empty array of floats, whatever type and shape the tensor has."""
    tensors = {tensor.name: tensor for op in ops for tensor in op.inputs}
    return {name: values[name] for name, tensor in tensors.items() if name in values
            and tensor.dtype.base_dtype.as_numpy_dtype == values[name].dtype.type
            and tensor.get_shape().is_compatible_with(values[name].shape)}


def answers(ops: Collection[Operation], values: Mapping[str, Array]) -> List[Tuple[str, Array]]:
    """[(tensor name, array)]: the first output of each of the ops on the installed TensorFlow, in float32.

    values: {tensor name: array}, of their inputs; an op that lacks one is left out.
    """
    values = alive(ops, values)
    ops = [op for op in ops if all(tensor.name in values for tensor in op.inputs)]
    if not ops:  # a session runs no empty graph
        return []
    graph_def, placed = tf.GraphDef(), {}
    for k, name in enumerate(inputs_of(ops)):
        node = graph_def.node.add(op='Placeholder', name='input/%d' % k)
        node.attr['dtype'].type = tf.as_dtype(values[name].dtype).as_datatype_enum
        node.attr['shape'].shape.CopyFrom(tf.TensorShape(values[name].shape).as_proto())
        placed[name] = node.name
    for k, op in enumerate(ops):
        node = graph_def.node.add()
        node.CopyFrom(op.node_def)
        node.name, node.device = 'op/%d' % k, ''
        node.attr.pop('_class', None)
        del node.input[:]
        node.input.extend(placed[tensor.name] for tensor in op.inputs)
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(graph_def, name='')
    with tf.Session(graph=graph, config=shim.session_config()) as session:
        found = session.run(['op/%d:0' % k for k in range(len(ops))],
                            {placed[name] + ':0': values[name] for name in placed})
    return [(op.outputs[0].name, np.asarray(value)) for op, value in zip(ops, found)]
