"""`check` as a team meets it: every verdict and every exit code by a real cause, in processes of their own.

Faults come from outside: a module on PYTHONPATH that patches `tensorflow.compat.v1` before compat_run.py starts.
"""
import json
import os
import subprocess
import sys

import jsonschema
import junitparser
import numpy as np
import pytest

from legacy.formats import recording
from legacy.formats.evidence import EvidenceError
from legacy.formats.references import References
from legacy.judge.ladder import ladder
from legacy.machine import environments
from legacy.worker.gather import Evidence
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA, ROOT

SCHEMA = json.loads((DATA / 'check.schema.json').read_text())
START = """
import os, runpy, sys
os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '-1')
os.environ.setdefault('TF_NUM_INTRAOP_THREADS', '1')
import tensorflow.compat.v1 as v1
from tensorflow.python.ops import nn_impl, nn_ops, math_ops
{patch}
sys.argv = ['compat_run.py', 'check', *sys.argv[1:]]
runpy.run_path('compat_run.py', run_name='__main__')
"""
# What is wrong with this TensorFlow, and the first rung that must say so.
PATCHES = {
    'learning rate': ("""
minimizer = v1.train.GradientDescentOptimizer
v1.train.GradientDescentOptimizer = lambda rate: minimizer(rate * 1.001)""", 'first update'),
    'relu': ("""
relu = v1.nn.relu
v1.nn.relu = lambda x, name=None: relu(x, name) - 1e-4 * relu(-x)""", 'graph'),
    'epsilon': ("""
normalization = v1.nn.batch_normalization
v1.nn.batch_normalization = lambda *args: normalization(*args[:-1], args[-1] * 1.01)""", 'forward pass'),
    'averages': ("""
average = v1.train.ExponentialMovingAverage
v1.train.ExponentialMovingAverage = lambda decay: average(decay + 0.001)""", 'moving averages'),
    'random numbers': ("""
normal = v1.random_normal
v1.random_normal = lambda shape, mean, stddev: normal(shape, mean=1e-6, stddev=stddev)""", 'initial weights'),
    'one node more': ("""
square = v1.square
v1.square = lambda x, name=None: v1.identity(square(x, name))""", 'graph'),
    'one step': ("""
run, steps = v1.Session.run, []
def lame(self, fetches, feed_dict=None, *args):
    if isinstance(fetches, list) and len(fetches) == 2 and getattr(fetches[0], 'type', '') == 'NoOp':
        steps.append(self)
        if steps.count(self) == 200:
            return [None, None]
    return run(self, fetches, feed_dict, *args)
v1.Session.run = lame""", 'teacher-forced steps'),
}


def doctored(patch, *args):
    """The finished process of `check ARGS` on a TensorFlow with this patch."""
    return subprocess.run([sys.executable, '-c', START.format(patch=patch), *map(str, args)], cwd=ROOT, text=True,
                          capture_output=True, timeout=120)


@pytest.fixture(scope='module')
def checked(tmp_path_factory):
    """(process, JUnit file) of one whole check of this TensorFlow with --json."""
    junit = tmp_path_factory.mktemp('check') / 'junit.xml'
    return compat_run('check', '--json', '--junit', junit), junit


@pytest.fixture(scope='module')
def report(checked):
    assert checked[0].returncode == 0, checked[0].stderr
    return json.loads(checked[0].stdout)


def test_this_tensorflow_is_explained_by_rounding_alone(report):
    assert report['verdict'] == 'explained'
    assert report['sentence'].startswith('Rounding alone: in portable arithmetic the run is the recorded one')


def test_the_portable_run_is_the_recorded_one_bit_for_bit(report):
    rung = next(rung for rung in report['rungs'] if rung['name'] == 'portable history')
    assert (rung['status'], rung['deviation'], rung['tolerance']) == ('passed', 0, 0)


def test_formulas_that_differ_are_sums_of_gradients_over_nothing(report):
    assert all(formula['of'] and set(formula['there']) | set(formula['here']) == {'Sum'}
               for formula in report['formulas'])


