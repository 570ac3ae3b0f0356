"""How often, and how, a script is run to be recorded; the runs themselves are stand-ins."""
import copy
import re

import numpy as np
import pytest

from legacy.check import jobs, variation, wholeruns
from legacy.formats import contents, recordings
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


@pytest.fixture
def record(monkeypatch, tmp_path):
    """record(noisy, change) is (the Recording, [(hash seed, seed of the noise)] of its runs, [what was told]).
    change: function (seed of the noise, Recording) of what a run gives; it may raise."""
    asked, told = [], []

    def record(noisy, change=lambda nudge, run: None):
        def run(job, out, **recording):
            asked.append((job.hash_seed, recording.get('nudge')))
            found = recordings.load(str(RECORDED))
            arrays = {name: found.arrays[name] for name in found.arrays if not name.startswith('noisy/')}
            found = recordings.Recording({**copy.deepcopy(found.header), 'noisy': 0}, arrays)
            change(recording.get('nudge'), found)
            recordings.save(found, str(out))
            return recordings.load(str(out))
        monkeypatch.setattr(jobs.Job, 'run', run)
        job = jobs.Job('python', {'script': 'vae.py', 'arguments': [], 'as_module': False})
        return jobs.record(job, tmp_path / 'out.npz', tmp_path, noisy=noisy, tell=told.append), asked, told
    monkeypatch.setattr(wholeruns.Forked, 'can_be', classmethod(lambda cls: False))
    return record


def not_a_number(of):
    """A change: the first loss of the run with this noise is NaN."""
    def change(nudge, run):
        if nudge == of:
            name = next(name for name in sorted(run.arrays) if name.startswith('small/') and run.arrays[name].ndim == 1)
            run.arrays[name] = np.full_like(run.arrays[name], np.nan)
            _, k, j = name.split('/')
            run.arrays[f'kinds/{k}/fetched'] = digests = run.arrays[f'kinds/{k}/fetched'].copy()
            digests[:, int(j)] = contents.digest(run.arrays[name][0])
    return change


def test_no_two_runs_have_the_same_hash_seed(record):
    _, asked, _ = record(3)
    assert len({seed for seed, _ in asked}) == len(asked) == 5
    assert sorted(asked, key=lambda item: item[0])[2:] == [(2, 0), (3, 1), (4, 2)]


def test_a_run_with_noise_that_raises_is_left_out_and_counted(record):
    def raises(nudge, run):
        if nudge == 1:
            raise jobs.ScriptFault('vae.py: NanLossDuringTrainingError', [])
    found, _, _ = record(3, raises)
    facts = [(fact['what'], fact['count']) for fact in found.header['unseen']]
    assert ('noisy-run-raised', 1) in facts and found.header['noisy'] == 2


def test_a_run_with_noise_that_is_not_finite_where_the_first_is_is_left_out_and_counted(record):
    found, _, _ = record(3, not_a_number(0))
    facts = [(fact['what'], fact['count']) for fact in found.header['unseen']]
    assert ('noisy-run-not-finite', 1) in facts and found.header['noisy'] == 2
    assert all(np.isfinite(series).all() for run in found.noisy() for series in run.values())


def test_a_script_that_fails_the_first_time_is_not_recorded(record):
    def raises(nudge, run):
        raise jobs.ScriptFault('vae.py: ValueError', [])
    with pytest.raises(jobs.ScriptFault, match='ValueError'):
        record(3, raises)


def test_what_goes_on_is_told_with_what_is_left(record):
    _, _, told = record(3)
    took = [line for line in told if ' took ' in line]
    assert {line[:11] for line in told[:2]} <= {'run 1 of 5:', 'run 2 of 5:', 'run 1 of 5 '} and len(took) == 5
    assert re.match(r'run \d of 5 took \d+ s; about \d+:\d\d to go$', took[0]) and 'to go' not in took[-1]


def test_a_second_run_that_has_not_chosen_the_steps_of_the_first_is_made_once_more(record, monkeypatch):
    assert len(record(2)[1]) == 4
    monkeypatch.setattr(jobs.variation, 'numbered', lambda first, again: None)
    assert len(record(2)[1]) == 9


def test_a_second_run_has_the_steps_of_the_first_alone_under_their_numbers():
    first, again = (recordings.load(str(RECORDED)) for _ in range(2))
    steps = first.header['steps']
    again.header['steps'] = [{**step, 'step': 100 + step['step']} for step in steps]
    first.header['steps'] = steps[1:]
    assert [step['step'] for step in variation.numbered(first, again).header['steps']] == [
        step['step'] for step in steps[1:]]
    again.header['steps'].pop()
    assert variation.numbered(first, again) is None
