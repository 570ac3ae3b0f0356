"""`graph diff` and `graph export`: every node accounted for, every doctored graph found and named."""
import collections
import json
import random

import numpy as np
import pytest

from legacy.formats import articlerun, graphtable, recordings
from legacy.formats.recordings import Recording
from legacy.graph import difference, words
from legacy.graph.align import align
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA
from tests.graphs import graph, with_nodes


@pytest.fixture(scope='module')
def old():
    return graphtable.load(words.recorded_path('1.15.5'))


@pytest.fixture(scope='module')
def new():
    return graphtable.load(words.recorded_path('2.21.0'))


@pytest.fixture(scope='module')
def between(old, new):
    return difference.difference(old, new)


def accounted(found):
    return len(found.only_a) - len(found.only_b) == len(found.a.nodes) - len(found.b.nodes) and (
        len(found.only_a) + found.both == len(found.a.nodes))


# ---- 1.15.5 against 2.21.0

def test_all_292_nodes_are_accounted_for(between):
    assert accounted(between)
    assert len(between.a.nodes) - len(between.b.nodes) == 1944 - 1652 == 292
    groups = difference.groups(between)
    assert sum(len(only_a) - len(only_b) for _, only_a, only_b in groups) == 292
    assert sorted(node.name for group in groups for node in group[1]) == sorted(node.name for node in between.only_a)
    assert sorted(node.name for group in groups for node in group[2]) == sorted(node.name for node in between.only_b)


def test_every_group_has_a_line_of_the_port_and_every_node_a_call(between):
    texts = {text for _, text in between.a.lines.values()}
    for place, only_a, only_b in difference.groups(between):
        assert place.text in texts
        assert place.of and all(node.call.startswith('_') for node in only_a + only_b)


def test_op_types_balance_as_the_listings_count_them(between):
    def counted(release):
        return collections.Counter(line.split('\t')[0] for line in (DATA / f'listing-{release}.tsv').read_text()
                                   .splitlines() if not line.startswith('# '))
    expected = counted('1.15.5')
    expected.subtract(counted('2.21.0'))
    found = collections.Counter(node.op_type for node in between.only_a)
    found.subtract(node.op_type for node in between.only_b)
    for change in between.changes:
        if change.kind == 'another op':
            found.update([change.a.op_type])
            found.subtract([change.b.op_type])
    assert {key: count for key, count in found.items() if count} == {
        key: count for key, count in expected.items() if count}


def test_aligned_nodes_come_from_the_same_place_though_nobody_looked_there(old, new):
    def place(node, found):
        return node.network, node.layer, node.role, node.of, found.lines[node.line]
    pairs = align(old, new)
    assert len(pairs) > 1400
    assert [(old.nodes[k].name, new.nodes[other].name) for k, other in pairs.items()
            if place(old.nodes[k], old) != place(new.nodes[other], new)] == []


def test_weights_are_added_by_another_op(between):
    changed = [change for change in between.changes if change.kind == 'another op']
    assert len(changed) == 16
    assert {(change.text, change.a.call) for change in changed} == {('Add -> AddV2', 'tf.random_normal')}


def test_report_says_the_sum():
    code, out, err = graph('diff', '1.15.5', '2.21.0')
    assert (code, err) == (1, '')
    assert '468    176    292  in all = 1944 - 1652; 1476 nodes are in both' in out
    assert len(out.splitlines()) < 100


def test_json_lists_every_node(between):
    _, out, _ = graph('diff', '2.21.0', '1.15.5', '--json')
    found = json.loads(out)
    names = [node['name'] for group in found['groups'] for node in group['only_b']]
    assert sorted(names) == sorted(node.name for node in between.only_a)
    assert (found['same'], found['a']['nodes'], found['only_a'], found['both']) == (False, 1652, 176, 1476)


# ---- the same, and doctored graphs

@pytest.mark.parametrize('release', ['1.15.5', '2.21.0'])
def test_graph_does_not_differ_from_itself(release):
    code, out, _ = graph('diff', release, release)
    assert (code, out.splitlines()[-1]) == (0, 'the same graph')


