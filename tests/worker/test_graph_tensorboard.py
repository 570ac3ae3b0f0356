"""`graph tensorboard`: what it writes, and that the installed TensorBoard serves it."""
import importlib.util
import os
import pathlib
import shlex
import sys

import numpy as np
import pytest
from google.protobuf import text_format

from legacy.formats import articlerun, graphtable, recordings
from legacy.graph import difference, words
from legacy.shim import tf
from legacy.worker.experiment import NETWORKS
from legacy.worker.graph import definition, groups
from tests.command_line import assert_fault, compat_run
from tests.graphs import assert_graph_fault, graph, with_nodes
from tests.tensorboards import needs_tensorboard, serving

BASELINE = pathlib.Path(articlerun.RECORDING)
LAYERS = [f'layer{k}' for k in range(1, 8)] + ['output']


@pytest.fixture(scope='module')
def copies(experiment, described):
    """{network: GraphDef under the names that TensorBoard gets}"""
    whole = experiment.graph.as_graph_def()
    return {network: groups.grouped(described, whole, network) for network in NETWORKS}


@pytest.fixture(scope='module')
def logdir(tmp_path_factory):
    """A log folder of the baseline's numbers."""
    folder = tmp_path_factory.mktemp('logs') / 'baseline'
    code, out, err = graph('tensorboard', BASELINE, '--logdir', folder)
    assert (code, err) == (0, '')
    assert out.splitlines()[-1] == f'open it with: tensorboard --logdir {shlex.quote(str(folder))}'
    return folder


@pytest.fixture(scope='module')
def served(logdir):
    with serving(logdir, 2) as ask:
        yield ask


# ---- the installed TensorBoard

@needs_tensorboard
def test_both_networks_are_runs(served):
    assert sorted(served('runs')) == ['norm', 'plain']


@needs_tensorboard
@pytest.mark.parametrize('network, series', [('plain', 'cost'), ('norm', 'cost_norm')])
def test_costs_are_served_as_recorded(network, series, served, article_recording):
    costs = articlerun.costs(article_recording)
    points = served('plugin/scalars/scalars', run=network, tag='cost')
    assert [step for _, step, _ in points] == [*(costs.steps + 1)]
    values = np.array([float(value) for _, _, value in points], 'f4')  # NaN and Infinity come as words
    assert np.array_equal(values, getattr(costs, series), equal_nan=True)


@needs_tensorboard
@pytest.mark.parametrize('number, network', list(enumerate(NETWORKS)))
def test_layer_inputs_are_served_with_the_recorded_counts(number, network, served, article_recording):
    pictures = articlerun.pictures(article_recording)
    for k, layer in enumerate(LAYERS):
        points = served('plugin/histograms/histograms', run=network, tag='layer_inputs/' + layer)
        assert [step for _, step, _ in points] == list(pictures.steps)
        edges = np.linspace(*((-7, 10) if k == 0 else (-1, 1)), 16)
        for (_, _, bins), counts in zip(points, pictures.counts[:, number, k]):
            filled = np.flatnonzero(counts)
            if not len(filled):  # all NaN or outside: no bins, or an empty one, as the TensorBoard goes
                assert not any(count for _, _, count in bins)
            else:
                assert [count for _, _, count in bins] == list(counts[filled[0]:filled[-1] + 1])
                assert bins[0][0] == pytest.approx(edges[filled[0]], abs=1e-6)
                assert bins[-1][1] == pytest.approx(edges[filled[-1] + 1], abs=1e-6)


@needs_tensorboard
@pytest.mark.parametrize('network', NETWORKS)
def test_graph_is_served_in_groups_with_shapes(network, served, copies):
    content = served('plugin/graphs/graph', run=network, conceptual='false')
    shown = text_format.Parse(content, tf.GraphDef())
    assert [(node.op, node.name) for node in shown.node] == [(node.op, node.name) for node in copies[network].node]
    groups_shown = {node.name.partition('/')[0] for node in shown.node}
    assert groups_shown == {'xs', 'ys', *LAYERS, 'cost', 'gradients', 'update', 'init'} | (
        {'input'} if network == 'norm' else set())
    relu = next(node for node in shown.node if node.name == 'layer3/Relu')
    assert [dim.size for dim in relu.attr['_output_shapes'].list.shape[0].dim] == [-1, 30]


# ---- the copy under other names

