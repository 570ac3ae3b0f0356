"""What a run computes on its way: before it writes a variable, and afterwards, as normalisation with averages does."""
import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.scripts import singleops
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.stepgraph import Form, StepGraph

BEFORE, FED = {'average': np.float32(3)}, {'x:0': np.array([1, 2], 'f4')}


@pytest.fixture(scope='module')
def kind():
    """A run that keeps an average of its input, and then normalises by the new one."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], 'x')
        average = tf.Variable(3.0, name='average')
        mean = tf.reduce_mean(x, name='mean')
        with tf.control_dependencies([tf.assign(average, average * 0.5 + mean * 0.5)]):
            centred = tf.subtract(x, average.read_value(), name='centred')
        loss = tf.reduce_sum(tf.square(centred), name='loss')
    assert graph is loss.graph
    return Kind(graph, [], [loss], [x])


def test_what_waits_for_a_variable_to_be_written_is_apart_from_what_comes_before(kind):
    assert 'mean:0' in kind.inner_tensors() and 'mean:0' not in kind.later_tensors()
    assert {'centred:0', 'loss:0'} <= set(kind.later_tensors()) and 'centred:0' not in kind.inner_tensors()
    assert kind.is_later('centred:0') and not kind.is_later('mean:0')


def test_both_have_the_values_that_the_run_has(kind):
    graph = StepGraph(Form.cut_out(kind, kind.graph.as_graph_def()))
    found = graph.tensors(BEFORE, FED, ['loss:0', 'mean:0', 'average/read:0', 'centred:0'])
    graph.close()
    assert (found['mean:0'], found['average/read:0']) == (1.5, 3)  # before it is written
    assert found['centred:0'].tolist() == [1 - 2.25, 2 - 2.25]
    assert found['loss:0'] == pytest.approx(np.square(found['centred:0']).sum())


def test_ops_behind_a_write_are_asked_alone(kind):
    assert {'mean', 'centred', 'loss'} <= {op.name for op in singleops.ops_of(kind)}


def test_an_op_of_a_branch_that_is_not_taken_has_no_value_to_be_asked_with(kind):
    ops = [op for op in kind.graph.get_operations() if op.name == 'centred']
    values = {'x:0': FED['x:0'], ops[0].inputs[1].name: np.zeros(0, 'f4')}  # as TensorFlow fetches what has none
    assert list(singleops.alive(ops, values)) == ['x:0'] and singleops.answers(ops, values) == []
