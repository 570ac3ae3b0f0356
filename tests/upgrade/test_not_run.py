"""Rows of `upgrade` that cannot be run: each says why, and the others are run."""
import json
import os

import pytest

from legacy.machine import crew, environments
from legacy.upgrade import matrix, rows
from tests.stand_ins import run


def faults(outcome):
    assert outcome.verdict == 'not run' and outcome.summary is None
    return outcome.fault


def test_missing_interpreter_is_not_run_with_a_command_that_may_help(stand_in):
    outcome, = run(stand_in, stand_in.release('1.0.1')._replace(python='3.5'))
    assert 'no CPython 3.5' in faults(outcome)
    assert outcome.mend == 'pyenv install 3.5'


@pytest.mark.parametrize('before, words', [
    ('print("error: it is broken"); sys.exit(2)', 'it is broken'),
    ('os.kill(os.getpid(), 11)', 'SIGSEGV'),
    ('print("\\x00\\x1b]garbage"); sys.exit(0)', 'not whole'),
])
def test_worker_that_fails_is_not_run_and_others_are(before, words, stand_in):
    bad, good = run(stand_in, stand_in.release('2.0.4', before=before), stand_in.release('2.1.4'))
    assert words in faults(bad)
    assert good.verdict == 'identical'
    assert 'running' in bad.log.read_text()


def test_worker_that_takes_too_long_is_ended(stand_in, monkeypatch):
    monkeypatch.setattr(environments, 'LONGEST_RUN', 0.5)
    assert 'took more than 0.5 s' in faults(run(stand_in, stand_in.release('2.0.4', before='time.sleep(60)'))[0])


def test_environment_with_another_tensorflow_is_not_trusted(stand_in):
    release = stand_in.release('2.0.4')._replace(version='2.1.4')
    outcome, = run(stand_in, release)
    assert 'has TensorFlow 2.0.4, not 2.1.4' in faults(outcome)
    assert outcome.mend.startswith('rm -r ')


def test_full_disk_is_not_run_and_nothing_is_kept(stand_in, monkeypatch):
    release = stand_in.release('1.15.5')

    def full(descriptor):
        raise OSError(28, 'No space left on device')
    with monkeypatch.context() as patched:
        patched.setattr(os, 'fsync', full)
        assert 'No space left' in faults(run(stand_in, release)[0])
    assert run(stand_in, release)[0].verdict == 'identical'


def test_platform_without_a_wheel_is_not_run(stand_in):
    outcome, = run(stand_in, stand_in.release('1.15.5')._replace(platforms=('macos-arm64',)))
    assert faults(outcome).startswith(f'TensorFlow 1.15.5 has no wheel for {crew.this_host().platform}')
    assert stand_in.called() == []


def test_folder_of_environments_that_cannot_be_made_is_not_run(stand_in):
    release = stand_in.release('1.15.5')
    (stand_in.folder / 'file').write_text('')
    with crew.crew(jobs=1) as workers:
        run_by = stand_in.matrix(workers)
        run_by.options = run_by.options._replace(environments=stand_in.folder / 'file' / 'environments')
        assert 'Not a directory' in faults(run_by.run([release])[0])


def test_fault_of_this_program_is_in_the_log(stand_in, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError('a bug')
    monkeypatch.setattr(rows, '_evidence', broken)
    outcome, = run(stand_in, stand_in.release('1.15.5'))
    assert faults(outcome) == 'ZeroDivisionError: a bug'
    assert 'Traceback' in outcome.log.read_text()


@pytest.mark.parametrize('error', [ZeroDivisionError('a bug'), ValueError('evidence that nobody thought of')])
def test_row_that_cannot_be_judged_is_not_run_and_the_others_are(error, stand_in, monkeypatch):
    summarise = matrix.rowsummary.summarise

    def broken(folder, references):
        if folder.name.startswith('2.0.4'):
            raise error
        return summarise(folder, references)
    monkeypatch.setattr(matrix.rowsummary, 'summarise', broken)
    bad, good = run(stand_in, stand_in.release('2.0.4'), stand_in.release('2.1.4'))
    assert faults(bad) == f'{type(error).__name__}: {error}' and bad.seconds
    assert 'in broken' in bad.log.read_text()
    assert good.verdict == 'identical'


def test_answer_without_what_it_should_hold_is_that_rows_fault(stand_in, monkeypatch):
    answer = rows.run
    monkeypatch.setattr(rows, 'run', lambda asked, tell: {} if asked['version'] == '2.0.4' else answer(asked, tell))
    bad, good = run(stand_in, stand_in.release('2.0.4'), stand_in.release('2.1.4'))
    assert faults(bad) == "KeyError: 'seconds'"
    assert good.verdict == 'identical'


def test_worker_inherits_no_setting_of_tensorflow(stand_in, monkeypatch):
    for name in ('TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_MAX_CPU_ISA', 'PYTHONPATH', 'XLA_FLAGS'):
        monkeypatch.setenv(name, 'mine')
    seen = stand_in.folder / 'seen'
    run(stand_in, stand_in.release('1.15.5', before=f'open({str(seen)!r}, "w").write(json.dumps(dict(os.environ)))'))
    variables = json.loads(seen.read_text())
    assert 'mine' not in variables.values()
    assert variables['PYTHONNOUSERSITE'] == '1'
