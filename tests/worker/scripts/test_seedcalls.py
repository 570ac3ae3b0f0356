"""Calls for a seed that make no op belong to a release, not to the script."""
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
