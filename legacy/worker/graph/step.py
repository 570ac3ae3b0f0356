"""One training step of both networks in slow motion. Runs on Python 3.6.

The step runs twice from the same variables: once timed, with TensorFlow's own trace of the ops that it really ran,
which are those that its optimizer left; and once with TensorFlow's debugger writing down what each of them gave. Both
must leave the same weights, bit for bit.
"""
import collections
import os
import shutil
import tempfile
import typing
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from legacy import article, shim
from legacy.formats import articlerun, contents, recordings
from legacy.formats.archive import RecordingError
from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import Node, producer
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.shim import tf
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.graph import origin
from legacy.worker.tfobjects import Message, NodeDef, Session

ROWS = 10  # of a training step
DEBUG_OP = 'DebugIdentity'


Timed = Tuple[str, Message]  # the name of a device, and a NodeExecStats


class StepError(LegacyError):
    """No such step, or no recording that can lead to it. The message is one line."""


def measure(at: int, path: Optional[PathLike] = None) -> JsonObject:
    """Step `at` (0 is the first) from the weights of the recording at `path`, TensorFlow 1.15.5's unless given.

    Returns {'tensorflow', 'recorded', 'arithmetic', 'at', 'checkpoint', 'graph_nodes', 'not_run', 'not_run_types',
    'microseconds', 'ops': [...]}, JSON values. checkpoint: steps done before the kept run of the recording from where
    this TensorFlow went on. recorded: the recording's TensorFlow. not_run: {role: nodes of the graph that did not run}.
    not_run_types: {role: {op type: the same}}. ops: see `_described`, in the order of their start. Raises StepError,
    RecordingError.
    """
    path = str(path or articlerun.RECORDING)
    recorded = recordings.load(path)
    try:
        settings = articlerun.settings(recorded.header)
    except ValueError as error:
        raise RecordingError('%s: it cannot be run: %s' % (path, error))
    if not articlerun.is_article(recorded):
        raise StepError("%s is a recording of %s: a step is one of the article's" % (
            path, recorded.header['script']['name']))
    if not 0 <= at < settings.steps:
        raise StepError('--at %d: %s has steps 0 to %d' % (at, path, settings.steps - 1))
    start, values = _checkpoint(recorded, at, path)
    experiment = Experiment(settings.seed, 'native')  # no op seed moves a step: the variables are recorded
    if set(experiment.variables) != set(values):
        raise StepError('%s: its variables are not those of the graph here' % path)
    with experiment.session() as sess:
        experiment.restore(sess, values)
        _advance(experiment, sess, start, at)
        before = experiment.values(sess)
        stats, executed = _traced(experiment, sess, at, before)
        after = experiment.values(sess)
        outputs = _watched(experiment, sess, at, before, stats)
        if any(contents.digest(after[name]) != contents.digest(value)
               for name, value in experiment.values(sess).items()):
            raise StepError('the step left other weights while it was watched')
    places = collections.OrderedDict((node.name, node) for node in origin.describe(experiment).nodes)
    ops = _described(stats, executed, outputs, places, _gradients(experiment, places, executed))
    ran = {op['name'] for op in ops} | {op['node'] for op in ops if op['kernel'] == '_Arg'}
    idle: Dict[str, typing.Counter[str]] = {}
    for name, place in places.items():
        if name not in ran:
            idle.setdefault(place.role, collections.Counter())[place.op_type] += 1
    return {'tensorflow': shim.VERSION, 'recorded': recorded.header['environment']['tensorflow'],
            'arithmetic': experiment.arithmetic, 'at': at, 'checkpoint': start,
            'graph_nodes': len(places), 'not_run': {role: sum(types.values()) for role, types in idle.items()},
            'not_run_types': {role: dict(types.most_common()) for role, types in idle.items()},
            'microseconds': round(max(op['start'] + op['microseconds'] for op in ops), 3), 'ops': ops}


def _checkpoint(recorded: Recording, at: int, path: str) -> Tuple[int, Dict[str, Array]]:
    """(steps done, {variable: value}) before the last kept training run up to step `at`. Raises StepError."""
    found = [(recorded.time(step), step) for step in recorded.header['steps']
             if recorded.kinds[step['kind']]['trains'] and recorded.kinds[step['kind']]['targets']]
    before = [(done, step) for done, step in found if done <= at]
    if not before:
        raise StepError('%s has the variables before no training step up to %d: `record` keeps some, and so does `run` '
                        'in float32' % (path, at))
    done, step = max(before, key=lambda kept: kept[0])
    names = recorded.kinds[step['kind']]['names']
    values = {names.get(name, name): recorded.content(noted) for name, noted in step['before'].items()}
    if any(recorded.content(noted).shape != noted.shape for noted in step['before'].values()):
        raise StepError('%s has only samples of its variables' % path)
    return done, values


def _advance(experiment: Experiment, sess: Session, start: int, at: int) -> None:
    """Train from step `start` up to before step `at`, with all that `article.train` evaluates, which moves the moving
    averages."""
    nets = experiment.nets.values()
    for i in range(start, at + 1):
        if i > start and (i - 1) % article.record_step == 0:
            sess.run([net.cost for net in nets], experiment.feed())
        if i % article.PICTURE_STEP == 0 and i > start:
            sess.run([net.layers_inputs for net in nets], experiment.feed())
        if i < at:
            sess.run([net.train_op for net in nets], experiment.feed(slice(i * ROWS, i * ROWS + ROWS)))


def _step(experiment: Experiment, sess: Session, at: int, before: Dict[str, Array], options: Message,
          metadata: Optional[Message] = None) -> None:
    experiment.restore(sess, before)
    sess.run([experiment.nets[network].train_op for network in NETWORKS],
             experiment.feed(slice(at * ROWS, at * ROWS + ROWS)), options, metadata)


