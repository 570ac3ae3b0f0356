"""`graph list` and `graph diff` of what scripts built: every graph of a recording, by line, never too long."""
import json
import random
import re

import pytest

from legacy.formats import graphtable, recordings
from legacy.formats.graphtable import Node, Table
from legacy.graph import difference, differencereport, overview, overviewreport, words
from tests.conftest import ROOT
from tests.graphs import assert_graph_fault, graph, with_nodes

RECORDINGS = ROOT / 'tests' / 'scripts' / 'recordings'
VAE, ESTIMATOR, MLP = (RECORDINGS / f'{name}.npz' for name in ('vae', 'estimator', 'mlp'))
LINES = 120  # of a report on a graph of any size


@pytest.fixture(scope='module')
def vae():
    return words.graphs(str(VAE))[0]


def changed(table, changes):
    """The Table with other columns, {name of a node: {column: value}}."""
    return with_nodes(table, [node._replace(**changes.get(node.name, {})) for node in table.nodes])


def script(places):
    """A Table of so many lines, each with a name scope of its own and three nodes that go on from the line before."""
    lines, nodes, last = {}, [], []
    for k in range(places):
        key = f'big.py:{k + 1}'
        lines[key] = '', f'x{k} = f{k}(x)'
        for op_type, name, inputs in (('Const', 'c', []), ('Mul', 'm', [*last, f's{k}/c']), ('Neg', 'n', [f's{k}/m'])):
            nodes.append(Node(op_type, f's{k}/{name}', inputs, ['float32 ()'], '', '', f's{k}', 'forward', key,
                              lines[key][1], ''))
        last = [f's{k}/n']
    return Table('1.15.5', 'float32', lines, nodes)


def saved(table, path):
    path.write_bytes(graphtable.to_bytes(table, False))
    return path


# ---- list

def test_lines_and_scopes_of_a_script_sum_up_to_all_nodes(vae):
    lines = overview.lines(vae.nodes, vae)
    assert sum(line['nodes'] for line in lines) == len(vae.nodes) == 407
    assert sum(scope['nodes'] for scope in overview.layers(vae.nodes)) == 407
    assert sum(line['gradient_nodes'] for line in lines) == sum(node.role == 'gradient' for node in vae.nodes)


def test_script_is_listed_by_scope_and_line():
    code, out, err = graph('list', VAE)
    assert (code, err) == (0, '')
    assert re.search(r'^name scope +nodes +forward', out, re.MULTILINE)
    assert re.search(r"^encoder +77 +5 +32 +8 +32 ", out, re.MULTILINE)
    assert re.search(r'^vae.py:18 +1 +3 +25  loss = tf.reduce_mean', out, re.MULTILINE)
    assert out.count('loss = tf.reduce_mean(') == 1  # the statement that made the nodes is not said again


def test_list_of_a_line_names_its_nodes_and_the_gradients_on_its_behalf(vae):
    out = graph('list', VAE, '--line', 'vae.py:18')[1].splitlines()
    own = [node.name for node in vae.nodes if node.line == 'vae.py:18']
    behalf = [node.name for node in vae.nodes if node.of in own]
    assert sorted(line.split('  ')[1] for line in out) == sorted(own + behalf)
    assert (len(own), len(behalf)) == (3, 25)


def test_line_that_made_nothing_is_refused():
    assert_graph_fault(graph('list', VAE, '--line', 'vae.py:180'), 'vae.py:180', 'vae.py:18,')


def test_line_of_a_graph_without_lines_is_refused(vae):
    with pytest.raises(overview.OverviewError, match='does not say which line'):
        overview.chosen(Table('', '', {}, [node._replace(line='') for node in vae.nodes]), line='vae.py:18')


def test_list_of_many_lines_and_scopes_is_short_and_counts_the_rest():
    table = script(3000)
    nodes = [*table.nodes, *(node._replace(name=f'{node.name}_{k}', inputs=[]) for node in table.nodes[300:303]
                             for k in range(9))]
    text = overviewreport.as_text(nodes, table)
    assert len(text.splitlines()) < LINES
    assert 'big.py:101 ' in text and 'big.py:1000' not in text  # the largest, wherever it is
    assert 'and 2976 lines more with 8928 nodes and 0 gradient nodes: --json has them' in text
    assert len(overviewreport.as_json(nodes, table, False)['lines']) == 3000


def test_scopes_alike_but_for_their_number_share_a_row():
    table = script(40)
    assert re.search(r'^s0 to s39 +40 x 3 +3 ', overviewreport.as_text(table.nodes, table), re.MULTILINE)


def test_nodes_of_no_line_are_counted(vae):
    table = changed(vae, {'Mean': {'line': '', 'call': ''}})
    assert re.search(r'^no line +1$', overviewreport.as_text(table.nodes, table), re.MULTILINE)


# ---- several graphs in a recording

def test_every_graph_of_a_recording_is_listed():
    found = json.loads(graph('list', ESTIMATOR, '--json')[1])['graphs']
    assert [(item['graph'], item['nodes']) for item in found] == [(0, 261), (1, 280)]
    assert re.findall(r'^graph \d, .*', graph('list', ESTIMATOR)[1], re.MULTILINE) == [
        'graph 0, one of 2', 'graph 1, one of 2']


def test_one_graph_of_a_recording_is_chosen_by_its_number():
    assert json.loads(graph('list', ESTIMATOR, '--graph', '1', '--json')[1])['nodes'] == 280


def test_number_of_no_graph_is_refused():
    assert_graph_fault(graph('diff', ESTIMATOR, ESTIMATOR, '--graph', '2'), 'no graph 2', '0, 1')


