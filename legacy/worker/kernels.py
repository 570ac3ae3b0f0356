"""Every numeric op of the experiment on its own, fed what TensorFlow 1.15.5 fed it. Runs on Python 3.6.

A kernel set (`data/kernels.npz`) holds the op instances of chosen training steps and of one evaluation on all rows:
op type, attributes, input arrays and the output array that the recorded release gave. `run` rebuilds each op alone on
the installed TensorFlow and feeds it the same inputs. What differs then differs in that kernel; nothing comes before.

Fused kernels, which the graph optimizer makes at run time, do not appear here: the teacher-forced steps cover them.
"""
import collections
import functools
import json
from typing import Dict, Iterable, List, Sequence, Set, Tuple

import numpy as np

from legacy import shim
from legacy.formats.answers import Kernels
from legacy.formats.archive import RecordingError
from legacy.formats.kernelset import OP_TYPES, SCHEMA, KernelSet
from legacy.formats.recording import Recording
from legacy.formats.values import Array, JsonObject, Shape, same_bits
from legacy.shim import tf
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.rewriting.rewriter import imported
from legacy.worker.tfobjects import AttrValue, GraphDef, Operation

# isort: split
from google.protobuf import json_format  # after TensorFlow, which brings it along and is missed first

# Ops that move or make values and compute none.
MOVES = {'Identity', 'StopGradient', 'Reshape', 'Squeeze', 'ExpandDims', 'Tile', 'BroadcastTo', 'Fill', 'Const',
         'Placeholder', 'VariableV2', 'Cast'}
# (network, steps done, training): whole training steps of both networks before the first; of the one with batch
# normalisation in the middle; of the other among infinities; one evaluation of both on all rows, in which the arrays
# are large, so that of ops with the same type, attributes and shapes one instance is kept.
MOMENTS = (('plain', 0, True), ('norm', 0, True), ('plain', 1, True), ('norm', 101, True),
           ('norm', 101, False), ('plain', 0, False))


def numeric_ops(experiment: Experiment, network: str, training: bool = True) -> List[Operation]:
    """The ops that compute a float from floats on the way to a network's update or cost, in order of creation."""
    train_op, cost, _ = experiment.nets[network]
    found: Set[Operation] = set()
    pending = [train_op if training else cost.op]
    while pending:
        op = pending.pop()
        if op not in found:
            found.add(op)
            pending.extend([tensor.op for tensor in op.inputs] + list(op.control_inputs))
    return [op for op in experiment.graph.get_operations() if op in found and _is_numeric(op)]


def _is_numeric(op: Operation) -> bool:
    return (op.type not in MOVES and any(t.dtype.base_dtype == tf.float32 for t in op.outputs)
            and any(t.dtype.base_dtype == tf.float32 for t in op.inputs))


# ---- recording

def record(experiment: Experiment, baseline: Recording, environment: JsonObject) -> KernelSet:
    """The KernelSet of MOMENTS, from the checkpoints of the recording `baseline`, under the installed TensorFlow.

    experiment: an Experiment in float32. Inputs are what the ops meet inside the whole graph; outputs are what `run`
    gives for them here.
    """
    names: Dict[Tuple[str, Shape, bytes], str] = {}
    arrays: Dict[str, Array] = collections.OrderedDict()
    ops: List[JsonObject] = []

    def name_of(array: Array) -> str:
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in names:
            names[key] = 'array/%d' % len(names)
            arrays[names[key]] = array
        return names[key]

    seen = set()
    known = set(baseline.arrays['checkpoints/steps'].tolist())
    for network, start, training in [moment for moment in MOMENTS if moment[1] in known]:
        for op, inputs in _instances(experiment, baseline, network, start, training):
            signature = (op.type, json.dumps(_attributes(op)), tuple(array.shape for array in inputs))
            if training or signature not in seen and _on_all_rows(experiment, inputs):
                seen.add(signature)
                ops.append({'type': op.type, 'attrs': _attributes(op), 'node': op.name, 'network': network,
                            'step': start, 'training': training, 'inputs': [name_of(array) for array in inputs]})
    kernels = KernelSet({'schema': SCHEMA, 'environment': environment, 'ops': ops, 'arrays': []}, arrays)
    for op, output in zip(ops, run(kernels)[0]):
        op['output'] = name_of(output)
    return kernels


def _on_all_rows(experiment: Experiment, inputs: Iterable[Array]) -> bool:
    return any(array.shape[:1] == experiment.x_data.shape[:1] for array in inputs)