@pytest.mark.parametrize('network', NETWORKS)
def test_copy_is_the_same_graph_but_for_the_names(network, described, copies):
    there = {node.name for node in described.nodes if node.network in (network, 'both')}
    own = with_nodes(described, [
        node._replace(inputs=[given for given in node.inputs if graphtable.producer(given)[0] in there])
        for node in described.nodes if node.name in there])
    [copy] = definition.from_bytes(copies[network].SerializeToString(), 'copy.pb')
    found = difference.difference(own, copy)
    assert (found.only_a, found.only_b) == ([], [])
    assert {change.kind for change in found.changes} == {'another name'}


def test_both_copies_hold_every_node(described, copies):
    shared = sum(node.network == 'both' for node in described.nodes)
    assert sum(len(copy.node) for copy in copies.values()) == len(described.nodes) + shared


@pytest.mark.parametrize('network', NETWORKS)
def test_copy_is_a_graph_that_tensorflow_imports(network, copies):
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(copies[network], name='')
    assert len(imported.get_operations()) == len(copies[network].node)


@pytest.mark.parametrize('name, expected', [
    ('moments_3/mean', 'layer3/batch_norm/moments/mean'), ('Variable_28', 'layer3/batch_norm/scale/Variable'),
    ('Relu_9', 'layer3/Relu'), ('MatMul_15', 'output/linear/MatMul'), ('Placeholder', 'xs'),
    ('gradients_1/moments_3/mean_grad/Shape', 'gradients/layer3/batch_norm/moments/mean_grad/Shape'),
    ('GradientDescent_1/update_Variable_26/ApplyGradientDescent',
     'update/layer3/weights/update_Variable_26/ApplyGradientDescent')])
def test_new_names_say_what_a_node_is_for(name, expected, described):
    nodes = [node for node in described.nodes if node.network in ('norm', 'both')]
    assert groups.new_names(described, nodes)[name] == expected


@pytest.mark.parametrize('release', ['1.15.5', '2.21.0'])
def test_every_recorded_graph_gets_names(release):
    built = graphtable.load(words.recorded_path(release))
    names = groups.new_names(built, built.nodes)
    assert len(set(names.values())) == len(built.nodes)


def test_line_without_a_part_is_refused(described):
    odd = graphtable.Table('', '', {'article.py:1': ('f', 'unheard_of = tf.tanh(xs)')}, [
        described.nodes[5]._replace(line='article.py:1', call='tf.tanh', role='forward')])
    with pytest.raises(groups.GroupsError, match='article.py:1.*unheard_of'):
        groups.new_names(odd, odd.nodes)


# ---- the command line

def test_without_a_recording_the_committed_one_is_written(tmp_path):
    code, out, _ = graph('tensorboard', '--logdir', tmp_path / 'logs')
    assert code == 0 and f'the costs and layer inputs of {articlerun.RECORDING} (TensorFlow 1.15.5)' in out
    assert sorted(os.listdir(tmp_path / 'logs')) == ['norm', 'plain']
    assert os.listdir(tmp_path) == ['logs']


def test_recording_of_no_known_time_is_written_and_a_missing_tensorboard_told(article_recording, monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None if name == 'tensorboard' else find(name))
    header = dict(article_recording.header, created='yesterday')
    recordings.save(recordings.Recording(header, dict(article_recording.arrays)), tmp_path / 'odd.npz')
    code, out, _ = graph('tensorboard', tmp_path / 'odd.npz', '--logdir', tmp_path / 'logs')
    assert code == 0 and f'{sys.executable} -m pip install tensorboard\n' in out
    assert sorted(os.listdir(tmp_path / 'logs')) == ['norm', 'plain']


def test_folder_that_is_not_empty_is_refused_and_kept(tmp_path):
    (tmp_path / 'mine').write_text('keep')
    assert_graph_fault(graph('tensorboard', '--logdir', tmp_path), 'not empty', '--logdir')
    assert os.listdir(tmp_path) == ['mine']


def test_logdir_that_is_a_file_is_refused(tmp_path):
    (tmp_path / 'file').write_text('keep')
    assert_graph_fault(graph('tensorboard', '--logdir', tmp_path / 'file'), 'is a file', '--logdir')


def test_damaged_recording_leaves_nothing(tmp_path):
    (tmp_path / 'half.npz').write_bytes(BASELINE.read_bytes()[:5000])
    assert_graph_fault(graph('tensorboard', tmp_path / 'half.npz', '--logdir', tmp_path / 'logs'), 'half.npz')
    assert os.listdir(tmp_path) == ['half.npz']


def test_tensorboard_without_tensorflow_is_refused(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    assert_fault(compat_run('graph', 'tensorboard', '--logdir', tmp_path / 'logs', PYTHONPATH=str(tmp_path)),
                 'TensorFlow is not installed')
    assert not (tmp_path / 'logs').exists()