def test_order_of_the_nodes_is_no_difference(new):
    nodes = list(new.nodes)
    random.Random(1).shuffle(nodes)
    assert difference.difference(new, with_nodes(new, nodes)).same


def test_order_of_control_inputs_is_no_difference_and_of_inputs_is_one(new):
    def turned(name):
        return with_nodes(new, [node._replace(inputs=node.inputs[::-1]) if node.name == name else node
                                for node in new.nodes])
    assert difference.difference(new, turned('init')).same
    found = difference.difference(new, turned('MatMul'))
    assert [(change.kind, change.a.name) for change in found.changes] == [('other inputs', 'MatMul')]


def removed(nodes, name):
    """Without a node, whose first input its takers get instead."""
    gone = next(node for node in nodes if node.name == name)
    instead = gone.inputs[0]
    return [node._replace(inputs=[instead if given == name else given for given in node.inputs
                                  if given != '^' + name]) for node in nodes if node is not gone]


def added(nodes, name):
    """With an op more between a node and its takers, under a name that TensorFlow would have given."""
    at = next(k for k, node in enumerate(nodes) if node.name == name)
    one_more = nodes[at]._replace(op_type='Identity', name='Identity_99', inputs=[name], call='tf.identity')
    rest = [node._replace(inputs=['Identity_99' if given == name else given for given in node.inputs])
            for node in nodes[at + 1:]]
    return nodes[:at + 1] + [one_more] + rest


def renamed(nodes, name, new_name):
    return [node._replace(name=new_name if node.name == name else node.name,
                          inputs=[given.replace(name, new_name) if given.lstrip('^').partition(':')[0] == name
                                  else given for given in node.inputs]) for node in nodes]


TARGETS = ['Relu_3', 'batchnorm_4/mul_1', 'moments_2/Squeeze', 'gradients_1/batchnorm_5/mul_grad/Mul',
           'gradients/MatMul_3_grad/tuple/control_dependency', 'Variable_30/read', 'add_17', 'random_normal_10',
           'gradients_1/moments_5/mean_grad/Prod', 'ExponentialMovingAverage_7/AssignMovingAvg/sub']
LEAVES = ['Variable_27', 'ones_3', 'batchnorm_2/add/y', 'gradients_1/moments_3/Squeeze_1_grad/Shape']


@pytest.mark.parametrize('name', TARGETS)
def test_removed_op_is_named(name, new):
    found = difference.difference(new, with_nodes(new, removed(new.nodes, name)))
    assert ([node.name for node in found.only_a], found.only_b) == ([name], [])
    assert accounted(found)
    takers = {node.name for node in new.nodes if name in [given.lstrip('^') for given in node.inputs]}
    assert {change.a.name for change in found.changes} == takers
    assert {change.kind for change in found.changes} == {'other inputs'}


@pytest.mark.parametrize('name', TARGETS + LEAVES)
def test_added_op_is_named(name, new):
    found = difference.difference(new, with_nodes(new, added(new.nodes, name)))
    assert (found.only_a, [node.name for node in found.only_b]) == ([], ['Identity_99'])
    assert accounted(found)


@pytest.mark.parametrize('name', TARGETS + LEAVES)
def test_renamed_op_is_the_same_op_under_another_name(name, new):
    found = difference.difference(new, with_nodes(new, renamed(new.nodes, name, 'other_name')))
    assert (found.only_a, found.only_b) == ([], [])
    assert [(change.kind, change.text) for change in found.changes] == [('another name', f'{name} -> other_name')]


@pytest.mark.parametrize('name, position, instead', [
    ('batchnorm_4/mul_1', 1, 'batchnorm_3/mul'), ('add_17', 1, 'Variable_27/read'),
    ('GradientDescent/update_Variable/ApplyGradientDescent', 2,
     'gradients/add_1_grad/tuple/control_dependency_1'), ('moments_2/Squeeze', 0, 'moments_2/variance')])
def test_input_from_elsewhere_is_named(name, position, instead, new):
    def rewired(node):
        inputs = list(node.inputs)
        inputs[position] = instead
        return node._replace(inputs=inputs)
    before = next(node for node in new.nodes if node.name == name).inputs[position]
    found = difference.difference(new, with_nodes(new, [rewired(node) if node.name == name else node
                                                        for node in new.nodes]))
    assert (found.only_a, found.only_b) == ([], [])
    assert [(change.kind, change.a.name, change.text) for change in found.changes] == [
        ('other inputs', name, f'{before} -> {instead}')]