def test_rsqrt_alone_differs_in_training_by_at_most_2_ulp(report):
    differing = {kernel['op_type']: kernel for kernel in report['kernels'] if kernel['networks']}
    assert list(differing) == ['Rsqrt']
    assert differing['Rsqrt']['largest'] <= 2


def test_no_op_type_of_the_training_step_is_without_a_record(report):
    assert report['uncovered'] == []


def test_json_is_as_its_schema_says(report):
    jsonschema.validate(report, SCHEMA)


def test_schema_refuses_what_is_not_a_report(report):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report, 'verdict': 'fine'}, SCHEMA)


def test_junit_has_a_case_for_each_rung_and_the_verdict(checked, report):
    suite, = junitparser.JUnitXml.fromfile(str(checked[1]))
    assert [case.name for case in suite] == [rung['name'] for rung in report['rungs']] + ['verdict']
    assert (suite.failures, suite.errors) == (0, 0)


def test_strict_identical_is_not_reached_by_this_tensorflow():
    done = compat_run('check', '--strict', 'identical', '--json')
    assert (done.returncode, json.loads(done.stdout)['exit_code']) == (1, 1)


def test_own_baseline_is_identical(tmp_path):
    assert compat_run('record', '--complete', '--out', tmp_path / 'mine').returncode == 0
    done = compat_run('check', '--baseline', tmp_path / 'mine', '--strict', 'identical')
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith('identical: ')


@pytest.mark.parametrize('fault', PATCHES)
def test_doctored_tensorflow_is_a_regression(fault, tmp_path):
    patch, rung = PATCHES[fault]
    done = doctored(patch, '--json', '--junit', tmp_path / 'junit.xml')
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert (report['verdict'], next(r['name'] for r in report['rungs'] if r['status'] == 'failed')) == (
        'regression', rung)
    suite, = junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml'))
    assert suite.failures >= 2  # that rung and the verdict
    first = next(r['first'] for r in report['rungs'] if r['status'] == 'failed')
    if rung == 'graph':  # which has no numbers
        return
    assert first['tensor'] and first['expected'] != first['obtained']


def test_kernel_that_raises_is_that_rungs_error_and_others_run():
    done = doctored("""
from legacy.worker import kernels
def run(*args): raise ValueError('no such kernel')
kernels.run = run""", '--json')
    report = json.loads(done.stdout)
    status = {rung['name']: rung['status'] for rung in report['rungs']}
    assert (done.returncode, report['verdict'], status['kernels']) == (1, 'regression', 'error')
    assert 'no such kernel' in next(rung['text'] for rung in report['rungs'] if rung['name'] == 'kernels')
    assert status['float64 history'] == 'passed'


# ---- single recordings and other references

@pytest.fixture(scope='module')
def single():
    """The report against the float64 recording alone, in this process."""
    references = References(DATA / 'baseline-float64.npz')
    return ladder(references, Evidence(references))


def test_single_recording_is_at_best_equivalent_and_says_what_is_missing(single):
    assert single.verdict == 'equivalent'
    assert 'no kernels.npz' in single.sentence and 'no recording in portable' in single.sentence


def test_what_could_not_be_asked_is_never_passed(single):
    status = {rung.name: rung.status for rung in single.rungs}
    assert (status['kernels'], status['portable history']) == ('undecided', 'undecided')


class Broken(Evidence):
    """Evidence of which one part cannot be had."""

    def part(self, name):
        if name == 'replay':
            raise EvidenceError('the power failed')
        return super().part(name)


def test_evidence_that_cannot_be_had_is_an_error_of_its_rungs():
    references = References(DATA / 'baseline-float64.npz')
    report = ladder(references, Broken(references))
    status = {rung.name: rung.status for rung in report.rungs}
    assert (status['data'], status['float64 history'], status['teacher-forced steps']) == ('passed', 'passed', 'error')
    assert report.verdict == 'regression'


