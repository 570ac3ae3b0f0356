"""The portable run beside a run: what becomes of it, whatever becomes of its process."""
import json

import numpy as np
import pytest

from legacy.check.reproducing import PORTABLE, Reproducing
from legacy.formats import recording
from legacy.judge.reproduction import cut
from legacy.machine import environments
from tests.command_line import compat_run_here
from tests.conftest import DATA

STEPS = 6


def written_by_the_worker(change=lambda arrays: None):
    """A stand-in for `run_worker` that writes the recorded portable run, as long as asked, once `change` has altered
    its arrays."""
    def run_worker(python, request, onednn=False):
        assert request['arithmetic'] == 'portable'
        shorter = cut(recording.load(DATA / 'baseline-portable.npz'), request['steps'])
        arrays = {name: np.array(array) for name, array in shorter.arrays.items()}
        change(arrays)
        recording.save(recording.Recording(shorter.header, arrays), request['out'])
    return run_worker


def run(folder, monkeypatch, run_worker, *options):
    """(exit code, the JSON, the summary) of a run of a few steps, with this in place of the worker."""
    monkeypatch.setattr(environments, 'run_worker', run_worker)
    done = compat_run_here('--out', folder, '--steps', STEPS, '--no-figures', '--json', *options)
    assert done.stderr == ''
    return done.returncode, json.loads(done.stdout), (folder / 'summary.txt').read_text()


def test_the_recorded_portable_run_is_a_yes(tmp_path, monkeypatch):
    code, found, summary = run(tmp_path / 'out', monkeypatch, written_by_the_worker())
    assert (code, found['reproduced']) == (0, True)
    assert ('reproduced: yes: of the first 6 of 250 steps, in portable arithmetic all 4 costs are those of TensorFlow '
            '1.15.5, bit for bit (201 of 201 arrays)\n') in summary


def test_a_doctored_portable_run_is_a_no_that_names_the_first_difference(tmp_path, monkeypatch):
    def change(arrays):
        arrays['series/cost_norm'][1] = np.nextafter(arrays['series/cost_norm'][1], np.float32(0))
    code, found, summary = run(tmp_path / 'out', monkeypatch, written_by_the_worker(change))
    assert (code, found['reproduced']) == (0, False)
    assert 'reproduced: no: of the first 6 of 250 steps, in portable arithmetic 3 of 4 costs and 200 of 201' in summary
    assert 'first after step 5: series/cost_norm is 885.774' in summary and 'compat_run.py check' in summary


def test_a_portable_run_that_cannot_be_had_is_told_and_no_failure(tmp_path, monkeypatch):
    def fail(*_):
        raise environments.EnvironmentFault('the worker failed: no memory')
    code, found, summary = run(tmp_path / 'out', monkeypatch, fail)
    assert (code, found['reproduced']) == (0, None)
    assert 'reproduced: not known: no run in portable arithmetic (the worker failed: no memory)\n' in summary
    assert found['reproduction']['band']['passed'] is True


def test_a_portable_recording_that_is_not_whole_is_not_known(tmp_path, monkeypatch):
    def write_half(_, request, onednn):
        with open(request['out'], 'wb') as file:
            file.write((DATA / 'baseline-portable.npz').read_bytes()[:5000])
    _, found, summary = run(tmp_path / 'out', monkeypatch, write_half)
    assert found['reproduced'] is None and 'reproduced: not known' in summary


def refuse(*_):
    raise AssertionError('a worker was started')


@pytest.mark.parametrize('options, words', [
    (['--seed', 2], 'not known: nothing is recorded of seed 2, only of seed 1'),
    (['--op-seeds', 'native'], "not known: nothing is recorded of op seeds native, only of 1.15's")])
def test_what_nobody_recorded_is_told_in_one_line_and_starts_no_worker(options, words, tmp_path, monkeypatch):
    _, found, summary = run(tmp_path / 'out', monkeypatch, refuse, *options)
    assert found['reproduced'] is None and f'\nreproduced: {words}\n' in summary and '\nfloat32: ' not in summary


@pytest.mark.parametrize('arithmetic, words', [
    ('portable', 'yes: of the first 6 of 250 steps, in portable arithmetic all 4 costs are those of TensorFlow 1.15.5'),
    ('float64', 'yes: of the first 6 of 250 steps, in float64 all 2 costs with batch normalisation are those of')])
def test_other_arithmetics_are_compared_themselves(arithmetic, words, tmp_path, monkeypatch):
    _, found, summary = run(tmp_path / 'out', monkeypatch, refuse, '--arithmetic', arithmetic)
    assert found['reproduced'] is True and words in summary


def test_a_worker_is_ended_with_the_run(tmp_path):
    class Stopped(Exception):
        pass
    running = Reproducing({'seed': 1, 'steps': 250, 'op_seeds': '1.15', 'arithmetic': 'float32', 'command': ''})
    with pytest.raises(Stopped), running.beside(tmp_path):
        raise Stopped
    assert not (tmp_path / PORTABLE).exists()
