"""The networks that the claims are measured on: what is varied does what it says, and nothing else."""
import numpy as np
import pytest

from legacy import article, shim
from legacy.claims import results
from legacy.judge import findings
from legacy.worker.claims import convergence, fewrows, inference, recovery
from legacy.worker.claims.varied import LISTING, Varied, prediction_of
from legacy.worker.experiment import Experiment

FEW = slice(0, 10)


def trained(experiment, steps, **dials):
    """(plain costs, norm costs, {name: array} of all variables) after these steps."""
    with experiment.session(**dials) as sess:
        histories = experiment.train(sess, steps, article.Watch())
        return [np.array(history) for history in histories] + [experiment.values(sess)]


def assert_same(some, others):
    assert list(some) == list(others)
    for name, values in some.items():
        assert findings.same_bits(values, others[name]).all(), name


@pytest.fixture(scope='module')
def listing():
    """Seed 1 and the article's settings."""
    return Varied(1)


@pytest.fixture(scope='module')
def he():
    return Varied(1, 'He')


# ---- nothing changes where nothing is varied

@pytest.mark.parametrize('seed, steps', [(1, 250), (3, 12)])
def test_a_seed_is_the_listing_with_that_seed(seed, steps):
    plain, norm, variables = trained(Varied(seed), steps)
    experiment = Experiment(seed)
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        cost, cost_norm = experiment.train(sess, steps, article.Watch())
        values = experiment.values(sess)
    assert np.array_equal(plain, cost, equal_nan=True)
    assert np.array_equal(norm, cost_norm)
    assert_same(variables, values)


def test_the_port_is_itself_again_afterwards(listing):
    assert article.ACTIVITION is shim.tf.nn.relu
    assert shim.tf.matmul.__module__.startswith('tensorflow')
    assert shim.tf.train.GradientDescentOptimizer.__module__.startswith('tensorflow')


def test_an_unknown_initialisation_is_refused():
    with pytest.raises(ValueError, match='Glorot'):
        Varied(1, 'Glorot')


# ---- each dial does what it says

def step(experiment, rows=FEW, fed=None, **dials):
    """({name: array} before, after) one step of both networks."""
    with experiment.session(**dials) as sess:
        before = experiment.values(sess)
        sess.run([net[0] for net in experiment.nets.values()], experiment.feed(rows, fed))
        return before, experiment.values(sess)


def test_rate_scales_the_update(he):
    before, after = step(he, rate=1e-4)
    _, further = step(he, rate=2e-4)
    for name in he.trainable:
        assert np.allclose(further[name] - before[name], 2 * (after[name] - before[name]), rtol=1e-2, atol=1e-5), name


@pytest.mark.parametrize('decay', [0.5, 0.9])
def test_decay_is_that_of_the_averages(listing, decay):
    with listing.session(decay=decay) as sess:
        tensors = [(layer.mean, layer.variance) for layer in listing.layers]
        met = sess.run(tensors, listing.feed(FEW))
        averages = sess.run([(layer.average_mean, layer.average_variance) for layer in listing.layers])
    for one, other in zip(met, averages):
        for value, average in zip(one, other):
            assert np.allclose(average, (1 - decay) * value, rtol=1e-6)


def test_decay_does_not_reach_the_weights(listing):
    _, norm, variables = trained(listing, 11)
    _, other, others = trained(listing, 11, decay=0.99)
    assert np.array_equal(norm, other)
    assert_same({name: variables[name] for name in listing.trainable},
                {name: others[name] for name in listing.trainable})


def test_he_draws_the_same_numbers_with_the_variance_2_over_inputs(listing, he):
    def drawn(experiment):
        with experiment.session() as sess:
            values = experiment.values(sess)
        return [values[name] for name in experiment.drawn_variables()]
    for normal, scaled in zip(drawn(listing), drawn(he)):
        inputs = normal.shape[0]
        assert np.allclose(scaled, normal * np.sqrt(2 / inputs), rtol=1e-6)
        if normal.size == 900:  # 5 standard errors of a variance
            assert abs(scaled.var() * inputs / 2 - 1) < 5 * np.sqrt(2 / normal.size)


