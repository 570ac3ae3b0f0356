"""Faults that were on no list when the judge was made, on a release whose listing was never recorded."""
import functools

import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker import faults
from legacy.worker.experiment import Experiment
from legacy.worker.rewriting.fault import Fault, set_error
from legacy.worker.rewriting.noise import Noise
from tests.check.faulty import asked, failed


def test_without_a_fault_nothing_fails(monkeypatch):
    assert failed(asked(monkeypatch)) == ('undecided', '')  # other arithmetics are not asked here


# ---- while it runs

def feed_off(run, go):
    """One step of the free run alone is fed 1.001 times what it should be."""
    if run.free and run.step == 40:
        return go({name: values * 1.001 for name, values in run.feed.items()})
    return go(run.feed)


def skipped(run, go):
    """Step 43 does nothing, each time that it is taken."""
    return [None, None] if run.step == 43 else go(run.feed)


class Stale:
    """Each cost is the one of the record before."""

    def __init__(self):
        self.kept = {}

    def __call__(self, run, go):
        answer = go(run.feed)
        if run.cost:
            answer, self.kept[run.sess] = self.kept.get(run.sess, answer), answer
        return answer


def nan_once(run, go):
    """One cost of the free run is NaN."""
    return np.float32('nan') if run.free and run.cost and run.after == 45 else go(run.feed)


def cost_off_once(run, go):
    """One cost of the free run, the last, is off by a millionth. No step and no piece follows it."""
    return np.float32(go(run.feed) * 1.000001) if run.free and run.cost and run.after == 60 else go(run.feed)


@pytest.mark.parametrize('fault, rung', [
    (feed_off, 'repeatable'), (skipped, 'teacher-forced steps'), (Stale(), 'teacher-forced steps'),
    (nan_once, 'repeatable'), (cost_off_once, 'repeatable')], ids=['feed', 'skipped', 'stale', 'NaN', 'last cost'])
def test_fault_at_run_time_is_a_regression(fault, rung, monkeypatch):
    assert failed(asked(monkeypatch, fault)) == ('regression', rung)


# ---- in kernels

class Restless(Noise):
    """One unit in the last place, drawn from no seed."""

    def _spoilt(self, *args):
        self._drawn = -1  # with both seeds 0 TensorFlow draws one
        return super()._spoilt(*args)


class Noisy(Experiment):
    """An Experiment in which the ops that `where` picks give other last bits in every run."""

    def __init__(self, where, *settings):
        self.where = where
        super().__init__(*settings)

    def _rules(self):
        return [Restless(where=self.where), *super()._rules()]


@pytest.mark.parametrize('op_type', ['Rsqrt', 'ApplyGradientDescent'])
def test_kernel_with_other_noise_in_every_run_is_not_repeatable(op_type, monkeypatch):
    noisy = functools.partial(Noisy, lambda node: node.op == op_type)
    assert failed(asked(monkeypatch, experiment=noisy)) == ('regression', 'repeatable')


class Off(Experiment):
    """An Experiment in which ops of a type are off by a relative error where `at`, a function of the Experiment,
    holds."""

    def __init__(self, op_type, size, at, *settings):
        self.op_type, self.size, self.at = op_type, size, at
        super().__init__(*settings)

    def _rules(self):
        with self.built.as_default():
            at = tf.cast(self.at(self), tf.float32)
        return [Fault(lambda node: node.op == self.op_type, at.op.name), *super()._rules()]

    def session(self):
        sess = super().session()
        set_error(sess, self.size, 'one step')
        return sess


def late(experiment):
    """A training step from the 40th on."""
    firsts = tf.constant(experiment.x_data[400::10, 0], tf.float32)
    return tf.logical_and(tf.equal(tf.shape(experiment.xs)[0], 10),
                          tf.reduce_any(tf.equal(firsts, experiment.xs[0, 0])))


def on_all_rows(experiment):
    return tf.equal(tf.shape(experiment.xs)[0], 2500)


@pytest.mark.parametrize('op_type, size, at, rung', [
    ('AssignSub', -0.002, late, 'teacher-forced steps'),  # a decay of 0.501
    ('MatMul', 1e-5, on_all_rows, 'forward pass')])
def test_kernel_that_is_wrong_at_times_is_a_regression(op_type, size, at, rung, monkeypatch):
    off = functools.partial(Off, op_type, size, at)
    assert failed(asked(monkeypatch, experiment=off)) == ('regression', rung)


# ---- in the graph

LINE = 'Wx_plus_b = tf.matmul(inputs, Weights) + biases'


def test_bias_gradient_without_a_row_is_a_regression(monkeypatch):
    with faults.doctored((LINE, 1, LINE + '; Wx_plus_b = tf.concat([Wx_plus_b[:-1], tf.matmul(inputs, Weights)[-1:] '
                                          '+ tf.stop_gradient(biases)], 0)')):
        assert failed(asked(monkeypatch)) == ('regression', 'gradients')
