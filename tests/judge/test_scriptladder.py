"""A script's questions, asked of recordings that are changed here: no TensorFlow."""
import copy

import numpy as np
import pytest

from legacy.formats import scriptrecording
from legacy.judge import scriptcompared, scriptladder, scriptrecorded, scriptruns
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


@pytest.fixture(scope='module')
def baseline():
    return scriptrecorded.Recorded(scriptrecording.load(str(RECORDED)))


def same(baseline):
    """A recording that a perfect TensorFlow would make, to be changed."""
    there = baseline.recording
    return scriptrecording.ScriptRecording(copy.deepcopy(there.header), dict(there.arrays))


def failed(baseline, candidate):
    return [rung.name for rung in scriptladder.ladder(baseline, candidate).rungs if rung.status in ('failed', 'error')]


def test_the_recording_itself_is_identical(baseline):
    report = scriptladder.ladder(baseline, same(baseline))
    assert report.verdict == 'identical', report.sentence


def moved(candidate, step, arithmetic, group, name, change):
    """Change a tensor of a step made again."""
    noted = candidate.header['steps'][step]['outcomes'][arithmetic][group][name]
    key = f'changed/{len(candidate.arrays)}'
    candidate.arrays[key] = change(candidate.arrays[noted[0]].copy())
    noted[0], noted[3] = key, noted[3] + 1


def weight_of(baseline):
    return next(name for name, noted in baseline.steps[0]['outcomes']['float32']['after'].items()
                if noted[1] == '<f4' and len(noted[2]) == 2 and 'RMSProp' not in name)


def test_what_portable_arithmetic_does_not_pin_is_said(baseline):
    candidate, name = same(baseline), weight_of(baseline)
    for outcome in ('run', 'float32', 'again'):
        moved(candidate, 0, outcome, 'after', name, lambda values: np.nextafter(values, np.float32(9)))
    candidate.header['unknown']['portable'] = ['AddV2']
    report = scriptladder.ladder(baseline, candidate)
    assert report.verdict == 'explained' and 'But for AddV2, which portable' in report.sentence


@pytest.mark.parametrize('arithmetic, rung', [('float32', 'first runs'), ('float64', 'float64 runs')])
def test_a_weight_that_is_off_by_one_in_ten_thousand_fails(baseline, arithmetic, rung):
    candidate, name = same(baseline), weight_of(baseline)
    moved(candidate, 0, arithmetic, 'after', name, lambda values: values * np.float32(1.0001))
    assert rung in failed(baseline, candidate)


def test_one_unit_in_the_last_place_passes_in_float32(baseline):
    candidate, name = same(baseline), weight_of(baseline)
    for outcome in ('float32', 'again'):
        moved(candidate, 0, outcome, 'after', name, lambda values: np.nextafter(values, np.float32(9)))
    assert failed(baseline, candidate) == []


def test_a_single_bit_in_portable_arithmetic_is_no_longer_explained(baseline):
    candidate = same(baseline)
    moved(candidate, 0, 'portable', 'after', weight_of(baseline), lambda values: np.nextafter(values, np.float32(9)))
    for outcome in ('float32', 'again', 'run'):
        moved(candidate, 0, outcome, 'after', weight_of(baseline), lambda values: np.nextafter(values, np.float32(9)))
    assert scriptladder.ladder(baseline, candidate).verdict == 'equivalent'


def test_what_differs_when_made_twice_is_not_repeatable(baseline):
    candidate = same(baseline)
    moved(candidate, 1, 'again', 'after', weight_of(baseline), lambda values: np.nextafter(values, np.float32(9)))
    assert failed(baseline, candidate) == ['repeatable']


def test_a_step_that_is_missing_fails(baseline):
    candidate = same(baseline)
    del candidate.header['steps'][-1]
    assert 'every recorded run' in failed(baseline, candidate)


def test_a_tensor_that_is_missing_fails(baseline):
    candidate = same(baseline)
    candidate.header['steps'][0]['outcomes']['float32']['after'].pop(weight_of(baseline))
    assert 'first runs' in failed(baseline, candidate)


def test_nan_where_a_number_was_recorded_fails(baseline):
    candidate = same(baseline)
    moved(candidate, 0, 'float32', 'after', weight_of(baseline), lambda values: values * np.nan)
    assert 'first runs' in failed(baseline, candidate)