def test_missing_baseline_is_refused():
    assert_fault(compat_run('check', '--baseline', 'nowhere.npz'), 'nowhere.npz')


def test_folder_without_recordings_is_refused(tmp_path):
    assert_fault(compat_run('check', '--baseline', tmp_path), 'baseline-float32.npz')


def test_damaged_kernel_set_is_refused(tmp_path):
    (tmp_path / 'baseline-float64.npz').write_bytes((DATA / 'baseline-float64.npz').read_bytes())
    (tmp_path / 'kernels.npz').write_bytes((DATA / 'kernels.npz').read_bytes()[:-100])
    assert_fault(compat_run('check', '--baseline', tmp_path), 'kernels.npz')


def test_recordings_under_each_others_names_are_refused(tmp_path):
    (tmp_path / 'baseline-float32.npz').write_bytes((DATA / 'baseline-float64.npz').read_bytes())
    assert_fault(compat_run('check', '--baseline', tmp_path), 'float64')


def test_recordings_of_different_seeds_are_refused(tmp_path, baseline):
    for arithmetic, seed in (('float32', 1), ('float64', 2)):
        recorded = baseline[arithmetic]
        header = {**recorded.header, 'settings': {**recorded.settings, 'seed': seed}}
        recording.save(recording.Recording(header, recorded.arrays), tmp_path / f'baseline-{arithmetic}.npz')
    assert_fault(compat_run('check', '--baseline', tmp_path), 'different experiments')


def test_junit_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    assert_fault(compat_run('check', '--junit', tmp_path / 'nowhere' / 'j.xml'), 'j.xml', 'cannot write')


def test_missing_interpreter_is_refused(tmp_path):
    assert_fault(compat_run('check', '--python', tmp_path / 'python'), 'does not run')


def test_worker_ended_by_a_signal_is_one_line(tmp_path):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\nkill -FPE $$\n')
    python.chmod(0o755)
    assert_fault(compat_run('check', '--python', python), 'SIGFPE')


def test_worker_that_answers_nothing_is_refused(tmp_path):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\nexit 0\n')
    python.chmod(0o755)
    assert_fault(compat_run('check', '--python', python), 'not the whole')


def test_power_with_a_baseline_is_refused(tmp_path):
    assert_fault(compat_run('check', '--power', '--baseline', tmp_path), '--power')


def test_check_in_another_interpreter_says_the_same(report):
    done = compat_run('check', '--python', sys.executable, '--json')
    other = json.loads(done.stdout)
    assert (other['verdict'], other['sentence']) == (report['verdict'], report['sentence'])
    assert [rung['deviation'] for rung in other['rungs']] == [rung['deviation'] for rung in report['rungs']]


def test_worker_does_not_inherit_what_would_change_its_tensorflow(tmp_path, monkeypatch):
    python = tmp_path / 'python'
    python.write_text(f'#!/bin/sh\nenv > {tmp_path}/env\n')
    python.chmod(0o755)
    for name in ('PYTHONPATH', 'TF2_BEHAVIOR'):
        monkeypatch.setenv(name, '1')
    environments.run_worker(str(python), {})
    seen = (tmp_path / 'env').read_text()
    assert 'TF2_BEHAVIOR' not in seen and 'PYTHONPATH' not in seen and 'PYTHONNOUSERSITE=1' in seen
    assert os.environ['TF2_BEHAVIOR'] == '1'


def test_infinity_in_place_of_nan_is_seen_by_the_teacher_forced_steps(baseline, replayed):
    from legacy.formats import answers
    from legacy.judge import comparison
    costs = {name: values.copy() for name, values in replayed.costs.items()}
    assert np.isnan(costs['cost'][20:]).all()
    record = next(k for k, start in enumerate(replayed.starts) if start == 101)
    costs['cost'][record] = np.inf
    wrong = answers.Replay(replayed.starts, replayed.ends, costs, replayed.after)
    assert comparison.teacher_forced(baseline['float32'], wrong).passed is False
