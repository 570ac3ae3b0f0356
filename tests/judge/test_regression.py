"""The cost histories of the installed TensorFlow against those that TensorFlow 1.15.5 was recorded with.

`python compat_run.py check` says more of each run; `check/test_article_faults.py` shows that a wrong number turns it
red.
"""
import numpy as np
import pytest

from legacy import article
from legacy.formats import articlerun, wholerun
from legacy.judge import reproduction
from legacy.worker.experiment import Experiment
from tests.conftest import ROOT

NAMES = ('cost', 'cost_norm')


def pinned(arithmetic):
    """{name: the costs that are pinned, float32}, in a file that a person can read."""
    lines = (ROOT / 'tests' / 'reference' / f'{arithmetic}_costs.tsv').read_text().splitlines()
    rows = [dict(zip(lines[2].split('\t'), line.split('\t'))) for line in lines[3:]]
    assert [int(row['step']) for row in rows] == list(range(0, 250, 5))
    return {name: np.array([row[name] for row in rows], 'f4') for name in NAMES}


def costs(recording, prefix=''):
    """{name: costs} of a recording."""
    found = articlerun.costs(recording, prefix)
    return {name: getattr(found, name) for name in NAMES}


@pytest.mark.parametrize('name', NAMES)
def test_recorded_costs_are_the_pinned_ones(name, article_recording):
    for arithmetic, prefix in (('float32', ''), ('portable', wholerun.PREFIX)):
        assert np.array_equal(costs(article_recording, prefix)[name], pinned(arithmetic)[name], equal_nan=True)


@pytest.mark.parametrize('name', NAMES)
def test_portable_costs_are_the_pinned_ones_bit_for_bit(name, article_run):
    assert np.array_equal(costs(article_run, wholerun.PREFIX)[name], pinned('portable')[name], equal_nan=True)


@pytest.mark.parametrize('changed', [0, 49])
def test_a_portable_cost_one_unit_in_the_last_place_off_is_seen(changed, article_run):
    found = np.array(costs(article_run, wholerun.PREFIX)['cost_norm'])
    found[changed] = np.nextafter(found[changed], np.float32(0))
    assert not np.array_equal(found, pinned('portable')['cost_norm'], equal_nan=True)


def test_all_that_a_whole_portable_run_fetches_and_leaves_is_the_recorded(article_recording, article_run):
    whole = reproduction.whole(article_recording, article_run)
    assert whole.arrays == (949, 949) and whole.costs == (100, 100)


def test_first_float32_costs_are_the_pinned_ones_to_seven_digits(article_run):
    assert costs(article_run)['cost_norm'][0] == pytest.approx(pinned('float32')['cost_norm'][0], rel=2e-7)
    assert np.isinf(costs(article_run)['cost'][0]) and np.isnan(costs(article_run)['cost'][1:]).all()


def test_float32_history_is_one_that_rounding_could_make_of_the_recorded(article_recording, article_run,
                                                                         record_property):
    band = reproduction.band(article_recording, article_run)
    record_property('free run', band.finding.text)
    assert band.finding.passed, band.finding.text


def test_recorded_history_is_the_plain_loops_bit_for_bit(article_run):
    experiment = Experiment()
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        histories = article.train(sess, experiment.xs, experiment.ys, *experiment.nets.values(),
                                  experiment.x_data, experiment.y_data)
    for name, history in zip(NAMES, histories):
        assert np.array_equal(costs(article_run)[name], np.array(history), equal_nan=True)