def test_l2_adds_its_gradient_to_the_weights_and_leaves_biases_alone():
    rate, strength = 1e-3, 5.0
    experiment = Varied(1, 'He', l2=True)
    before, plain = step(experiment, rate=rate)
    _, pulled = step(experiment, rate=rate, strength=strength)
    matrices = set(experiment.drawn_variables())
    assert len(matrices) == 16
    for name in experiment.trainable:
        expected = -rate * strength * before[name] if name in matrices else 0 * before[name]
        assert np.allclose(pulled[name] - plain[name], expected, atol=2e-6 * np.abs(plain[name]).max()), name


def test_dropout_drops_its_share_and_scales_up_the_rest(he):
    experiment = Varied(1, 'He', dropout=True)
    with he.session() as sess:
        initial = he.values(sess)
        expected = sess.run(he.nets['plain'][2], he.feed())
    with experiment.session(initial) as sess:
        whole = sess.run(experiment.nets['plain'][2], experiment.feed())
        thinned, again = [sess.run(experiment.nets['plain'][2], experiment.feed(fed={experiment.keep: 0.75}))
                          for _ in range(2)]
    for k in range(8):  # nothing is dropped unless asked for
        assert np.array_equal(whole[k], expected[k])
    assert not np.array_equal(thinned[1], again[1])
    active = whole[1] > 0
    kept = thinned[1][active] > 0
    assert abs(kept.mean() - 0.75) < 0.01
    assert np.allclose(thinned[1][active][kept], whole[1][active][kept] / 0.75, rtol=1e-6)


# ---- batch normalisation against its closed form

def normalised(x, mean, variance, scale, shift):
    return scale * (x.astype('f8') - mean) / np.sqrt(variance.astype('f8') + 0.001) + shift


def scrambled(experiment, sess):
    """Scale, shift and averages of every layer are random; {layer: [their values]}."""
    draw = np.random.default_rng(0)
    values = experiment.values(sess)
    for layer in experiment.layers:
        for variable in (layer.scale, layer.shift, layer.average_mean, layer.average_variance):
            values[variable.op.name] = draw.uniform(0.5, 1.5, values[variable.op.name].shape).astype('f4')
    experiment.restore(sess, values)


@pytest.fixture(scope='module')
def inferring():
    """Normalises with the moving averages."""
    return Varied(1, inference=True)


