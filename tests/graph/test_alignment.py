"""Graphs with no name in common, aligned by what their nodes do and what they are joined to."""
import random

import pytest

from legacy.formats import graphtable
from legacy.formats.graphtable import Node, Table
from legacy.graph import difference, words
from tests.conftest import ROOT
from tests.graphs import with_nodes

VAE = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


def renamed(table, start):
    """The Table under other names; gradients stay with the ops that they are of."""
    names = {node.name: f'{start}{k}' for k, node in enumerate(table.nodes)}

    def now(given):
        name, output = graphtable.producer(given)
        return '^' + names[name] if output < 0 else names[name] + (f':{output}' if output else '')
    return with_nodes(table, [node._replace(name=names[node.name], inputs=[now(given) for given in node.inputs],
                                            of=names.get(node.of, '')) for node in table.nodes])


def test_graph_under_other_names_is_aligned_whole():
    vae = words.graphs(str(VAE))[0]
    found = difference.difference(vae, renamed(vae, 'n'))
    assert not found.only_a and not found.only_b
    assert {change.kind for change in found.changes} == {'another name'}


def blocks(count, start):
    """Equal blocks of ops that share one input and nothing else."""
    nodes = [Node('Placeholder', start, [], ['float32 ()'], '', '', '', '', '', '', '')]
    for k in range(count):
        for op_type, inputs in (('Neg', [start]), ('Exp', [f'{start}/{k}/Neg']), ('Mul', [f'{start}/{k}/Exp', start])):
            nodes.append(Node(op_type, f'{start}/{k}/{op_type}', inputs, ['float32 ()'], *[''] * 7))
    return Table('', '', {}, nodes)


def test_equal_blocks_are_aligned_in_the_order_of_creation():
    found = difference.difference(blocks(100, 'x'), blocks(100, 'y'))
    assert (found.only_a, found.only_b, found.out_of_order) == ([], [], 0)
    assert {change.kind for change in found.changes} == {'another name'}


def test_of_more_equal_blocks_the_surplus_is_alone():
    found = difference.difference(blocks(100, 'x'), blocks(97, 'y'))
    assert [node.name.split('/')[1] for node in found.only_a] == ['97'] * 3 + ['98'] * 3 + ['99'] * 3
    assert found.only_b == []


def test_graphs_without_one_op_type_in_common_share_nothing():
    other = with_nodes(blocks(50, 'y'), [node._replace(op_type=node.op_type + 'V2') for node in blocks(50, 'y').nodes])
    assert difference.difference(blocks(50, 'x'), other).both == 0


def hub(count, start, other_op=None):
    """Many chains from one input into one sum. other_op: a chain that has another op in the middle, or None."""
    nodes = [Node('Placeholder', start, [], ['float32 ()'], *[''] * 7)]
    for k in range(count):
        middle = 'Log' if k == other_op else 'Exp'
        nodes += [Node('Neg', f'{start}/{k}/a', [start], ['float32 ()'], *[''] * 7),
                  Node(middle, f'{start}/{k}/b', [f'{start}/{k}/a'], ['float32 ()'], *[''] * 7)]
    return Table('', '', {}, [*nodes, Node('AddN', f'{start}/sum', [f'{start}/{k}/b' for k in range(count)],
                                           ['float32 ()'], *[''] * 7)])


@pytest.mark.parametrize('at', [0, 70, 199])
def test_one_chain_that_differs_is_found_among_many(at):
    found = difference.difference(hub(200, 'x'), hub(200, 'y', other_op=at))
    assert [node.op_type for node in found.only_a] == ['Exp'] and [node.op_type for node in found.only_b] == ['Log']


def test_order_of_creation_does_not_matter_where_surroundings_tell():
    vae = words.graphs(str(VAE))[0]
    nodes = list(renamed(vae, 'n').nodes)
    random.Random(2).shuffle(nodes)
    found = difference.difference(vae, with_nodes(vae, nodes))
    assert not found.only_a and not found.only_b
