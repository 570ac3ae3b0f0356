"""Op seeds and arithmetics on the installed release."""
import threading

import numpy as np
import pytest

from legacy import article, shim
from legacy.formats import opseeds
from legacy.shim import tf
from legacy.worker import building
from legacy.worker.experiment import Experiment

OP_SEEDS = [5, 23, 41, 59, 77, 95, 113, 131, 393, 457, 521, 585, 649, 713, 777, 841]


def test_graph_without_a_seed_is_refused():
    with tf.Graph().as_default(), building.building(), pytest.raises(shim.ShimError, match='no seed'):
        tf.random_normal([1])


def test_a_random_op_more_than_recorded_is_refused():
    with tf.Graph().as_default(), building.building():
        tf.set_random_seed(1)
        for _ in OP_SEEDS:
            tf.random_normal([1])
        with pytest.raises(shim.ShimError, match='random op number 17'):
            tf.random_normal([1])


def test_built_net_on_its_own_gets_the_articles_op_seeds():
    with tf.Graph().as_default() as graph:
        xs, ys = article.make_placeholders()
        article.built_net(xs, ys, norm=False)
        article.built_net(xs, ys, norm=True)
        calls = building.seeded_calls(graph)
    assert calls == [building.SeededCall('RandomStandardNormal', 1, seed) for seed in OP_SEEDS]


def test_explicit_op_seeds_are_left_alone():
    with tf.Graph().as_default() as graph, building.building():
        tf.set_random_seed(1)
        tf.random_normal([1], seed=42)
        assert building.seeded_calls(graph) == [('RandomStandardNormal', 1, 42)]


def test_native_op_seeds_are_those_recorded_for_this_release():
    seen = [family for family in opseeds.families() if shim.VERSION in family['seen_on']]
    if not seen:
        pytest.skip(f'no op seeds were recorded for {shim.VERSION}')
    assert [call.op_seed for call in Experiment(op_seeds='native').seeded_calls] == seen[0]['op_seeds']


def test_building_puts_everything_back_after_an_error():
    before = tf.placeholder, tf.zeros, tf.ones, tf.random_normal
    with pytest.raises(KeyError), building.building(arithmetic='float64'):
        assert tf.zeros is not before[1]
        raise KeyError
    assert (tf.placeholder, tf.zeros, tf.ones, tf.random_normal) == before


@pytest.mark.parametrize('choice', [{'op_seeds': '1.14'}, {'arithmetic': 'float16'}])
def test_unknown_profile_is_refused(choice):
    with pytest.raises(ValueError), building.building(**choice):
        pass


@pytest.mark.parametrize('inner', [{'arithmetic': 'float32'}, {'op_seeds': 'native', 'arithmetic': 'float64'}])
def test_experiment_inside_other_settings_is_refused(inner):
    with building.building(arithmetic='float64'), pytest.raises(shim.ShimError, match='inside building.* in float64'):
        Experiment(**inner)


def test_experiment_inside_the_same_settings_is_built():
    with building.building(arithmetic='float64'):
        experiment = Experiment(arithmetic='float64')
    assert experiment.arithmetic == 'float64' and experiment.xs.dtype == tf.float64


def test_another_thread_waits_until_a_graph_is_built():
    built = []
    thread = threading.Thread(target=lambda: built.append(Experiment()))
    with building.building(arithmetic='float64'):
        thread.start()
        thread.join(0.2)
        assert built == [] and tf.zeros([1]).dtype == tf.float64
    thread.join()
    assert built[0].xs.dtype == tf.float32


def test_float64_variables_and_placeholders_are_float64():
    experiment = Experiment(arithmetic='float64')
    tensors = [experiment.xs, experiment.ys, *experiment.variables.values(), *experiment.gradients.values()]
    assert {tensor.dtype.base_dtype for tensor in tensors} == {tf.float64}


def test_exact_rsqrt_is_correctly_rounded():
    values = np.random.default_rng(0).uniform(1e-3, 100, 10_000).astype('f4')
    with tf.Graph().as_default(), building.building(arithmetic='exact-rsqrt'), tf.Session() as sess:
        from tensorflow.python.ops import math_ops
        obtained = sess.run(math_ops.rsqrt(tf.constant(values)))
    assert np.array_equal(obtained, (1 / np.sqrt(values.astype('f8'))).astype('f4'))
