"""A log folder for TensorBoard: each network a run with its graph, its costs and its layers' inputs.

TensorFlow writes the files; TensorBoard is not needed for that, and TensorFlow does not bring it along.
"""
import calendar
import importlib.util
import os
import shlex
import time

import numpy as np

from legacy import shim
from legacy.formats import recording
from legacy.formats.folders import whole_folder
from legacy.formats.recording import SERIES
from legacy.shim import tf
from legacy.worker import record
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.graph import groups, origin
from legacy.worker.observe import histogram_range

COST = 'Mean squared error on all rows after so many steps; the first value is from before training.'
LAYER_INPUTS = ('What enters the layer, on all rows, after so many steps: the counts of the article\'s pictures, -1 to '
                '1 in 15 bins (-7 to 10 for layer1). NaN and values outside are not in it.')


def write(logdir, path=None):
    """Write the folder `logdir`, which must not be there or be empty: the graph of this TensorFlow, and the numbers of
    the recording at `path` or of a run made now. Returns what to tell: what is in it, and how to open it. Raises
    FolderError, RecordingError, OSError."""
    recorded = recording.load(path) if path else None
    shim.quiet()
    settings = {key: recorded.settings[key] for key in ('seed', 'op_seeds', 'arithmetic')} if recorded else {}
    with whole_folder(logdir, None, '--logdir') as folder:
        experiment = Experiment(**settings)
        recorded = recorded or record.record(command='compat_run.py graph tensorboard', experiment=experiment)
        nodes = _write_runs(str(folder), experiment, recorded)
    said = ['%s: the graph of TensorFlow %s (%s), the costs and layer inputs of %s (TensorFlow %s)' % (
        logdir, shim.VERSION, ', '.join('%s %d nodes' % item for item in nodes.items()), path or 'a run made now',
        recorded.header['environment']['tensorflow'])]
    if importlib.util.find_spec('tensorboard') is None:
        said.append('TensorBoard is not installed here: pip install -r tests/requirements.txt brings it')
    return '\n'.join(said + ['open it with: tensorboard --logdir ' + shlex.quote(str(logdir))]) + '\n'


def _write_runs(folder, experiment, recorded):
    """{network: nodes of its graph}"""
    table = origin.describe(experiment)
    definition = experiment.graph.as_graph_def(add_shapes=True)
    written = {}
    for network, series in zip(NETWORKS, SERIES):
        graph = groups.grouped(table, definition, network)
        written[network] = len(graph.node)
        os.mkdir(os.path.join(folder, network))
        _write_run(os.path.join(folder, network), graph, recorded, network, series)
    return written


def _write_run(folder, graph, recorded, network, series):
    recorded_at = _seconds(recorded.header['created'])
    path = os.path.join(folder, 'events.out.tfevents.%d.recording' % recorded_at)
    with tf.python_io.TFRecordWriter(path) as writer:
        def add(**content):
            writer.write(tf.Event(wall_time=recorded_at, **content).SerializeToString())

        def add_value(step, tag, description, **value):
            add(step=step, summary=tf.Summary(value=[tf.Summary.Value(
                tag=tag, metadata=tf.SummaryMetadata(summary_description=description), **value)]))
        add(file_version='brain.Event:2')
        add(graph_def=graph.SerializeToString())
        for step, cost in _costs(recorded, series):
            add_value(step, 'cost', COST, simple_value=cost)
        for step, layer, histogram in _histograms(recorded, network):
            add_value(step, 'layer_inputs/' + layer, LAYER_INPUTS, histo=histogram)


def _seconds(created):
    """Since 1970, of a recording's time; 0 for what is none."""
    try:
        return calendar.timegm(time.strptime(created, '%Y-%m-%dT%H:%M:%SZ'))
    except ValueError:
        return 0


def _costs(recorded, series):
    """[(steps done, cost), ...], before training first."""
    arrays = recorded.arrays
    return [(0, float(arrays['before/' + series]))] + [
        (int(step) + 1, float(cost)) for step, cost in zip(arrays['series/steps'], arrays['series/' + series])]


def _histograms(recorded, network):
    """(steps done, 'layer1' to 'output', tf.HistogramProto) for every picture and layer."""
    arrays = recorded.arrays
    layers = sum(name.startswith('layer_inputs/%s/' % network) and name.endswith('/counts') for name in arrays)
    for picture, step in enumerate(arrays['layer_inputs/steps']):
        for k in range(layers):
            yield int(step), 'layer%d' % (k + 1) if k + 1 < layers else 'output', _histogram(
                k, arrays['layer_inputs/%s/%d/counts' % (network, k)][picture].astype('f8'))


def _histogram(layer, counts):
    """The tf.HistogramProto of counts in the bins of `observe.histogram`. It ends with the last bin that has any in it:
    TensorBoard leaves empty bins at the ends out, and takes the smallest and largest value for the edges."""
    edges = np.linspace(*(histogram_range(layer) + (len(counts) + 1,)))
    filled = np.flatnonzero(counts)
    if not len(filled):
        return tf.HistogramProto(min=edges[0], max=edges[-1], bucket_limit=[edges[-1]], bucket=[0])
    inside = slice(filled[0], filled[-1] + 1)
    lefts, rights, counts = edges[:-1][inside], edges[1:][inside], counts[inside]
    middles = (lefts + rights) / 2
    return tf.HistogramProto(min=lefts[0], max=rights[-1], num=counts.sum(), sum=(counts * middles).sum(),
                             sum_squares=(counts * middles ** 2).sum(), bucket_limit=rights, bucket=counts)
