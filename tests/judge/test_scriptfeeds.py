"""What a script feeds, and what its sources gave, over recordings that are changed here: no TensorFlow."""
import copy

import numpy as np
import pytest

from legacy.formats import contents, scriptrecording
from legacy.judge import scriptfeeds, scriptladder, scriptsources
from legacy.judge.scriptrecorded import Recorded
from tests.conftest import ROOT

RECORDINGS = ROOT / 'tests' / 'scripts' / 'recordings'
KIND = 1


@pytest.fixture(scope='module')
def baseline():
    return Recorded(scriptrecording.load(str(RECORDINGS / 'vae.npz')))


def fed(baseline, change, steps=(0, 1, 2, 3, 4, 5), group='feeds'):
    """A recording in which `change` of an array is what some steps were fed, or got from their first source."""
    there = baseline.recording
    candidate = scriptrecording.ScriptRecording(copy.deepcopy(there.header), dict(there.arrays))
    digests = there.arrays[f'kinds/{KIND}/feeds'].copy()
    for number in steps:
        step = candidate.header['steps'][number]
        name = candidate.kinds[step['kind']][group][0]
        array = np.asarray(change(there.content(step['fed'][name])), there.content(step['fed'][name]).dtype)
        candidate.arrays[f'changed/{number}'] = array
        step['fed'][name] = [f'changed/{number}', *step['fed'][name][1:3], contents.digest(array)]
        if group == 'feeds':
            digests[there.time(step), 0] = step['fed'][name][3]
    candidate.arrays[f'kinds/{KIND}/feeds'] = digests
    return scriptladder.Case(baseline, candidate)


def moved(ulps):
    return lambda array: array * np.float32(1 + ulps * 2.0 ** -23)


def test_feeds_that_round_otherwise_pass_and_are_told_in_ulp(baseline):
    finding = scriptfeeds.finding(fed(baseline, moved(2)))
    assert finding.passed and finding.compared == finding.expected
    assert 'differs by rounding, at 6 times, by ' in finding.text and 'ulp of its norm at most' in finding.text


@pytest.mark.parametrize('change', [moved(2000), lambda array: array + 0.1, np.zeros_like,
                                    lambda array: np.where(array == array.max(), np.nan, array)])
def test_a_feed_that_is_further_off_fails_with_its_run_and_line(baseline, change):
    finding = scriptfeeds.finding(fed(baseline, change, steps=(3,)))
    run = baseline.steps[3]['run']
    assert finding.passed is False and f'of run {run} (vae.py:' in finding.text


def test_a_case_with_feeds_that_round_says_so_in_its_verdict(baseline):
    case = fed(baseline, moved(2))
    report = scriptladder.ladder(baseline, case.candidate)
    assert report.verdict == 'explained' and 'numpy rounds otherwise' in report.sentence


def test_of_a_run_that_is_not_kept_its_measures_tell(baseline):
    name, there = baseline.recording.kinds[KIND]['feeds'][0], baseline.recording
    shape = len(there.arrays[f'kinds/{KIND}/feeds']), 1, contents.MEASURES
    for off, passed in ((1e-7, True), (1e-3, False)):
        case = fed(baseline, moved(2), steps=())
        recorded = Recorded(scriptrecording.ScriptRecording(there.header, {
            **{key: there.arrays[key] for key in there.arrays}, f'measures/{KIND}': np.ones(shape)}))
        recorded.steps = []
        case.candidate.arrays[f'measures/{KIND}'] = np.ones(shape) + off
        case.candidate.arrays[f'kinds/{KIND}/feeds'][2, 0] += 1
        finding = scriptfeeds.finding(scriptladder.Case(recorded, case.candidate))
        assert finding.passed is passed and name in finding.text


def test_without_measures_a_feed_that_is_not_kept_is_not_compared(baseline):
    case = fed(baseline, moved(2), steps=())
    case.candidate.arrays[f'kinds/{KIND}/feeds'][2, 0] += 1
    case.recorded = Recorded(baseline.recording)
    case.recorded.steps = []
    finding = scriptfeeds.finding(case)
    assert finding.compared < finding.expected and finding.lacks[0].reason == 'no measure'


def test_sources_that_are_the_same_pass(baseline):
    finding = scriptsources.finding(fed(baseline, moved(0), steps=()))
    assert finding.passed and finding.compared == finding.expected > 0


def test_a_source_that_gives_something_else_is_named_by_its_line_and_first_run(baseline):
    finding = scriptsources.finding(fed(baseline, lambda array: array + 1, steps=(2, 4), group='sources'))
    run = baseline.steps[2]['run']
    assert finding.passed is False and ' at vae.py:' in finding.text
    assert f'gives something else from run {run} on' in finding.text


def test_a_source_in_another_order_is_told_as_such(baseline):
    finding = scriptsources.finding(fed(baseline, lambda array: array[::-1].copy(), group='sources'))
    assert finding.passed is False and 'the same values in another order' in finding.text


def test_a_source_departs_before_anything_that_follows_from_it(baseline):
    report = scriptladder.ladder(baseline, fed(baseline, lambda array: array + 1, group='sources').candidate)
    assert report.verdict == 'regression' and report.sentence.startswith('First at "sources"')
