"""Which calls of the port compute another formula, told from two tables of graphs."""
import pytest

from legacy.formats import graphtable
from legacy.judge.formulas import formulas, in_words
from tests.conftest import DATA
from tests.graphs import with_nodes


@pytest.fixture(scope='module')
def tables():
    return {release: graphtable.load(DATA / f'graph-{release}.tsv.gz') for release in ('1.15.5', '2.21.0')}


@pytest.fixture(scope='module')
def old(tables):
    return tables['1.15.5']


def changed(table, choose, **columns):
    """The Table with these columns of the first node that is chosen."""
    k = next(k for k, node in enumerate(table.nodes) if choose(node))
    return with_nodes(table, [*table.nodes[:k], table.nodes[k]._replace(**columns), *table.nodes[k + 1:]])


def forward(op_type):
    return lambda node: node.op_type == op_type and node.role == 'forward'


def test_a_graph_has_its_own_formulas(old):
    assert formulas(old, old) == []


def test_releases_with_one_forward_pass_differ_in_sums_of_gradients_alone(tables):
    found = formulas(tables['1.15.5'], tables['2.21.0'])
    assert found and all(formula.of and set(formula.there) == {'Sum'} and not formula.here for formula in found)


def test_another_op_in_a_call_is_named_with_its_line(old):
    found, *others = formulas(old, changed(old, forward('SquaredDifference'), op_type='Sub'))
    assert (found.line, found.call, found.there, found.here) == (
        'article.py:98', 'tf.nn.moments', {'SquaredDifference': 1}, {'Sub': 1})
    assert in_words([found]) == 'tf.nn.moments, article.py:98: SquaredDifference recorded; Sub here'


def test_another_constant_is_another_formula(old):
    found, *_ = formulas(old, changed(old, lambda node: node.op_type == 'Const' and node.value == '0.001'
                                      and node.role == 'forward', value='0.002'))
    assert found.constants == [['AddV2', ['0.001'], ['0.002']]] and not found.there and not found.here
    assert in_words([found]).endswith('the constant of AddV2 is 0.002 here, recorded 0.001')


def test_ops_joined_otherwise_are_another_formula(old):
    node = next(node for node in old.nodes if forward('Sub')(node))
    found, *_ = formulas(old, changed(old, lambda other: other.name == node.name, inputs=node.inputs[::-1]))
    assert found.line == node.line and 'joined otherwise' in found.words


def test_a_kernel_under_another_name_is_the_same_formula(old):
    assert formulas(old, changed(old, forward('AddV2'), op_type='Add')) == []


def test_what_moves_values_is_no_formula(old):
    assert formulas(old, changed(old, lambda node: node.op_type == 'Tile', op_type='BroadcastTo')) == []


def test_a_sentence_names_three_calls_and_counts_the_rest(tables):
    found = formulas(tables['1.15.5'], tables['2.21.0'])
    assert in_words(found).endswith(f'; and {len(found) - 3} calls more')


def test_a_constant_without_elements_is_no_formula(old):
    held = [node for node in old.nodes if node.op_type == 'Const' and node.role == 'forward' and any(
        output.startswith('float') for output in node.outputs)]
    empty = held[0]._replace(name='empty', value='', outputs=('float32 (0)',))
    assert formulas(old, with_nodes(old, [*old.nodes, empty])) == []
    assert formulas(old, with_nodes(old, [*old.nodes, empty._replace(value='2.0')]))
