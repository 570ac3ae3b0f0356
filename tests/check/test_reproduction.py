"""The portable run beside a run: what becomes of it, whatever becomes of its process."""
import json

import numpy as np
import pytest

from legacy.check.jobs import Job
from legacy.check.scriptfault import ScriptFault
from legacy.formats import articlerun, contents, recordings, wholerun
from legacy.formats.recordings import Recording
from legacy.machine.interpreters import EnvironmentFault
from tests.article_runs import shortened
from tests.command_line import assert_fault, compat_run_here

STEPS = 6


@pytest.fixture
def short(article_recording):
    return shortened(article_recording, STEPS)


def recorded(short, change=lambda arrays: None, fault=None):
    """A stand-in for `Job.run` that has the recorded run, as long as asked: of the portable one once `change` has
    altered its arrays, or with a fault that it raises."""
    def run(job, out, **recording):
        assert recording['steps_of'] and recording['with_graphs']
        arithmetic = job.asked['arithmetic']
        assert job.asked['arguments'][2:4] == ['--steps', str(STEPS)]
        made = Recording(dict(short.header), {name: np.array(short.arrays[name]) for name in short.arrays})
        if arithmetic != 'float32':
            made.header['arithmetic'] = arithmetic
            if fault:
                raise fault
            change(made.arrays)
        if arithmetic != wholerun.ARITHMETIC:
            made.header.pop('whole')
            made.arrays = {name: array for name, array in made.arrays.items() if not name.startswith('whole/')}
        recordings.save(made, out)
        return recordings.load(out)
    return run


def run(folder, monkeypatch, stand_in, *options):
    """(exit code, the JSON, the summary) of a run of a few steps, with this in place of the processes."""
    monkeypatch.setattr(Job, 'run', stand_in)
    done = compat_run_here('--out', folder, '--steps', STEPS, '--no-figures', '--json', *options)
    assert done.stderr == ''
    return done.returncode, json.loads(done.stdout), (folder / 'summary.txt').read_text()


def test_the_recorded_portable_run_is_a_yes(tmp_path, monkeypatch, short):
    code, found, summary = run(tmp_path / 'out', monkeypatch, recorded(short))
    assert (code, found['reproduced']) == (0, True)
    assert ('reproduced: yes: of the first 6 of 250 steps, in portable arithmetic all 4 costs are those of TensorFlow '
            '1.15.5, bit for bit (') in summary
    whole = found['reproduction']['whole']
    assert whole['arrays_the_same'] == whole['arrays_expected'] > 20


def test_a_doctored_portable_run_is_a_no_that_names_the_first_difference(tmp_path, monkeypatch, short):
    def change(arrays):
        costs, digests = arrays['whole/small/4/0'], arrays['whole/kinds/4/fetched']
        costs[1] = np.nextafter(costs[1], np.float32(0))
        digests[1, 0] = contents.digest(costs[1])
    code, found, summary = run(tmp_path / 'out', monkeypatch, recorded(short, change))
    assert (code, found['reproduced']) == (0, False)
    assert 'reproduced: no: of the first 6 of 250 steps, in portable arithmetic 3 of 4 costs and ' in summary
    assert 'first: Mean_1:0 (article.py:160) is another at its time 1: 885.7' in summary
    assert 'compat_run.py check' in summary


@pytest.mark.parametrize('fault', [EnvironmentFault('no memory'), ScriptFault('no memory', [])],
                         ids=['environment', 'script'])
def test_a_portable_run_that_cannot_be_had_is_told_and_no_failure(fault, tmp_path, monkeypatch, short):
    code, found, summary = run(tmp_path / 'out', monkeypatch, recorded(short, fault=fault))
    assert (code, found['reproduced']) == (0, None)
    assert 'reproduced: not known: no run in portable arithmetic (no memory)\n' in summary
    assert found['reproduction']['band']['passed'] is True
    shown = compat_run_here('show', tmp_path / 'out').stdout
    assert '\n  no whole run in portable arithmetic: no memory\n' in shown


def test_a_portable_recording_that_is_not_whole_is_not_known(tmp_path, monkeypatch, short):
    fault = recordings.archive.RecordingError('half.npz: not whole')
    _, found, summary = run(tmp_path / 'out', monkeypatch, recorded(short, fault=fault))
    assert found['reproduced'] is None and 'reproduced: not known' in summary


def alone(stand_in):
    """The stand-in, which is called once."""
    called = []

    def once(job, out, **recording):
        called.append(job)
        assert len(called) == 1, 'another process was started'
        return stand_in(job, out, **recording)
    return once


@pytest.mark.parametrize('options, words', [
    (['--seed', 2], 'not known: nothing is recorded of seed 2, only of seed 1'),
    (['--op-seeds', 'native'], "not known: nothing is recorded of op seeds native, only of 1.15's"),
    (['--arithmetic', 'float64'], 'not known: nothing is recorded of a whole run in float64, only in portable '
                                  'arithmetic and in float32')])
def test_what_nobody_recorded_is_told_in_one_line_and_starts_no_second_process(options, words, tmp_path, monkeypatch,
                                                                               short):
    _, found, summary = run(tmp_path / 'out', monkeypatch, alone(recorded(short)), *options)
    assert found['reproduced'] is None and f'\nreproduced: {words}\n' in summary and '\nfloat32: ' not in summary


def test_portable_arithmetic_is_compared_itself(tmp_path, monkeypatch, short):
    _, found, summary = run(tmp_path / 'out', monkeypatch, alone(recorded(short)), '--arithmetic', 'portable')
    words = 'yes: of the first 6 of 250 steps, in portable arithmetic all 4 costs are those of TensorFlow 1.15.5'
    assert found['reproduced'] is True and words in summary


def test_one_recording_has_both_runs_and_not_the_windows(tmp_path, monkeypatch, short):
    run(tmp_path / 'out', monkeypatch, recorded(short))
    found = recordings.load(tmp_path / 'out' / 'recording.npz')
    assert len(found.runs) == len(found.arrays['whole/runs']) and 'arithmetic' not in found.header


def test_a_script_that_fails_is_told_and_leaves_no_folder(tmp_path, monkeypatch):
    def fail(job, out, **recording):
        raise ScriptFault('train.py: ValueError: no layers', ['a line', 'ValueError: no layers'])
    monkeypatch.setattr(Job, 'run', fail)
    done = compat_run_here('--out', tmp_path / 'out', '--no-figures')
    assert done.returncode == 1 and done.stderr.splitlines()[-1] == (
        'the script failed: train.py: ValueError: no layers')
    assert list(tmp_path.iterdir()) == []


def test_op_seeds_that_were_not_all_asked_for_are_of_another_graph(tmp_path, monkeypatch, short):
    short.header['seeds'] = {**short.header['seeds'], 'unused': 3}
    monkeypatch.setattr(Job, 'run', recorded(short))
    done = compat_run_here('--out', tmp_path / 'out', '--steps', STEPS, '--op-seeds', articlerun.RECORDING)
    assert_fault(done, 'op seeds of another graph: 3 of them')
    assert list(tmp_path.iterdir()) == []
