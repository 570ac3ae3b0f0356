"""`check` as a team meets it: verdicts, exit codes, reports and refusals. Faults: test_doctored_tensorflow.py."""
import json
import os
import subprocess
import sys

import jsonschema
import junitparser
import pytest

from legacy.check import power
from legacy.formats import recording
from legacy.formats.evidence import EvidenceError
from legacy.formats.references import References
from legacy.judge.ladder import ladder
from legacy.machine import environments
from legacy.reports import checkreport, junit
from legacy.worker import floor
from legacy.worker.gather import Evidence
from tests import processors, shortened
from tests.command_line import assert_fault, compat_run, compat_run_here, verdict_of
from tests.conftest import DATA
from tests.docs.manual import work_here

SCHEMA = json.loads((DATA / 'check.schema.json').read_text())


@pytest.fixture(scope='module')
def checked():
    """(finished process, power.Quiet): one whole check of this TensorFlow with --json, by `python -O`."""
    done, run = [], subprocess.run
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(subprocess, 'run', lambda *args, **more: done.append(run(*args, **more)) or done[-1])
        return power.quiet('python -O'), *done


@pytest.fixture(scope='module')
def report(checked):
    assert checked[1].returncode == 0
    return json.loads(checked[1].stdout)


def test_this_tensorflow_is_explained_by_rounding_alone(report):
    assert report['verdict'] == 'explained'
    assert report['sentence'].startswith('Rounding alone: in portable arithmetic the run is the recorded one')


def test_quiet_check_of_this_tensorflow_raises_no_alarm(checked):
    assert checked[0] == power.Quiet('python -O', '', 'explained')


def test_the_portable_run_is_the_recorded_one_bit_for_bit(report):
    rung = next(rung for rung in report['rungs'] if rung['name'] == 'portable history')
    assert (rung['status'], rung['deviation'], rung['tolerance']) == ('passed', 0, 0)


def test_formulas_that_differ_are_sums_of_gradients_over_nothing(report):
    assert report['formulas'] != []
    assert all(formula['of'] and set(formula['there']) | set(formula['here']) == {'Sum'}
               for formula in report['formulas'])


def test_rsqrt_alone_differs_in_training_by_at_most_2_ulp(report, baseline):
    processors.only_where_made(baseline['float32'], 'which kernels round otherwise')
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


def test_junit_has_a_case_for_each_rung_and_the_verdict(report, tmp_path):
    (tmp_path / 'junit.xml').write_bytes(junit.document([checkreport.junit_suite(report)], 'check'))
    suite, = junitparser.JUnitXml.fromfile(str(tmp_path / 'junit.xml'))
    assert [case.name for case in suite] == [rung['name'] for rung in report['rungs']] + ['verdict']
    assert (suite.failures, suite.errors) == (0, 0)


# ---- short runs: another interpreter, a baseline of one's own

@pytest.fixture(scope='module')
def short(tmp_path_factory):
    """(folder of references, Report on this TensorFlow in this process)"""
    folder = shortened.baseline(tmp_path_factory.mktemp('short') / 'references', *recording.ARITHMETICS, kernels=True)
    references = References(folder)
    return folder, ladder(references, Evidence(references))


def test_check_in_another_interpreter_says_the_same(short):
    folder, here = short
    done = compat_run('check', '--baseline', folder, '--python', sys.executable, '--json')
    assert done.returncode == 0, done.stderr
    there = json.loads(done.stdout)
    assert (there['verdict'], there['sentence']) == (here.verdict, here.sentence)
    assert [rung['deviation'] for rung in there['rungs']] == [rung.finding.deviation for rung in here.rungs]


@pytest.mark.parametrize('strict, code', [('equivalent', 0), ('explained', 0), ('identical', 1)])
def test_exit_code_is_1_where_a_better_verdict_was_asked_for(strict, code, short, monkeypatch):
    monkeypatch.setattr('legacy.check.check', lambda *args, **more: short[1])
    done = compat_run_here('check', '--strict', strict, '--json')
    assert (done.returncode, json.loads(done.stdout)['exit_code']) == (code, code)


@pytest.fixture(scope='module')
def own(tmp_path_factory):
    """A baseline recorded by this TensorFlow; its noise floor has few repetitions."""
    folder, measured = tmp_path_factory.mktemp('own') / 'mine', floor.measured
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(floor, 'measured', lambda recorded: measured(recorded, repetitions=2, free_runs=2))
        patched.setattr(environments, 'run_worker', work_here)
        done = compat_run_here('record', '--complete', '--steps', shortened.STEPS, '--out', folder)
    assert (done.returncode, done.stdout) == (0, ''), done.stderr
    return folder


