"""Ops as lines of Python: what the lines give is what the ops give."""
import numpy as np
import pytest

from legacy.formats.casedraft import NoCase
from legacy.formats.graphtable import producer
from legacy.shim import tf
from legacy.worker.scripts import rawcalls


def called(build, **given):
    """(lines, what they give, what the graph gives) of a graph that `build` makes of placeholders of these arrays."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        fed = {name: tf.placeholder(array.dtype, array.shape, name=name) for name, array in given.items()}
        wanted = build(*fed.values())
        expected = session.run(wanted, {fed[name]: array for name, array in given.items()})
    nodes, arrays = graph.as_graph_def().node, {}
    constants = {node.name: node for node in nodes if node.op == 'Const'}
    calls = rawcalls.Calls({(name, 0): name for name in given}, constants, arrays, given)
    for node in nodes:
        if node.op not in ('Const', 'Placeholder'):
            calls.add(node, [producer(text) for text in node.input])
    code = ''.join(f'    {line}\n' for line in calls.lines)
    code = f'def ops({", ".join(given)}):\n{code}    return {calls.names[wanted.op.name, wanted.value_index]}\n'
    scope = {'tf': tf, 'np': np, 'arrays': arrays}
    exec(code, scope)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = {name: tf.placeholder(array.dtype, array.shape) for name, array in given.items()}
        found = session.run(scope['ops'](*fed.values()), {fed[name]: array for name, array in given.items()})
    return code, found, expected


A, B = np.array([[1.5, -2, 0.1]], 'f4'), np.array([[3, 0, -np.inf]], 'f4')


@pytest.mark.parametrize('build, words', [
    (lambda a, b: tf.reduce_mean(a, axis=1), 'axis=tf.constant(1, tf.int32)'),  # in an OpDef: reduction_indices
    (lambda a, b: tf.raw_ops.Select(condition=a > b, x=a, y=b), 'x=a, y=b'),  # in an OpDef: t and e
    (lambda a, b: tf.add_n([a, b]), 'inputs=[a, b]'),
    (lambda a, b: tf.nn.top_k(a, 2).indices, 'topkv2[1]'),
    (lambda a, b: tf.split(a, 3, axis=1)[1], 'split[1]'),
    (lambda a, b: tf.cast(a * 0.1, tf.int32), 'tf.constant(0.1, tf.float32)'),
    (lambda a, b: tf.maximum(b, tf.constant([-np.inf, np.nan, 1], tf.float32)), '[-np.inf, np.nan, 1.0]'),
    (lambda a, b: a + np.arange(90, dtype='f4').reshape(30, 3), "y=arrays['"),
    (lambda a, b: tf.cumsum(a, axis=1, exclusive=True), 'exclusive=True')])
def test_the_lines_give_what_the_ops_give(build, words):
    code, found, expected = called(build, a=A, b=B)
    np.testing.assert_array_equal(found, expected)
    assert words in code


def test_a_loop_has_no_such_form():
    with pytest.raises(NoCase, match='loop or a condition'):
        called(lambda a: tf.cond(a[0, 0] > 0, lambda: a + 1, lambda: a), a=A)


def test_an_op_that_calls_a_function_has_no_such_form():
    with pytest.raises(NoCase, match='calls a function'):
        called(lambda a: tf.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next(), a=A)