def _traced(experiment: Experiment, sess: Session, at: int,
            before: Dict[str, Array]) -> Tuple[List[Timed], Dict[str, NodeDef]]:
    """([(device, NodeExecStats), ...], {name: NodeDef as it was run}) of the step; a first run warms up."""
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE, output_partition_graphs=True)
    for _ in range(2):
        metadata = tf.RunMetadata()
        _step(experiment, sess, at, before, options, metadata)
    executed = {node.name: node for graph in metadata.partition_graphs for node in graph.node}
    return [(device.device, node) for device in metadata.step_stats.dev_stats for node in device.node_stats
            if node.node_name in executed], executed


def _watched(experiment: Experiment, sess: Session, at: int, before: Dict[str, Array],
             stats: List[Timed]) -> Dict[Tuple[str, int], Array]:
    """{(node name, output): array} of everything that the ops of the step give."""
    folder = tempfile.mkdtemp(prefix='step-')
    try:
        options = tf.RunOptions()
        for _, node in stats:
            for output in node.output:
                watch = options.debug_options.debug_tensor_watch_opts.add(node_name=node.node_name,
                                                                          output_slot=output.slot)
                watch.debug_ops.append(DEBUG_OP)
                watch.debug_urls.append('file://' + folder)
        _step(experiment, sess, at, before, options)
        return dict(_dumped(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _dumped(folder: str) -> Iterator[Tuple[Tuple[str, int], Array]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), 'rb') as file:
                event = tf.Event.FromString(file.read())
            for value in event.summary.value:
                node, output, _ = value.node_name.rsplit(':', 2)
                yield (node, int(output)), tf.make_ndarray(value.tensor)


def _described(stats: List[Timed], executed: Dict[str, NodeDef], outputs: Dict[Tuple[str, int], Array],
               places: Mapping[str, Node], gradients: Dict[str, str]) -> List[JsonObject]:
    """[{...}] of every op that ran: name, kernel (the op type that ran), in_graph (the op type of the graph's node of
    this name, None without one), node (that node's name, or of the node that it was made from) and created (its place
    in the order of creation), device, start and microseconds, network, layer, role, line, call, gradient_of (the
    variable whose gradient it gives, or None), outputs [summary, ...]."""
    created = {name: k for k, name in enumerate(places)}
    timed = sorted(((_nanoseconds(node), device, node) for device, node in stats), key=lambda item: item[0])
    ops = []
    for (start, taken), device, node in timed:
        name = _name_in_graph(node.node_name, places)
        place = places.get(name)
        ops.append({
            'name': node.node_name, 'kernel': executed[node.node_name].op,
            'in_graph': places[node.node_name].op_type if node.node_name in places else None,
            'node': name, 'created': created.get(name, -1),
            'device': ':'.join(device.split(':')[-2:]), 'start': (start - timed[0][0][0]) / 1000.0,
            'microseconds': taken / 1000.0,
            'network': place.network if place else 'both', 'layer': place.layer if place else 'data',
            'role': place.role if place else 'forward', 'line': place.line if place else '',
            'call': place.call if place else '', 'gradient_of': gradients.get(node.node_name),
            'outputs': [summary(outputs[node.node_name, output.slot]) for output in node.output
                        if (node.node_name, output.slot) in outputs]})
    return ops


def _nanoseconds(node: Message) -> Tuple[int, int]:
    """(start, time taken) of an op; older releases count in microseconds only."""
    if getattr(node, 'all_start_nanos', 0):
        return node.all_start_nanos + node.op_start_rel_nanos, node.op_end_rel_nanos - node.op_start_rel_nanos
    return ((node.all_start_micros + node.op_start_rel_micros) * 1000,
            (node.op_end_rel_micros - node.op_start_rel_micros) * 1000)


def _name_in_graph(name: str, places: Mapping[str, Node]) -> str:
    """Of the node that TensorFlow's optimizer made this one from or, for a fed placeholder, of the placeholder."""
    for candidate in (name, name.partition('/')[2].partition('-')[0], name.partition('_arg_')[2].rsplit('_', 2)[0]):
        if candidate in places:
            return candidate
    return name


def _gradients(experiment: Experiment, places: Mapping[str, Node], executed: Dict[str, NodeDef]) -> Dict[str, str]:
    """{op that computes a gradient: variable}: the tensor that the update takes or, where the optimizer removed what
    only passes it on or reshapes it, the one behind that."""
    found = {}
    for variable, tensor in experiment.gradients.items():
        name = tensor.op.name
        while name not in executed and places[name].op_type in ('Identity', 'Reshape'):
            name = producer(places[name].inputs[0])[0]
        if name in executed:
            found[name] = variable
    return found


def summary(array: Array) -> JsonObject:
    """{'dtype', 'shape', 'size', 'zeros', 'nan', 'inf', 'min', 'mean', 'max'}: the last three of the finite elements,
    None if there are none."""
    values = np.asarray(array)
    finite = values[np.isfinite(values)].astype('f8')
    return {'dtype': str(values.dtype), 'shape': list(values.shape), 'size': int(values.size),
            'zeros': int((values == 0).sum()), 'nan': int(np.isnan(values).sum()), 'inf': int(np.isinf(values).sum()),
            'min': float(finite.min()) if finite.size else None, 'mean': _mean(finite),
            'max': float(finite.max()) if finite.size else None}


def _mean(finite: Array) -> Optional[float]:
    if not finite.size:
        return None
    scale = float(np.abs(finite).max()) or 1.0  # a sum of float64 can leave their range where the mean does not
    return float((finite / scale).mean() * scale)
