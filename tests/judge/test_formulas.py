"""Which calls of the port compute another formula, told from two tables of graphs."""
import pytest

from legacy.formats import graphtable, signatures
from legacy.judge.formulas import formulas, in_words, knows_attributes
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


# ---- attributes

def attributes(own, default=None):
    return signatures.spelled(signatures.Attributes(own, default or {}))


def described(table, text):
    """The Table in which the first MatMul of the forward pass has these attributes."""
    return changed(table, forward('MatMul'), attributes=text)


def test_another_attribute_is_another_formula_with_both_values(old):
    found, = formulas(described(old, attributes({'epsilon': '1.001e-05'})),
                      described(old, attributes({'epsilon': '1e-05'})))
    assert (found.attributes, found.there, found.here) == ([['MatMul', 'epsilon', ['1.001e-05'], ['1e-05']]], {}, {})
    assert in_words([found]).endswith(': epsilon of MatMul is 1e-05 here, recorded 1.001e-05')


@pytest.mark.parametrize('here', [attributes({}, {'adjoint': 'False'}), attributes({}), ''])
def test_a_default_is_the_value_of_an_attribute_that_the_other_release_has_not(here, old):
    there = attributes({}, {'adjoint': 'False'})
    assert formulas(described(old, there), described(old, here)) == []
    assert formulas(described(old, here), described(old, there)) == []


def test_another_value_than_the_default_is_another_formula_where_the_other_release_has_no_such_attribute(old):
    found, = formulas(described(old, attributes({'adjoint': 'True'}, {'adjoint_too': 'False'})),
                      described(old, attributes({}, {'adjoint_too': 'False'})))
    assert found.attributes == [['MatMul', 'adjoint', ['True'], []]]


def test_a_constant_of_an_update_is_part_of_a_formula(old):
    rate = next(node for node in old.nodes if node.op_type == 'ApplyGradientDescent').inputs[1]
    value = next(node for node in old.nodes if node.name == rate).value
    found, *_ = formulas(old, changed(old, lambda node: node.name == rate, value='0.5'))
    assert found.constants == [['ApplyGradientDescent', [value], ['0.5']]]


def test_attributes_that_cannot_be_read_are_a_damaged_table(old, tmp_path):
    (tmp_path / 'graph.tsv').write_bytes(graphtable.to_bytes(described(old, '[1, 2]'), False))
    with pytest.raises(graphtable.TableError, match='damaged attributes'):
        graphtable.load(tmp_path / 'graph.tsv')


def test_a_table_of_before_has_no_attributes_and_is_read(old, tmp_path):
    rows = [row.split('\t') for row in graphtable.to_bytes(old, False).decode().rstrip('\n').split('\n')]
    text = '\n'.join('\t'.join(row[:11]) for row in rows) + '\n'
    (tmp_path / 'graph.tsv').write_text(text)
    table = graphtable.load(tmp_path / 'graph.tsv')
    assert knows_attributes(old) and not knows_attributes(table) and formulas(old, table) == []