def test_another_op_type_and_another_constant_are_named(new):
    changes = {'Relu_3': {'op_type': 'Relu6'}, 'batchnorm_4/add/y': {'value': '0.01'}}
    found = difference.difference(new, with_nodes(new, [node._replace(**changes.get(node.name, {}))
                                                        for node in new.nodes]))
    assert (found.only_a, found.only_b) == ([], [])
    assert {(change.kind, change.a.name, change.text) for change in found.changes} == {
        ('another op', 'Relu_3', 'Relu -> Relu6'), ('another value', 'batchnorm_4/add/y', '0.001 -> 0.01')}


@pytest.mark.parametrize('there, here, text', [
    (({'epsilon': '1.001e-05'}, {}), ({'epsilon': '1e-05'}, {}), 'epsilon 1.001e-05 -> 1e-05'),
    (({}, {'adjoint': 'False'}), ({'adjoint': 'True'}, {}), 'adjoint False -> True'),
    (({}, {}), ({'adjoint': 'True'}, {}), 'adjoint none -> True'),
    (({}, {}), ({}, {'adjoint': 'False'}), None)])
def test_another_attribute_is_named_with_its_default_filled_in(there, here, text, new):
    ours, theirs = (with_nodes(new, [node._replace(attributes=json.dumps(found)) if node.name == 'Relu_3' else node
                                     for node in new.nodes]) for found in (there, here))
    found = difference.difference(ours, theirs)
    assert [(change.kind, change.a.name, change.text) for change in found.changes] == (
        [('other attributes', 'Relu_3', text)] if text else [])
    assert found.same is (text is None) and [formula.line for formula in found.formulas] == (
        ['article.py:91'] if text else [])


def test_graph_under_another_scope_is_the_same_under_other_names(new):
    def moved(given):
        return '^import/' + given[1:] if given.startswith('^') else 'import/' + given
    found = difference.difference(new, with_nodes(new, [
        node._replace(name=moved(node.name), inputs=[moved(given) for given in node.inputs]) for node in new.nodes]))
    assert (found.only_a, found.only_b) == ([], [])
    assert [change.text for change in found.changes] == [f'{node.name} -> import/{node.name}' for node in new.nodes]


# ---- recordings

def test_recording_stands_for_its_graph():
    assert graph('diff', articlerun.RECORDING, '1.15.5')[0] == 0


def test_recordings_with_other_op_seeds_differ_in_those(article_recording, tmp_path):
    table = graphtable.uncompressed(article_recording.arrays['graph/0'].tobytes())
    seeded = [node for node in table.nodes if node.value.startswith('seeds ')]
    others = {node.name: f'seeds 1 {k}' for k, node in enumerate(seeded)}
    nodes = [node._replace(value=others.get(node.name, node.value)) for node in table.nodes]
    content = graphtable.to_bytes(graphtable.Table(table.tensorflow, table.arithmetic, table.lines, nodes), True)
    arrays = {name: article_recording.arrays[name] for name in article_recording.arrays}
    other = Recording(article_recording.header, {**arrays, 'graph/0': np.frombuffer(content, np.uint8)})
    recordings.save(other, tmp_path / 'other.npz')
    code, out, _ = graph('diff', articlerun.RECORDING, tmp_path / 'other.npz', '--json')
    found = json.loads(out)
    assert (code, found['only_a'], found['only_b']) == (1, 0, 0)
    assert [change['kind'] for change in found['changes']] == ['another value'] * 16
    assert found['changes'][0]['text'] == 'seeds 1 5 -> seeds 1 0'


def test_diff_needs_no_tensorflow_for_recorded_graphs(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    done = compat_run('graph', 'diff', '1.15.5', articlerun.RECORDING, PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert_fault(compat_run('graph', 'diff', 'this', '1.15.5', PYTHONPATH=str(tmp_path)), 'TensorFlow')