def test_own_baseline_is_identical(own):
    done = compat_run_here('check', '--baseline', own, '--strict', 'identical')
    assert done.returncode == 0, done.stdout
    assert verdict_of(done) == 'identical'
    assert 'undecided' not in done.stdout  # nothing is missing in it


# ---- single recordings and other references

@pytest.fixture(scope='module')
def evidence():
    """Of what a check against the float64 recording alone needs, made in this process."""
    return Evidence(References(DATA / 'baseline-float64.npz'))


@pytest.fixture(scope='module')
def single(evidence):
    return ladder(evidence.references, evidence)


def test_single_recording_is_undecided_and_says_what_is_missing(single):
    assert single.verdict == 'undecided'
    assert 'no noise floor was measured' in single.sentence


def test_what_could_not_be_asked_is_never_passed(single):
    status = {rung.name: rung.status for rung in single.rungs}
    assert (status['kernels'], status['portable history']) == ('undecided', 'undecided')


class Broken:
    """Evidence of which one part cannot be had."""

    def __init__(self, evidence):
        self.evidence = evidence

    def part(self, name):
        if name == 'replay':
            raise EvidenceError('the power failed')
        return self.evidence.part(name)


def test_evidence_that_cannot_be_had_is_an_error_of_its_rungs(evidence):
    report = ladder(evidence.references, Broken(evidence))
    status = {rung.name: rung.status for rung in report.rungs}
    assert (status['data'], status['float64 history'], status['teacher-forced steps']) == ('passed', 'passed', 'error')
    assert report.verdict == 'regression'


def test_missing_baseline_is_refused():
    assert_fault(compat_run('check', '--baseline', 'nowhere.npz'), 'nowhere.npz')


def test_folder_without_recordings_is_refused(tmp_path):
    assert_fault(compat_run_here('check', '--baseline', tmp_path), 'baseline-float32.npz')


def test_damaged_kernel_set_is_refused(tmp_path):
    (tmp_path / 'baseline-float64.npz').write_bytes((DATA / 'baseline-float64.npz').read_bytes())
    (tmp_path / 'kernels.npz').write_bytes((DATA / 'kernels.npz').read_bytes()[:-100])
    assert_fault(compat_run_here('check', '--baseline', tmp_path), 'kernels.npz')


def test_recordings_under_each_others_names_are_refused(tmp_path):
    (tmp_path / 'baseline-float32.npz').write_bytes((DATA / 'baseline-float64.npz').read_bytes())
    assert_fault(compat_run_here('check', '--baseline', tmp_path), 'float64')


def test_recordings_of_different_seeds_are_refused(tmp_path, baseline):
    for arithmetic, seed in (('float32', 1), ('float64', 2)):
        recorded = baseline[arithmetic]
        header = {**recorded.header, 'settings': {**recorded.settings, 'seed': seed}}
        recording.save(recording.Recording(header, recorded.arrays), tmp_path / f'baseline-{arithmetic}.npz')
    assert_fault(compat_run_here('check', '--baseline', tmp_path), 'different experiments')


def test_recording_whose_header_asks_for_endless_steps_is_refused_in_one_line(tmp_path, baseline, monkeypatch):
    recorded = baseline['float64']
    header = {**recorded.header, 'settings': {**recorded.settings, 'steps': 10 ** 15}}
    monkeypatch.setattr(recording, '_check_meaning', lambda *_: None)
    recording.save(recording.Recording(header, recorded.arrays), tmp_path / 'mine.npz')
    monkeypatch.undo()
    assert_fault(compat_run_here('check', '--baseline', tmp_path / 'mine.npz'), 'mine.npz', '1 to 250')


def test_junit_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    assert_fault(compat_run_here('check', '--junit', tmp_path / 'nowhere' / 'j.xml'), 'j.xml', 'cannot write')


def test_missing_interpreter_is_refused(tmp_path):
    assert_fault(compat_run_here('check', '--python', tmp_path / 'python'), 'does not run')


def test_worker_ended_by_a_signal_is_one_line(tmp_path):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\nkill -FPE $$\n')
    python.chmod(0o755)
    assert_fault(compat_run_here('check', '--python', python), 'SIGFPE')


def test_worker_that_answers_nothing_is_refused(tmp_path):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\nexit 0\n')
    python.chmod(0o755)
    assert_fault(compat_run_here('check', '--python', python), 'not the whole')


def test_power_with_a_baseline_is_refused(tmp_path):
    assert_fault(compat_run_here('check', '--power', '--baseline', tmp_path), '--power')


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
