"""Op seeds and arithmetics on the installed release."""
import functools
import threading

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
    from tensorflow.python.framework import random_seed
    before = random_seed.get_seed
    with pytest.raises(KeyError), building.building():
        assert random_seed.get_seed is not before
        raise KeyError
    assert random_seed.get_seed is before


def test_unknown_profile_is_refused():
    with pytest.raises(ValueError), building.building(op_seeds='1.14'):
        pass


def test_experiment_inside_other_op_seeds_is_refused():
    with building.building('native'), pytest.raises(shim.ShimError, match='inside building.* op seeds native'):
        Experiment(op_seeds='1.15')


def test_experiment_inside_the_same_op_seeds_is_built():
    with building.building('native'):
        calls = Experiment(op_seeds='native').seeded_calls
    assert len(calls) == len(OP_SEEDS)


def test_another_thread_waits_until_a_graph_is_built():
    built = []
    thread = threading.Thread(target=lambda: built.append(Experiment()))
    with building.building('native'):
        thread.start()
        thread.join(0.2)
        assert built == []
    thread.join()
    assert [call.op_seed for call in built[0].seeded_calls] == OP_SEEDS


@pytest.fixture(scope='module')
def built():
    """built(ARITHMETIC) is the Experiment, of each built once."""
    return functools.lru_cache(lambda arithmetic: Experiment(arithmetic=arithmetic))


@pytest.mark.parametrize('arithmetic, dtype', [('portable', tf.float32), ('float64', tf.float64)])
def test_variables_and_placeholders_of_an_arithmetic_have_its_dtype(arithmetic, dtype, built):
    experiment = built(arithmetic)
    variables = [experiment.graph.get_tensor_by_name(name + ':0') for name in experiment.variables]
    tensors = [experiment.xs, experiment.ys, *variables, *experiment.gradients.values()]
    assert {tensor.dtype.base_dtype for tensor in tensors} == {dtype}


@pytest.mark.parametrize('arithmetic', ['portable', 'float64'])
def test_the_rewriter_knows_every_op_of_the_article(arithmetic, built):
    assert built(arithmetic).rewriting.unknown == {}