@pytest.mark.parametrize('statistics', ['own', 'averages'])
def test_layers_are_the_formula(statistics, listing, inferring):
    experiment = listing if statistics == 'own' else inferring
    with experiment.session() as sess:
        scrambled(experiment, sess)
        average = sess.run([(layer.average_mean, layer.average_variance) for layer in experiment.layers])
        found = sess.run([(layer.x, layer.output, layer.scale, layer.shift) for layer in experiment.layers],
                         experiment.feed(FEW))
    for (x, output, scale, shift), averages in zip(found, average):
        x = x.astype('f8')
        mean, variance = (x.mean(axis=0), x.var(axis=0)) if statistics == 'own' else averages
        expected = normalised(x, mean, variance, scale, shift)
        assert np.allclose(output, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_inference_is_the_whole_network_by_hand(inferring):
    experiment = inferring
    with experiment.session() as sess:
        scrambled(experiment, sess)
        predictions = experiment.predictions(sess, 'norm', 2500)
        values = experiment.values(sess)
        layers = [[values[variable.op.name] for variable in layer[3:5] + layer[6:]] for layer in experiment.layers]
    norm = [values[name].astype('f8') for name in experiment.trainable if experiment.network_of[name] == 'norm'][2:]
    scale, shift, mean, variance = layers[0]
    x = normalised(experiment.x_data, mean, variance, scale, shift)
    for k, (scale, shift, mean, variance) in enumerate(layers[1:]):
        weights, biases = norm[4 * k:4 * k + 2]
        x = np.maximum(normalised(x @ weights + biases, mean, variance, scale, shift), 0)
    expected = (x @ norm[-2] + norm[-1])[:, 0]
    assert np.allclose(predictions, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_evaluating_with_averages_does_not_move_them(inferring):
    with inferring.session() as sess:
        before = inferring.values(sess)
        inferring.predictions(sess, 'norm', 1000)
        assert_same(before, inferring.values(sess))


def test_prediction_is_what_the_cost_compares(listing):
    with listing.session() as sess:
        prediction, cost = sess.run([prediction_of(listing.nets['plain'][1]), listing.nets['plain'][1]],
                                    listing.feed(FEW))
    assert np.allclose(np.square(listing.y_data[FEW] - prediction).mean(), cost, rtol=1e-5)


def test_one_row_alone_gives_the_same_prediction_whatever_it_is(listing):
    with listing.session() as sess:
        prediction = prediction_of(listing.nets['norm'][1])
        found = {float(sess.run(prediction, {listing.xs: [[x]]})[0, 0]) for x in (-7.0, 0.0, 3.3, 10.0)}
    assert len(found) == 1


# ---- the loops

def test_few_rows_are_taken_all_before_any_again():
    order = fewrows.shuffled(1, 40, 100)
    assert len(order) == 100
    assert sorted(order[:40]) == sorted(order[40:80]) == list(range(40))
    assert list(order[:40]) != list(order[40:80])


def test_training_on_few_rows_ends_when_it_is_nan(listing):
    steps = []

    class Counting:
        def run(self, fetched, fed):
            if fetched is listing.nets['plain'][0]:
                steps.append(1)
            return sess.run(fetched, fed)
    with listing.session(rate=1.0) as sess:
        fewrows.train(listing, Counting(), 'plain', fewrows.shuffled(1, 40, 4000), slice(0, 40), {})
    assert len(steps) == fewrows.LOOK


@pytest.fixture(scope='module')
def gathered(tmp_path_factory):
    """What the worker gives for every kind, with few seeds and steps."""
    folder = str(tmp_path_factory.mktemp('checkpoints'))
    few = [run for regulariser, strengths in (('none', [0]), ('dropout', [0.1]), ('L2', [3]))
           for run in fewrows.runs([1], 'norm', regulariser, strengths, [1e-4], 'He', 20, 100, 10)]
    return {'convergence': list(convergence.runs([1], 'He, x standardised', [1e-3, 10], 11)),
            'fewrows': few + [{**run, 'network': 'plain'} for run in few],
            'trained': list(inference.trained(folder, [1], [0.5, 0.9], [25, 2500], 6)),
            'restored': list(inference.restored(folder, [1], [0.5, 0.9], [25, 2500])),
            'recovery': list(recovery.runs([1], 'article', 6))}


@pytest.mark.parametrize('number', results.CLAIMS)
def test_every_claim_can_be_measured_from_what_the_worker_gives(number, gathered):
    found = results.measured([number], gathered, 1, 'a test', {}).claims[0]
    assert found.verdict.sentence.startswith(('Supported', 'Not supported'))
    assert all(len(row) == len(found.table.heading) for row in found.table.rows)
    found.figure()


def test_a_run_that_diverges_is_recorded_as_such(gathered):
    wild, = [run for run in gathered['convergence'] if run['rate'] == 10]
    assert not np.isfinite(wild['plain'][-1])


def test_restored_averages_are_those_that_were_fed(gathered):
    assert [run['difference'] for run in gathered['restored']] == [0, 0]


def test_regularisers_and_dials_change_what_is_trained_on_few_rows(gathered):
    assert len({run['training'] for run in gathered['fewrows']}) == 3


def test_averages_of_another_decay_give_another_cost(gathered):
    one, other = gathered['restored']
    assert one['averages'] != other['averages']


def test_undone_normalisation_gives_back_its_input(gathered):
    run, = gathered['recovery']
    assert max(run['batch']) < 1e-5 and run['network_batch'] < 1e-5
    assert max(run['saved']) < 1e-5 and run['network_saved'] < 1e-5
    assert max(run['others']) > 0.1 and min(run['untrained']) > 0.1


def test_dials_stand_at_the_listings_values():
    assert LISTING == {'rate': 0.001, 'decay': 0.5, 'strength': 0.0}
    source = open(article.__file__, encoding='utf-8').read()
    assert 'GradientDescentOptimizer(0.001)' in source and source.count('decay=0.5') == 2
