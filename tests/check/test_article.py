"""`check` of the article's experiment: verdict, reports, refusals. Faults: test_article_faults.py."""
import json
import sys

import jsonschema
import junitparser
import pytest

from legacy.check import article
from legacy.check.jobs import Job
from legacy.check.scriptfault import ScriptFault
from legacy.formats import recordings
from legacy.reports import checkreport, junit
from tests import processors
from tests.command_line import assert_fault, compat_run_here
from tests.conftest import DATA

SCHEMA = json.loads((DATA / 'check.schema.json').read_text())


@pytest.fixture(scope='module')
def report(article_checked):
    """One whole check of this TensorFlow with --json, under another hash seed than the recording's."""
    done = article_checked[-1]
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def rungs(report):
    """{name: rung}"""
    return {rung['name']: rung for rung in report['rungs']}


def test_this_tensorflow_is_explained_by_rounding_alone(report):
    assert report['verdict'] == 'explained'


def test_the_whole_portable_run_is_the_recorded_one_bit_for_bit(rungs):
    rung = rungs['whole portable run']
    assert (rung['status'], rung['deviation'], rung['tolerance']) == ('passed', 0, 0)
    assert rung['compared'] == rung['expected'] == 949


def test_all_that_was_to_be_compared_was(rungs):
    assert {name for name, rung in rungs.items() if rung['compared'] != rung['expected'] or rung['lacks']} == set()


def test_runs_of_every_kind_that_trains_are_made_again_over_the_whole_training(rungs):
    recorded = recordings.load(article.RECORDING)
    for k, kind in enumerate(recorded.kinds):
        if kind['trains']:
            made = [step['run'] for step in recorded.header['steps'] if step['kind'] == k]
            assert len(made) == min(article.REPLAYS, (recorded.runs == k).sum())
            assert max(made) > 0.8 * len(recorded.runs)


def test_formulas_that_differ_are_sums_of_gradients_over_nothing(report):
    assert report['formulas'] != []
    assert all(formula['of'] and set(formula['there']) | set(formula['here']) == {'Sum'}
               for formula in report['formulas'])


def test_lines_are_those_of_the_port(report):
    lines = article.FILES['article.py'].read_text().splitlines()
    for formula in report['formulas']:
        file, number = formula['line'].split(':')
        assert file == 'article.py' and lines[int(number) - 1].strip()


def test_only_mean_and_rsqrt_alone_differ_and_rsqrt_by_a_few_ulp(report):
    processors.only_where_made(recordings.load(article.RECORDING), 'which kernels round otherwise')
    differing = {kernel['op_type']: kernel['largest'] for kernel in report['kernels'] if kernel['different']}
    assert list(differing) == ['Mean', 'Rsqrt'] and differing['Rsqrt'] <= 2  # a mean of 2500 rows by more


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


# ---- a recording of one's own, and refusals

@pytest.mark.parametrize('strict, code', [('equivalent', 0), ('explained', 0), ('identical', 1)])
def test_exit_code_is_1_where_a_better_verdict_was_asked_for(strict, code, monkeypatch):
    from legacy.commands import check
    made = type('Report', (), {'verdict': 'explained'})()
    monkeypatch.setattr(check, '_report', lambda *args: made)
    monkeypatch.setattr(checkreport, 'as_json', lambda report, strict, code: {'exit_code': code})
    done = compat_run_here('check', '--strict', strict, '--json')
    assert (done.returncode, json.loads(done.stdout)['exit_code']) == (code, code)


def test_a_check_runs_the_experiment_as_long_as_it_was_recorded(fork, article_recorded):
    recorded, file = article_recorded
    assert recorded.returncode == 0, recorded.stderr
    done = fork.command('check', '--baseline', file, '--strict', 'identical')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'other arguments' not in done.stdout + done.stderr


def test_a_check_runs_the_experiment_with_the_recorded_arguments(article_recorded, tmp_path, monkeypatch):
    there, asked = recordings.load(article_recorded[1]), []
    arguments = ['--seed', '3', '--steps', '1']
    header = {**there.header, 'script': {**there.header['script'], 'arguments': arguments}}
    recordings.save(recordings.Recording(header, dict(there.arrays)), tmp_path / 'mine.npz')

    def run(job, out, **recording):
        asked.append(job.asked['arguments'])
        raise ScriptFault('train.py: none is run', [])
    monkeypatch.setattr(Job, 'run', run)
    assert 'other arguments' not in compat_run_here('check', '--baseline', tmp_path / 'mine.npz').stderr
    assert asked and all(given == arguments for given in asked)


def test_missing_baseline_is_refused():
    assert_fault(compat_run_here('check', '--baseline', 'nowhere.npz'), 'nowhere.npz')


def test_damaged_recording_is_refused(tmp_path):
    (tmp_path / 'damaged.npz').write_bytes(article.RECORDING.read_bytes()[:-100])
    assert_fault(compat_run_here('check', '--baseline', tmp_path / 'damaged.npz'), 'damaged.npz')


def test_recording_of_another_script_is_refused_with_its_name():
    file = DATA.parent.parent / 'tests' / 'scripts' / 'recordings' / 'mlp.npz'
    assert_fault(compat_run_here('check', '--baseline', file), 'mlp.py', 'train.py')


def test_junit_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    assert_fault(compat_run_here('check', '--junit', tmp_path / 'nowhere' / 'j.xml'), 'j.xml', 'cannot write')


def test_the_recording_is_never_replaced_by_a_report():
    assert_fault(compat_run_here('check', '--force', '--html', article.RECORDING), 'article.npz')


def test_missing_interpreter_is_refused(tmp_path):
    assert_fault(compat_run_here('check', '--python', tmp_path / 'python'), 'does not run')


@pytest.mark.parametrize('does, words', [('kill -FPE $$', 'SIGFPE'), ('exit 0', 'nothing was recorded')])
def test_worker_that_ends_without_an_answer_is_one_line(does, words, tmp_path):
    python = tmp_path / 'python'
    python.write_text(f'#!/bin/sh\n{does}\n')
    python.chmod(0o755)
    done = compat_run_here('check', '--python', python)
    assert done.returncode in (1, 2) and words in done.stderr and 'Traceback' not in done.stderr


def test_linked_without_a_script_is_refused():
    assert_fault(compat_run_here('check', '--linked', sys.executable), '--linked')
