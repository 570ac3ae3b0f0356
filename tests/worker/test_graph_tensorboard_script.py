"""`graph tensorboard` of a script's recording: its graph, its series, the runs with noise, as TensorBoard has them."""
import os

import numpy as np
import pytest
from google.protobuf import text_format

from legacy.formats import graphtable, recordings
from legacy.formats.graphtable import Node, Table
from legacy.graph import words
from legacy.shim import tf
from legacy.worker.graph import events
from tests.conftest import ROOT
from tests.graphs import assert_graph_fault, graph
from tests.tensorboards import needs_tensorboard, serving

RECORDINGS = ROOT / 'tests' / 'scripts' / 'recordings'
VAE, KERAS, ESTIMATOR = (RECORDINGS / f'{name}.npz' for name in ('vae', 'keras_fit', 'estimator'))


@pytest.fixture(scope='module')
def vae():
    return recordings.load(VAE)


@pytest.fixture(scope='module')
def logdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp('logs') / 'vae'
    assert graph('tensorboard', VAE, '--logdir', folder)[0] == 0
    return folder


@pytest.fixture(scope='module')
def served(logdir):
    with serving(logdir, 5) as ask:
        yield ask


def values(folder, run):
    """{tag: [(step, value), ...]} of a run, read without TensorBoard."""
    path, = (folder / run).iterdir()
    found = {}
    for event in tf.train.summary_iterator(str(path)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value))
    return found


def graph_of(folder, run):
    path, = (folder / run).iterdir()
    content, = [event.graph_def for event in tf.train.summary_iterator(str(path)) if event.graph_def]
    return content


# ---- the installed TensorBoard

@needs_tensorboard
def test_runs_are_the_recording_and_those_with_noise(served):
    assert sorted(served('runs')) == ['noise 1', 'noise 2', 'noise 3', 'noise 4', 'recorded']


@needs_tensorboard
def test_loss_is_served_under_its_line_at_the_numbers_of_its_runs(served, vae):
    points = served('plugin/scalars/scalars', run='recorded', tag='vae.py:23/Mean')
    assert [step for _, step, _ in points] == list(np.flatnonzero(vae.runs == 1)) == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(np.array([value for _, _, value in points], 'f4'), vae.series()[1, 0])


@needs_tensorboard
def test_noise_is_served_as_recorded(served, vae):
    points = served('plugin/scalars/scalars', run='noise 3', tag='vae.py:23/Mean')
    assert np.array_equal(np.array([value for _, _, value in points], 'f4'), vae.noisy()[2][1, 0])


@needs_tensorboard
def test_graph_is_served_with_shapes_and_lines_of_the_script(served):
    shown = text_format.Parse(served('plugin/graphs/graph', run='recorded', conceptual='false'), tf.GraphDef())
    table, = words.graphs(str(VAE)).values()
    assert [(node.op, node.name, list(node.input)) for node in shown.node] == [
        (node.op_type, node.name, node.inputs) for node in table.nodes]
    product = next(node for node in shown.node if node.name == 'encoder/MatMul')
    assert [dim.size for dim in product.attr['_output_shapes'].list.shape[0].dim] == [-1, 8]
    assert product.attr['line'].s.startswith(b'vae.py:10 hidden = ')


# ---- what is written

def test_graph_that_is_written_is_the_recorded_one(logdir):
    table, = words.graphs(str(VAE)).values()
    written = tf.GraphDef.FromString(graph_of(logdir, 'recorded'))
    assert graphtable.fingerprint([(node.op, node.name, list(node.input))
                                   for node in written.node]) == table.fingerprint


def test_every_graph_of_a_recording_is_a_run(tmp_path):
    graph('tensorboard', ESTIMATOR, '--logdir', tmp_path / 'logs')
    tables = words.graphs(str(ESTIMATOR))
    for number, run in ((0, 'recorded'), (1, 'graph 1')):
        assert len(tf.GraphDef.FromString(graph_of(tmp_path / 'logs', run)).node) == len(tables[number].nodes)


def test_small_series_become_histograms_and_others_are_counted(tmp_path):
    _, out, _ = graph('tensorboard', KERAS, '--logdir', tmp_path / 'logs')
    recorded = recordings.load(KERAS)
    tag = 'keras_fit.py:12/' + recorded.kinds[3]['fetches'][0][:-len(':0')]
    (_, histogram), = values(tmp_path / 'logs', 'recorded')[tag]
    assert histogram.histo.num == recorded.series()[3, 0].size == 2
    left_out = sum(len(kind['fetches']) for kind in recorded.kinds) - len(recorded.series())
    assert f'{left_out} fetches are left out' in out and left_out == 8


def test_tags_are_all_different(vae):
    kinds = [dict(vae.kinds[1], fetches=['loss:0', 'loss:0', 'loss:1']), vae.kinds[1]]
    found = events.tags_of(recordings.Recording(dict(vae.header, kinds=kinds), {}))
    assert len(set(found.values())) == len(found) == sum(len(kind['fetches']) for kind in kinds)


def test_shape_that_is_not_known_stays_so():
    node = Node('Foo', 'foo', [], ['float32 ?', 'int32 ()', 'float32 (?, 3)'], '', '', '', '', '', '', '')
    shapes = events.definition(Table('', '', {}, [node])).node[0].attr['_output_shapes'].list.shape
    assert [shape.unknown_rank for shape in shapes] == [True, False, False]
    assert [[dim.size for dim in shape.dim] for shape in shapes] == [[], [], [-1, 3]]


def test_damaged_graph_leaves_nothing(vae, tmp_path):
    arrays = dict(vae.arrays)
    arrays['graph/0'] = arrays['graph/0'][:50]
    recordings.save(recordings.Recording(vae.header, arrays), tmp_path / 'half.npz')
    assert_graph_fault(graph('tensorboard', tmp_path / 'half.npz', '--logdir', tmp_path / 'logs'), 'half.npz')
    assert os.listdir(tmp_path) == ['half.npz']
