"""Looks at a counter, of which a release's hooks may make more; on an Estimator's recording that is changed here."""
import copy

import numpy as np
import pytest

from legacy.formats import recordings
from legacy.judge import counterreads, runorder
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'estimator.npz'
LOOK, TRAIN, READY = 5, 9, 1


@pytest.fixture(scope='module')
def baseline():
    return Baseline(recordings.load(str(RECORDED)))


def with_runs(baseline, k, at, count=1):
    """What was recorded, but for so many more runs of kind k, alike, or -1 for one less; from its time `at` on."""
    there = baseline.side
    arrays = dict(there.arrays)
    run = int(np.flatnonzero(there.runs == k)[at])
    for name in ('runs', 'threads', 'raised'):
        arrays[name] = np.delete(arrays[name], run) if count < 0 else np.insert(arrays[name], run, [arrays[name][run]]
                                                                                * count)
    for name in (f'kinds/{k}/feeds', f'kinds/{k}/fetched'):
        rows = arrays[name]
        arrays[name] = np.delete(rows, at, 0) if count < 0 else np.insert(rows, at, [rows[at]] * count, 0)
    return recordings.Recording(copy.deepcopy(there.header), arrays)


def asked(baseline, candidate):
    pairing = Pairing(baseline, candidate)
    return {'runs': runorder.runs(pairing).passed, 'answers': runorder.answers(pairing).passed}


def test_only_what_reads_whole_numbers_and_changes_nothing_looks_at_a_counter(baseline):
    found = [k for k in range(len(baseline.side.kinds)) if counterreads.looks_at_a_counter(baseline.side, k)]
    assert found == [LOOK]


@pytest.mark.parametrize('at', range(5))
def test_further_looks_at_a_counter_are_no_regression_and_are_counted(baseline, at):
    candidate = with_runs(baseline, LOOK, at, 3)
    assert asked(baseline, candidate) == {'runs': True, 'answers': True}
    assert '3 more here only look at a counter (estimator.py:23)' in runorder.runs(Pairing(baseline, candidate)).text


def test_other_numbers_of_a_counter_are_seen_beside_further_looks(baseline):
    candidate = with_runs(baseline, LOOK, 1)
    candidate.arrays[f'kinds/{LOOK}/fetched'][3] += 1
    assert asked(baseline, candidate) == {'runs': True, 'answers': False}


@pytest.mark.parametrize('k, count', [(TRAIN, 1), (READY, 1), (TRAIN, -1), (READY, -1), (LOOK, -1)])
def test_other_runs_and_missing_ones_are_seen(baseline, k, count):
    assert asked(baseline, with_runs(baseline, k, 0, count))['runs'] is False