def test_scope_of_one_graph_alone_is_listed():
    code, out, _ = graph('list', ESTIMATOR, '--scope', 'eval_step')
    assert code == 0 and out.count('eval_step') > 1


def test_graphs_are_compared_by_number():
    code, out, _ = graph('diff', ESTIMATOR, ESTIMATOR, '--json')
    assert code == 0
    assert [(item['graph'], item['same'], item['both']) for item in json.loads(out)['graphs']] == [
        (0, True, 261), (1, True, 280)]


def test_difference_in_a_later_graph_is_one(tmp_path):
    recorded = recordings.load(ESTIMATOR)
    arrays = {**recorded.arrays, 'graph/1': recorded.arrays['graph/0']}
    recordings.save(recordings.Recording(recorded.header, arrays), tmp_path / 'other.npz')
    code, out, _ = graph('diff', ESTIMATOR, tmp_path / 'other.npz', '--json')
    assert code == 1
    assert [item['same'] for item in json.loads(out)['graphs']] == [True, False]


def test_graph_that_one_recording_lacks_is_in_the_other_alone():
    code, out, _ = graph('diff', ESTIMATOR, VAE, '--json')
    found = json.loads(out)['graphs'][1]
    assert (code, found['only_a'], found['only_b'], found['same']) == (1, 280, 0, False)


# ---- diff

def test_formula_that_differs_is_named_with_its_line(vae, tmp_path):
    other = changed(vae, {'encoder/Softplus': {'op_type': 'Softsign'}})
    code, out, _ = graph('diff', saved(vae, tmp_path / 'a.tsv'), saved(other, tmp_path / 'b.tsv'))
    assert code == 1
    assert '1 of 11 lines build another formula, 2 more only in how ops are joined:' in out
    assert '  vae.py:10 Softplus in A; Softsign in B\n      hidden = tf.nn.softplus(' in out


def test_same_formulas_are_counted_too(vae):
    found = difference.difference(vae, changed(vae, {'decoder/add': {'op_type': 'Add'}}))  # one kernel under two names
    assert found.formulas == []
    assert '\n0 of 11 lines build another formula\n' in differencereport.as_text(found, ('a', 'b'))


def test_changed_renamed_and_moved_nodes_are_told_apart(vae):
    other = changed(vae, {'encoder/Softplus': {'op_type': 'Softsign'}, 'Mean': {'name': 'cost'},
                          'truediv': {'line': 'vae.py:12'}})
    other = with_nodes(other, [node._replace(inputs=[re.sub(r'^(\^?)Mean$', r'\1cost', given)
                                                     for given in node.inputs]) for node in other.nodes])
    found = difference.difference(vae, other)
    assert found.tally == {'the same': 404, 'changed': 1, 'only renamed': 1, 'only made by another line': 1}
    assert [(change.a.name, change.text) for change in found.moved] == [('truediv', 'vae.py:13 -> vae.py:12')]


def test_nodes_made_in_another_order_are_the_same_graph(vae):
    nodes = list(vae.nodes)
    random.Random(1).shuffle(nodes)
    found = difference.difference(vae, with_nodes(vae, nodes))
    assert found.same and found.out_of_order > 300


@pytest.mark.parametrize('numbers, moved', [([], 0), ([0, 1, 2], 0), ([2, 0, 1, 3], 1), ([3, 2, 1, 0], 3)])
def test_as_few_nodes_as_can_be_count_as_out_of_order(numbers, moved):
    assert difference._out_of_order(numbers) == moved


def test_script_with_a_line_more_has_the_same_formulas(vae):
    def later(line):
        file, number = line.split(':')
        return f'{file}:{int(number) + 2 * (int(number) > 11)}'
    other = Table(vae.tensorflow, vae.arithmetic, {later(key): said for key, said in vae.lines.items()},
                  [node._replace(line=later(node.line)) for node in vae.nodes])
    found = difference.difference(vae, other)
    assert found.same and not found.formulas and not found.moved


def test_formulas_of_a_graphdef_are_not_said_to_be_the_same(vae):
    bare = Table('', '', {}, [Node(*node[:3], [], *[''] * 7) for node in vae.nodes])
    found = difference.difference(vae, bare)
    assert found.formulas is None
    assert 'formulas: not known' in differencereport.as_text(found, ('a', 'b'))


def test_report_on_many_differences_is_short_and_counts_the_rest():
    table = script(2000)
    odd = {f's{k}/n' for k in range(0, 2000, 2)}
    other = with_nodes(table, [node._replace(op_type='Square', name=node.name + 'q') if node.name in odd else
                               node._replace(inputs=[given + 'q' if given in odd else given for given in node.inputs])
                               for node in table.nodes])
    found = difference.difference(table, other)
    text = differencereport.as_text(found, ('a', 'b'))
    assert len(text.splitlines()) < LINES
    assert (len(found.only_a), len(found.only_b)) == (1000, 1000)
    assert '   992    992      0  992 places more: --nodes shows them' in text
    assert '1000 of 2000 lines build another formula, 1000 more only in how ops are joined:' in text
    assert 'and 1992 more: --nodes shows them' in text
    whole = differencereport.as_text(found, ('a', 'b'), each=True)
    assert all(f'Square s{k}/nq' in whole for k in range(0, 2000, 2)) and '--nodes' not in whole


def test_graphs_with_nothing_in_common_show_the_largest_places_of_both():
    text = graph('diff', MLP, VAE)[1]
    assert len(text.splitlines()) < LINES
    assert re.search(r'^ +24 +0 +24  train_op = tf.train.Adam', text, re.MULTILINE)
    assert re.search(r'^ +0 +39 +-39  train_op = tf.train.RMSProp', text, re.MULTILINE)
