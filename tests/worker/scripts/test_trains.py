"""Which runs train: those that update a variable, in whichever way the script does it."""
import pytest

from legacy.shim import tf
from legacy.worker.scripts.kinds import Kind


def by_hand(w, x):
    return tf.assign(w, w - 0.1 * (w - x))


def by_an_optimizer(w, x):
    return tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w - x))


def from_a_feed(w, x):
    return tf.assign(w, x)


def to_a_first_value(w, _):
    return w.initializer


@pytest.mark.parametrize('resource', [False, True])
@pytest.mark.parametrize('run, trains', [(by_hand, True), (by_an_optimizer, True), (from_a_feed, False),
                                         (to_a_first_value, False)])
def test_a_run_trains_where_what_is_written_is_computed_from_variables(run, trains, resource):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [])
        w = tf.get_variable('w', initializer=tf.constant(2.0), use_resource=resource)
        made = run(w, x)
    op = made.op if hasattr(made, 'op') else made
    assert Kind(graph, [op], [], [x]).trains is trains
