"""The installed TensorFlow against the baseline of TensorFlow 1.15.5, question by question.

`test_doctored.py` shows for each question that a wrong number turns it red.
"""
import numpy as np
import pytest

from legacy import article
from legacy.formats.recording import ARITHMETICS, SERIES
from legacy.judge import comparison
from legacy.worker.experiment import Experiment
from tests.conftest import DATA


def holds(finding):
    """Assert a finding, with what it found as the message."""
    assert finding.passed, finding.text


EXACT = [comparison.data, comparison.graph, comparison.op_seeds, comparison.initial_weights, comparison.overflow]
JUDGED = [comparison.forward, comparison.gradients, comparison.first_update, comparison.moving_averages]


@pytest.mark.parametrize('arithmetic, question', [('float32', question) for question in EXACT + JUDGED]
                         + [('float64', question) for question in EXACT])
def test_nothing_is_wrong_here(question, arithmetic, baseline, candidate):
    holds(question(baseline[arithmetic], candidate[arithmetic]))


def test_each_step_from_the_baselines_weights_is_the_baselines(baseline, replayed):
    assert sum(end - start for start, end in zip(replayed.starts, replayed.ends)) == 250
    holds(comparison.teacher_forced(baseline['float32'], replayed))


def test_float64_history_agrees_at_all_50_records(baseline, candidate):
    assert len(candidate['float64'].arrays['series/steps']) == 50
    holds(comparison.history(baseline['float64'], candidate['float64']))


def test_portable_recording_is_the_baselines_bit_for_bit(baseline, candidate):
    assert comparison.identical(baseline['portable'], candidate['portable'])
    holds(comparison.history(baseline['portable'], candidate['portable']))


@pytest.mark.parametrize('name', SERIES)
def test_portable_costs_are_the_pinned_ones(name, candidate):
    lines = (DATA / 'baseline-portable.tsv').read_text().splitlines()
    rows = [dict(zip(lines[2].split('\t'), line.split('\t'))) for line in lines[3:]]
    assert len(rows) == 50
    assert [str(cost) for cost in candidate['portable'].arrays['series/' + name]] == [row[name] for row in rows]


def test_float32_history_is_one_that_rounding_could_make_of_the_baselines(baseline, candidate, record_property):
    free_run = comparison.free_run(baseline['float32'], candidate['float32'])
    record_property('free run', free_run.text)
    assert free_run.compared == 50
    holds(free_run)


@pytest.mark.parametrize('arithmetic', ARITHMETICS)
def test_every_array_has_a_baseline_and_none_is_orphaned(arithmetic, baseline, candidate):
    assert list(baseline[arithmetic].computed) == list(candidate[arithmetic].computed)


def test_recorded_history_is_the_plain_loops_bit_for_bit(candidate):
    experiment = Experiment()
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        histories = article.train(sess, experiment.xs, experiment.ys, *experiment.nets.values(),
                                  experiment.x_data, experiment.y_data)
    for name, history in zip(('cost', 'cost_norm'), histories):
        assert np.array_equal(candidate['float32'].arrays['series/' + name], np.array(history), equal_nan=True)
