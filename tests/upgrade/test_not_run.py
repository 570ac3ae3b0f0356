"""Rows of `upgrade` that cannot be run: each says why, and the others are run."""
import json
import os

import pytest

from legacy.machine import crew
from legacy.upgrade import rows, summary
from tests.stand_ins import run


def run_rows(stand_in, *releases, **options):
    return run(stand_in, *releases, **options).outcomes


def faults(outcome):
    assert outcome.verdict == 'not run' and outcome.summary is None
    return outcome.fault


def test_missing_interpreter_is_not_run_with_a_command_that_may_help(stand_in):
    outcome, = run_rows(stand_in, stand_in.release('1.0.1')._replace(python='3.5'))
    assert 'no CPython 3.5' in faults(outcome)
    assert outcome.mend == 'pyenv install 3.5'


def refused(said):
    return f'ends.note(ending.REFUSED, {said!r}); sys.exit(2)'


def misses(module):
    said = f'ModuleNotFoundError: No module named {module!r}'
    return f'ends.note(ending.SCRIPT, {said!r}, missing={module!r}); sys.exit(1)'


@pytest.mark.parametrize('before, words', [
    (refused('tf.contrib.learn cannot be had on TensorFlow 2.3.4'), 'tf.contrib.learn cannot be had'),
    (misses('pandas'), 'pandas'), ('time.sleep(60)', 'took more than 1 s'),
    ('ends.note(ending.OURS, "TypeError: x"); sys.exit(2)', 'fault of this program')])
def test_row_that_cannot_have_what_the_script_needs_is_not_run_and_others_are(before, words, stand_in):
    found = run(stand_in, stand_in.release('2.0.4', before=before), stand_in.release('2.1.4'),
                subject=stand_in.subject(timeout=1))
    bad, good = found.outcomes
    assert words in faults(bad) and found.code == 2
    assert good.verdict == 'identical'
    assert 'running' in bad.log.read_text()


def test_package_that_is_missing_is_named_as_the_option_that_brings_it(stand_in):
    outcome, = run_rows(stand_in, stand_in.release('2.3.4', before=misses('scipy.stats')))
    assert outcome.fault.endswith("(No module named 'scipy.stats'); --with scipy") and outcome.mend == '--with scipy'


def test_folder_that_is_too_large_is_said_in_a_line(stand_in):
    (stand_in.work / 'data').write_bytes(bytes(2 << 20))
    outcome, = run_rows(stand_in, stand_in.release('2.3.4'), subject=stand_in.subject(files=1))
    assert 'more than 1 MB' in faults(outcome) and 'Error' not in outcome.fault


def test_folder_that_is_not_on_the_host_is_said(stand_in):
    asked = stand_in.subject()
    assert asked.key()  # of the files that are there
    asked.job = asked.job._replace(folder=str(stand_in.folder / 'elsewhere'))
    assert 'is not on this host' in faults(run_rows(stand_in, stand_in.release('2.4.4'), subject=asked)[0])


def test_environment_with_another_tensorflow_is_not_trusted(stand_in):
    release = stand_in.release('2.0.4')._replace(version='2.1.4')
    outcome, = run_rows(stand_in, release)
    assert 'has TensorFlow 2.0.4, not 2.1.4' in faults(outcome)
    assert outcome.mend.startswith('rm -r ')


def test_full_disk_is_not_run_and_nothing_is_kept(stand_in, monkeypatch):
    release = stand_in.release('1.15.5')

    def full(descriptor):
        raise OSError(28, 'No space left on device')
    with monkeypatch.context() as patched:
        patched.setattr(os, 'fsync', full)
        assert 'No space left' in faults(run_rows(stand_in, release)[0])
    assert run_rows(stand_in, release)[0].verdict == 'identical'


def test_platform_without_a_wheel_is_not_run(stand_in):
    outcome, = run_rows(stand_in, stand_in.release('1.15.5')._replace(platforms=('macos-arm64',)))
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
    monkeypatch.setattr(rows, '_files', broken)
    outcome, = run_rows(stand_in, stand_in.release('1.15.5'))
    assert faults(outcome) == 'ZeroDivisionError: a bug'
    assert 'Traceback' in outcome.log.read_text()


@pytest.mark.parametrize('error', [ZeroDivisionError('a bug'), ValueError('a file that nobody thought of')])
def test_row_that_cannot_be_judged_is_not_run_and_the_others_are(error, stand_in, monkeypatch):
    summarise = summary.Measure.summarise

    def broken(self, folder):
        if folder.name.startswith('2.0.4'):
            raise error
        return summarise(self, folder)
    monkeypatch.setattr(summary.Measure, 'summarise', broken)
    bad, good = run_rows(stand_in, stand_in.release('2.0.4'), stand_in.release('2.1.4'))
    assert faults(bad) == f'{type(error).__name__}: {error}' and bad.seconds
    assert 'in broken' in bad.log.read_text()
    assert good.verdict == 'identical'


def test_answer_without_what_it_should_hold_is_that_rows_fault(stand_in, monkeypatch):
    answer = rows.run
    monkeypatch.setattr(rows, 'run', lambda asked, tell: {} if asked.version == '2.0.4' else answer(asked, tell))
    bad, good = run_rows(stand_in, stand_in.release('2.0.4'), stand_in.release('2.1.4'))
    assert faults(bad) == "KeyError: 'seconds'"
    assert good.verdict == 'identical'


def test_row_inherits_no_setting_of_tensorflow(stand_in, monkeypatch):
    for name in ('TF_ENABLE_ONEDNN_OPTS', 'ONEDNN_MAX_CPU_ISA', 'XLA_FLAGS'):
        monkeypatch.setenv(name, 'mine')
    seen = stand_in.folder / 'seen'
    before = f'open({str(seen)!r}, "w").write(json.dumps(dict(os.environ)))'
    run_rows(stand_in, stand_in.release('1.15.5', before=before))
    assert 'mine' not in json.loads(seen.read_text()).values()