def _instances(experiment: Experiment, baseline: Recording, network: str, start: int,
               training: bool) -> List[Tuple[Operation, List[Array]]]:
    """[(op, input arrays)] of one training step from a checkpoint, or of one evaluation there."""
    ops = [op for op in numeric_ops(experiment, network, training) if op.type in OP_TYPES]
    rows = slice(start * 10, start * 10 + 10) if training else slice(None)
    values = baseline.checkpoint(start)
    wanted = {tensor for op in ops for tensor in op.inputs if not tensor.dtype._is_ref_dtype}
    with experiment.session() as sess:
        experiment.restore(sess, values)
        met = sess.run({tensor: tensor for tensor in wanted}, experiment.feed(rows))
    return [(op, [values[tensor.op.name] if tensor.dtype._is_ref_dtype else np.asarray(met[tensor])
                  for tensor in op.inputs]) for op in ops]


# ---- running

def run(kernels: KernelSet, times: int = 1) -> List[List[Array]]:
    """[the output array of every op of the set, each alone on the installed TensorFlow], so many times. Raises
    RecordingError if TensorFlow cannot build or run an op of the set, which may come from anybody."""
    try:
        return _run(kernels, times)
    except (ValueError, TypeError, KeyError, json_format.ParseError, tf.errors.OpError) as error:
        raise RecordingError('this TensorFlow cannot run the kernel set: %s' % ' '.join(str(error).split())[:300])


def _run(kernels: KernelSet, times: int) -> List[List[Array]]:
    graph, answers = imported(_graph_def(kernels)), []
    tensor = graph.get_tensor_by_name
    feed = {tensor(name + ':0'): kernels.arrays[name] for name in _fed(kernels)}
    with tf.Session(graph=graph, config=shim.session_config()) as sess:
        for _ in range(times):
            sess.run([op for op in graph.get_operations() if op.name.startswith('assign/')], feed)
            answers.append(sess.run([tensor('output/%d:0' % k) for k in range(len(kernels.header['ops']))], feed))
    return answers


def _fed(kernels: KernelSet) -> List[str]:
    return sorted({name for op in kernels.header['ops'] for name in op['inputs']})


def _graph_def(kernels: KernelSet) -> GraphDef:
    """Placeholders for the arrays, and on them the ops; what an op updates is a variable of its own."""
    graph_def = tf.GraphDef()
    for name in _fed(kernels):
        array = kernels.arrays[name]
        _add(graph_def, 'Placeholder', name, [], {
            'dtype': {'type': _dtype(array)}, 'shape': {'shape': _shape(array)}})
    for k, op in enumerate(kernels.header['ops']):
        inputs = list(op['inputs'])
        if op['type'].startswith(('Apply', 'Assign')):
            variable, value = 'variable/%d' % k, kernels.arrays[inputs[0]]
            _add(graph_def, 'VariableV2', variable, [], {
                'dtype': {'type': _dtype(value)}, 'shape': {'shape': _shape(value)}})
            _add(graph_def, 'Assign', 'assign/%d' % k, [variable, inputs[0]], {'T': {'type': _dtype(value)}})
            inputs[0] = variable
        _add(graph_def, op['type'], 'op/%d' % k, inputs, op['attrs'])
        _add(graph_def, 'Identity', 'output/%d' % k, ['op/%d' % k], {'T': {'type': 'DT_FLOAT'}})
    return graph_def


def _attributes(op: Operation) -> JsonObject:
    """{name: attribute as JSON}, without what TensorFlow notes for itself."""
    return {name: json_format.MessageToDict(value) for name, value in sorted(op.node_def.attr.items())
            if not name.startswith('_')}


def _add(graph_def: GraphDef, op_type: str, name: str, inputs: Sequence[str], attributes: JsonObject) -> None:
    node = graph_def.node.add(op=shim.native_op_type(op_type), name=name, input=inputs)
    for key, value in attributes.items():
        node.attr[key].CopyFrom(_attribute(json.dumps(value)))


@functools.lru_cache(None)  # a thousand ops have a few dozen
def _attribute(text: str) -> AttrValue:
    return json_format.Parse(text, tf.AttrValue())


def _dtype(array: Array) -> str:
    return {'<f4': 'DT_FLOAT', '<f8': 'DT_DOUBLE', '<i4': 'DT_INT32'}[array.dtype.str]


def _shape(array: Array) -> JsonObject:
    return {'dim': [{'size': n} for n in array.shape]}


def answer(experiment: Experiment, kernels: KernelSet) -> Kernels:
    """The answers.Kernels of this TensorFlow; every op is asked twice."""
    outputs, again = run(kernels, 2)
    unsteady = sorted({op['type'] for op, first, second in zip(kernels.header['ops'], outputs, again)
                       if first.shape != second.shape or not same_bits(first, second).all()})
    return Kernels(outputs, uncovered(experiment, kernels), unsteady)


def uncovered(experiment: Experiment, kernels: KernelSet) -> List[str]:
    """Types of numeric ops that this TensorFlow's training graph has and the set has not."""
    types = {shim.native_op_type(op['type']) for op in kernels.header['ops']}
    found = {op.type for network in NETWORKS for op in numeric_ops(experiment, network)}
    return sorted(found - types)