def test_portable_arithmetic_that_cannot_be_had_is_undecided_and_never_explained(baseline):
    candidate = same(baseline)
    candidate.arrays['kinds/1/fetched'] = candidate.arrays['kinds/1/fetched'] + 1  # not identical
    candidate.header['faults']['portable'] = 'InvalidArgumentError: no kernel'
    for step in candidate.header['steps']:
        step['outcomes']['portable'] = None
    report = scriptladder.ladder(baseline, candidate)
    rung = next(rung for rung in report.rungs if rung.name == 'portable runs')
    assert (rung.status, report.verdict) == ('undecided', 'equivalent') and 'no kernel' in rung.finding.text


def test_a_feed_that_is_another_fails_with_its_run(baseline):
    candidate = same(baseline)
    feeds = candidate.arrays['kinds/1/feeds'].copy()
    feeds[3, 0] += 1
    candidate.arrays['kinds/1/feeds'] = feeds
    finding = scriptruns.feeds(baseline, candidate)
    run = np.flatnonzero(candidate.runs == 1)[3]
    assert finding.passed is False and f'run {run} ' in finding.text


def test_a_feed_that_noise_moves_is_left_out_and_counted(baseline):
    recorded, candidate = copy.copy(baseline), same(baseline)
    name = baseline.recording.kinds[1]['feeds'][0]
    recorded.recording = scriptrecording.ScriptRecording(
        {**baseline.recording.header, 'varying': [f'feed {name} of kind 1']}, baseline.recording.arrays)
    candidate.arrays['kinds/1/feeds'] = candidate.arrays['kinds/1/feeds'] + 1
    finding = scriptruns.feeds(recorded, candidate)
    assert finding.passed and '1 feeds follow from results' in finding.text


def test_a_run_less_fails_and_says_where(baseline):
    candidate = same(baseline)
    candidate.arrays['runs'] = candidate.arrays['runs'][:-1]
    finding = scriptruns.runs(baseline, candidate)
    assert finding.passed is False and 'vae.py:23' in finding.text and 'missing' in finding.text


def test_a_seed_that_was_not_asked_for_fails(baseline):
    candidate = same(baseline)
    candidate.header['seeds']['unused'] = 1
    assert failed(baseline, candidate) == ['op seeds']


def test_a_loss_outside_the_band_fails(baseline):
    candidate = same(baseline)
    (key, values), = [(name, array) for name, array in candidate.arrays.items() if name.startswith('small/')]
    candidate.arrays[key] = values * np.float32(1.0001)
    assert failed(baseline, candidate) == ['free run']


def test_a_series_that_only_counts_is_not_judged():
    values = np.array([0.5, 0.75, 0.75], 'f4')
    assert scriptruns._spread(values, [values, np.array([0.5, 0.75, 1.0], 'f4')], {}) is None


def test_what_was_not_observed_is_in_the_sentence(baseline):
    candidate = same(baseline)
    candidate.header['unseen'] = [{'what': 'partial-runs', 'place': '', 'count': 3, 'detail': ''}]
    assert '3 partial runs' in scriptladder.ladder(baseline, candidate).sentence


def test_two_recordings_compared_name_the_variable_that_starts_otherwise(baseline):
    candidate = same(baseline)
    noted = candidate.header['initial'][0]['noted']
    noted[3] += 1
    findings, identical = scriptcompared.compare(baseline, candidate)
    by_name = {finding.question: finding for finding in findings}
    assert identical and by_name['initial values'].passed is False
    assert candidate.header['initial'][0]['name'] in by_name['initial values'].text


@pytest.mark.parametrize('floor, passes', [(1e-9, False), (1e-3, True)])
def test_a_band_is_no_narrower_than_the_noise_floor_of_a_run_that_was_made_again(floor, passes):
    recorded = scriptrecorded.Recorded(scriptrecording.ScriptRecording(
        copy.deepcopy(scriptrecording.load(str(RECORDED)).header), dict(scriptrecording.load(str(RECORDED)).arrays)))
    (k, j), values = sorted(recorded.recording.series().items())[0]
    for step in recorded.steps:
        step['floor']['fetched'][recorded.recording.kinds[k]['fetches'][j]] = floor
    candidate = same(recorded)
    candidate.arrays[f'small/{k}/{j}'] = values + np.float32(4e-3)
    assert scriptruns.free_run(recorded, candidate).passed is passes
