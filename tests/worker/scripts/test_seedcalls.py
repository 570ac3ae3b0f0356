"""Op seeds given back: what TensorFlow derives is the recorded one, what the script says is the script's."""
import pytest

from tests.worker.scripts import recording

# A dropout that drops nothing: since 2.x it moves the generator on, and makes no op.
SCRIPT = '''
import tensorflow as tf
w = tf.Variable(tf.truncated_normal([3], seed=1), name='w')
kept = tf.nn.dropout(w, keep_prob=1.0)
more = tf.random_uniform([3])
train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(kept - more)))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(train)
'''


def test_a_call_that_makes_no_op_is_not_asked_for_again(fork, tmp_path):
    recording.recorded(fork, tmp_path, SCRIPT)
    (tmp_path / 'out.npz').rename(tmp_path / 'recorded.npz')
    seeds = recording.recorded(fork, tmp_path, SCRIPT, op_seeds=str(tmp_path / 'recorded.npz')).header['seeds']
    assert (seeds['unused'], seeds['unexpected']) == (0, [])


def answered(recorded, seed=None, argument=None, given=1):
    """(graph seed, op seed) that a call gets in a graph of this seed where the seeds of `recorded` are given back."""
    from legacy.worker.scripts.seedcalls import Call, Seeds, ops
    seeds = Seeds([Call(scope='', function='answered', graph=0, **recorded)], given)
    with ops.Graph().as_default() as graph:
        graph.seed = seed
        return seeds.get_seed(argument)


@pytest.mark.parametrize('recorded, here, expected', [
    ({'argument': None, 'graph_seed': 5, 'op_seed': 2}, {'seed': 6}, (6, 2)),
    ({'argument': None, 'graph_seed': 5, 'op_seed': 2}, {'seed': None}, (1, 2)),
    ({'argument': None, 'graph_seed': 1, 'op_seed': 2}, {'seed': 6}, (6, 2)),
    ({'argument': 7, 'graph_seed': 5, 'op_seed': 7}, {'seed': 5, 'argument': 8}, (5, 8))],
    ids=['another', 'removed', 'a new one', 'of the op'])
def test_a_seed_that_the_script_says_is_not_given_back(recorded, here, expected):
    assert answered(recorded, **here) == expected


@pytest.mark.parametrize('recorded, here', [
    ({'argument': None, 'graph_seed': 5, 'op_seed': 12}, {'seed': 5}),
    ({'argument': None, 'graph_seed': 1, 'op_seed': 12}, {'seed': None}),
    ({'argument': 7, 'graph_seed': 87654321, 'op_seed': 7}, {'seed': None, 'argument': 7})],
    ids=['of the op', 'of both', 'of the graph'])
def test_a_seed_that_tensorflow_derives_is_given_back(recorded, here):
    assert answered(recorded, **here) == (recorded['graph_seed'], recorded['op_seed'])
