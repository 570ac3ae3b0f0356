"""A run of a session, cut out of its graph and made again."""
import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.noise import Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.scripts import subgraph
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.stepgraph import Form, StepGraph

BEFORE = {'matrix': np.arange(6, dtype='f4').reshape(2, 3), 'vector': np.ones(3, 'f4'), 'scalar': np.float32(0.5),
          'count': np.int32(2), 'any': np.arange(4, dtype='f4')}


@pytest.fixture(scope='module')
def kind():
    """A run that writes a matrix, a vector, a scalar, a count, and a variable whose shape nobody knows."""
    with tf.Graph().as_default() as graph:
        made = {name: tf.Variable(value, name=name) for name, value in BEFORE.items() if name != 'any'}
        made['any'] = tf.Variable(tf.placeholder_with_default(BEFORE['any'], None), name='any', validate_shape=False)
        x = tf.placeholder(tf.float32, [None, 3], 'x')
        loss = tf.reduce_sum(tf.tanh(x * made['vector'] + tf.reduce_sum(made['matrix'], 0)) * made['scalar'])
        updates = [variable.assign_sub(tf.cast(loss, variable.dtype.base_dtype) * variable)
                   for variable in made.values()]
    return Kind(graph, [update.op for update in updates], [loss], [x])


def outcome(kind, rules=Noise, **options):
    graph = StepGraph(Form.cut_out(kind, kind.graph.as_graph_def()).rewritten(rules(), **options))
    fetched, after = graph.run(BEFORE, {'x:0': np.linspace(-1, 1, 6, dtype='f4').reshape(2, 3)})
    graph.close()
    return {name: (value.dtype, value.shape, value.tobytes()) for name, value in {**fetched, **after}.items()}


@pytest.mark.parametrize('rules', [Noise, Portable, Float64])
def test_variables_that_are_given_and_read_in_a_row_give_the_same(kind, rules, monkeypatch):
    alone = outcome(kind, rules)
    monkeypatch.setattr(subgraph, 'MOST_ALONE', 2)
    row = Form.cut_out(kind, kind.graph.as_graph_def()).cut.row
    assert row.shapes == {'matrix': (2, 3), 'scalar': (), 'vector': (3,)} and outcome(kind, rules) == alone


@pytest.mark.parametrize('alone', [2, 100])
def test_a_value_of_another_shape_is_refused(kind, alone, monkeypatch):
    monkeypatch.setattr(subgraph, 'MOST_ALONE', alone)
    graph = StepGraph(Form.cut_out(kind, kind.graph.as_graph_def()))
    with pytest.raises(ValueError, match='shape'):
        graph.run({**BEFORE, 'matrix': np.zeros((3, 2), 'f4')}, {'x:0': np.zeros((1, 3), 'f4')})
    graph.close()


def test_a_graph_that_is_only_run_computes_the_same_without_pythons_objects(kind):
    assert outcome(kind, has_objects=False) == outcome(kind)


def test_a_graph_that_is_only_run_has_no_objects(kind):
    form = Form.cut_out(kind, kind.graph.as_graph_def()).rewritten(Noise(), has_objects=False)
    assert not form.graph.get_operations() and 'Tanh' in form.nodes


def test_a_tensor_that_is_not_there_is_told(kind):
    graph = StepGraph(Form.cut_out(kind, kind.graph.as_graph_def()))
    assert graph.has('Tanh:0') and not graph.has('nobody:0')
