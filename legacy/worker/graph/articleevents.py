"""The runs of a log folder for TensorBoard that are the article's own: each network with its graph under names that
group it by layer, its costs and its layers' inputs. Runs on Python 3.6."""
import os
from typing import Dict, Iterator, Tuple

import numpy as np

from legacy.formats import articlerun
from legacy.formats.articlerun import Pictures, histogram_range
from legacy.formats.recordings import Recording
from legacy.worker.experiment import NETWORKS, for_its_nodes
from legacy.worker.graph import eventfile, groups, origin
from legacy.worker.tfobjects import Histogram

COST = 'Mean squared error on all rows after so many steps.'
LAYER_INPUTS = ('What enters the layer, on all rows, after so many steps: the counts of the article\'s pictures, -1 to '
                '1 in 15 bins (-7 to 10 for layer1). NaN and values outside are not in it.')


def write(folder: str, recorded: Recording) -> Dict[str, int]:
    """Write a run for each network of the graph that the port builds here; return {network: nodes of its graph}."""
    experiment, written = for_its_nodes(), {}
    table, definition = origin.describe(experiment), experiment.graph.as_graph_def(add_shapes=True)
    costs, pictures = articlerun.costs(recorded), articlerun.pictures(recorded)
    for number, network in enumerate(NETWORKS):
        graph = groups.grouped(table, definition, network)
        written[network] = len(graph.node)
        with eventfile.EventFile(os.path.join(folder, network), recorded.header['created']) as file:
            file.add_graph(graph)
            for step, cost in zip(costs.steps, costs[1 + number]) if costs else ():
                file.add_scalar(int(step) + 1, 'cost', COST, float(cost))
            for step, layer, histogram in _histograms(pictures, number) if pictures else ():
                file.add_histogram(step, 'layer_inputs/' + layer, LAYER_INPUTS, histogram)
    return written


def _histograms(pictures: Pictures, network: int) -> Iterator[Tuple[int, str, Histogram]]:
    """(steps done, 'layer1' to 'output', tf.HistogramProto) for every picture and layer."""
    for step, counts in zip(pictures.steps, pictures.counts[:, network]):
        for k, heights in enumerate(counts):
            edges = np.linspace(*(histogram_range(k) + (len(heights) + 1,)))
            name = 'layer%d' % (k + 1) if k + 1 < len(counts) else 'output'
            yield int(step), name, eventfile.histogram(edges, heights.astype('f8'))
