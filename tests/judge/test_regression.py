"""The installed TensorFlow against the baseline of TensorFlow 1.15.5, claim by claim.

`test_doctored.py` shows for each claim that a wrong number turns it red.
"""
import numpy as np
import pytest

from legacy import article
from legacy.formats.processor import limited_instructions
from legacy.judge import comparison
from legacy.worker.experiment import Experiment


def holds(finding):
    """Assert a finding, with what it found as the message."""
    assert finding.passed, finding.text


@pytest.mark.parametrize('arithmetic', ['float32', 'exact-rsqrt', 'float64'])
@pytest.mark.parametrize('claim', [comparison.data, comparison.graph, comparison.op_seeds, comparison.initial_weights,
                                   comparison.forward, comparison.gradients, comparison.first_update,
                                   comparison.moving_averages, comparison.overflow], ids=lambda claim: claim.__name__)
def test_claim_holds(claim, arithmetic, baseline, candidate):
    holds(claim(baseline[arithmetic], candidate[arithmetic]))


def test_each_step_from_the_baselines_weights_is_the_baselines(baseline, replayed):
    assert sum(end - start for start, end in zip(replayed.starts, replayed.ends)) == 250
    holds(comparison.teacher_forced(baseline['float32'], replayed))


def test_float64_history_agrees_at_all_50_records(baseline, candidate):
    assert len(candidate['float64'].arrays['series/steps']) == 50
    holds(comparison.history(baseline['float64'], candidate['float64']))


def test_exact_rsqrt_weights_are_bit_identical_to_the_end(baseline, candidate):
    environment = candidate['exact-rsqrt'].header['environment']
    if 'fma' not in environment['features']:
        pytest.skip('this processor is not known to have fused multiply-add, which MatMul has used since 1.14')
    if limited_instructions(environment['settings']):
        pytest.skip('ONEDNN_MAX_CPU_ISA or DNNL_MAX_CPU_ISA switches fused multiply-add off')
    holds(comparison.history(baseline['exact-rsqrt'], candidate['exact-rsqrt']))


def test_float32_first_record_agrees_and_the_free_run_is_reported(baseline, candidate, record_property):
    free_run = comparison.free_run(baseline['float32'], candidate['float32'])
    record_property('free run', free_run.text)
    assert free_run.passed is None
    holds(comparison.history(baseline['float32'], candidate['float32']))


@pytest.mark.parametrize('arithmetic', ['float32', 'exact-rsqrt', 'float64'])
def test_every_array_has_a_baseline_and_none_is_orphaned(arithmetic, baseline, candidate):
    assert list(baseline[arithmetic].arrays) == list(candidate[arithmetic].arrays)


def test_recorded_history_is_the_plain_loops_bit_for_bit(candidate):
    experiment = Experiment()
    with experiment.session() as sess:
        sess.run(experiment.initializer)
        histories = article.train(sess, experiment.xs, experiment.ys, *experiment.nets.values(),
                                  experiment.x_data, experiment.y_data)
    for name, history in zip(('cost', 'cost_norm'), histories):
        assert np.array_equal(candidate['float32'].arrays['series/' + name], np.array(history), equal_nan=True)
