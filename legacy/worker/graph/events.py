"""A log folder for TensorBoard: each network a run with its graph, its costs and its layers' inputs."""
import os
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np

from legacy import shim
from legacy.formats import recording
from legacy.formats.folders import whole_folder
from legacy.formats.places import PathLike
from legacy.formats.recording import SERIES, Recording
from legacy.worker import record, seeding
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.graph import eventfile, groups, origin
from legacy.worker.observe import histogram_range
from legacy.worker.tfobjects import GraphDef, Histogram

COST = 'Mean squared error on all rows after so many steps; the first value is from before training.'
LAYER_INPUTS = ('What enters the layer, on all rows, after so many steps: the counts of the article\'s pictures, -1 to '
                '1 in 15 bins (-7 to 10 for layer1). NaN and values outside are not in it.')


def write(logdir: PathLike, path: Optional[PathLike] = None) -> str:
    """Write the folder `logdir`, which must not be there or be empty: the graph of this TensorFlow, and the numbers of
    the recording at `path` or of a run made now. Returns what to tell: what is in it, and how to open it. Raises
    FolderError, RecordingError, OSError."""
    recorded = recording.load(path) if path else None
    shim.quiet()
    settings = {'seed': recorded.settings['seed'], 'op_seeds': seeding.of_recording(recorded, str(path)),
                'arithmetic': recorded.settings['arithmetic']} if recorded else {}
    with whole_folder(logdir, None, '--logdir') as folder:
        experiment = Experiment(**settings)
        recorded = recorded or record.record(command='compat_run.py graph tensorboard', experiment=experiment)
        nodes = _write_runs(str(folder), experiment, recorded)
    said = ['%s: the graph of TensorFlow %s (%s), the costs and layer inputs of %s (TensorFlow %s)' % (
        logdir, shim.VERSION, ', '.join('%s %d nodes' % item for item in nodes.items()), path or 'a run made now',
        recorded.header['environment']['tensorflow'])]
    return '\n'.join(said + eventfile.how_to_open(logdir)) + '\n'


def _write_runs(folder: str, experiment: Experiment, recorded: Recording) -> Dict[str, int]:
    """{network: nodes of its graph}"""
    table = origin.describe(experiment)
    definition = experiment.graph.as_graph_def(add_shapes=True)
    written = {}
    for network, series in zip(NETWORKS, SERIES):
        graph = groups.grouped(table, definition, network)
        written[network] = len(graph.node)
        _write_run(os.path.join(folder, network), graph, recorded, network, series)
    return written


def _write_run(folder: str, graph: GraphDef, recorded: Recording, network: str, series: str) -> None:
    with eventfile.EventFile(folder, recorded.header['created']) as file:
        file.add_graph(graph)
        for step, cost in _costs(recorded, series):
            file.add_scalar(step, 'cost', COST, cost)
        for step, layer, histogram in _histograms(recorded, network):
            file.add_histogram(step, 'layer_inputs/' + layer, LAYER_INPUTS, histogram)


def _costs(recorded: Recording, series: str) -> List[Tuple[int, float]]:
    """[(steps done, cost), ...], before training first."""
    arrays = recorded.arrays
    return [(0, float(arrays['before/' + series]))] + [
        (int(step) + 1, float(cost)) for step, cost in zip(arrays['series/steps'], arrays['series/' + series])]


def _histograms(recorded: Recording, network: str) -> Iterator[Tuple[int, str, Histogram]]:
    """(steps done, 'layer1' to 'output', tf.HistogramProto) for every picture and layer."""
    arrays = recorded.arrays
    layers = sum(name.startswith('layer_inputs/%s/' % network) and name.endswith('/counts') for name in arrays)
    for picture, step in enumerate(arrays['layer_inputs/steps']):
        for k in range(layers):
            counts = arrays['layer_inputs/%s/%d/counts' % (network, k)][picture].astype('f8')
            edges = np.linspace(*(histogram_range(k) + (len(counts) + 1,)))
            yield int(step), 'layer%d' % (k + 1) if k + 1 < layers else 'output', eventfile.histogram(edges, counts)
