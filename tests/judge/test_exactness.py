"""Each op alone against its exact result, and what follows where the recorded one was off. No TensorFlow."""
import copy

import numpy as np
import pytest

from legacy.formats import contents, recordings, stored
from legacy.formats.arraynotes import AnswerNote, ArrayNote, ExactNote
from legacy.judge import exactness, keptsteps, ladder
from legacy.judge.astray import Astray
from legacy.judge.baseline import Baseline
from legacy.judge.floors import Floor
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.side import Side
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
STEP = 0


@pytest.fixture(scope='module')
def baseline():
    return Baseline(recordings.load(str(RECORDED)))


def copied(recording):
    return recordings.Recording(copy.deepcopy(recording.header), dict(recording.arrays))


def put(recording, name, array):
    """A noted array that is now in the recording."""
    recording.arrays[name] = array
    return ArrayNote(name, array.dtype.str, array.shape, contents.digest(array))


def judged(baseline, op_type, there=0.0, here=0.0):
    """(Baseline, candidate) of which the first op of this type was, and is, so many times off what rounding allows."""
    recorded, candidate = copied(baseline.side), copied(baseline.side)
    candidate.header['exact'] = {str(STEP): []}
    first = True
    for name, noted in baseline.side.answers(STEP).items():
        if noted.dtype != '<f4' or noted.size > contents.SAMPLE:
            continue
        exact = baseline.side.content(noted)
        allowed = np.abs(exact) * np.float32(1e-6) + np.float32(1e-12)
        known = candidate.header['exact'][str(STEP)]
        known.append(ExactNote(name, 'portable', put(candidate, f'exact/{len(known)}', exact),
                               put(candidate, f'allowed/{len(known)}', allowed)))
        if first and baseline.side.node(0, name).op_type == op_type:
            first = False
            for side, times in ((recorded, there), (candidate, here)):
                found = (exact + np.float32(times) * allowed).astype('f4')
                answers = side.header['kernels'][str(STEP)]
                k = [other for other, _ in answers].index(name)
                answers[k] = AnswerNote(name, put(side, 'answer/off', found))
    assert not first
    return Baseline(recorded), candidate


def asked(recorded, candidate):
    report = ladder.ladder(recorded, candidate)
    return report, next(rung for rung in report.rungs if rung.name == 'kernels')


def test_an_op_within_what_rounding_allows_passes_on_both_sides(baseline):
    _, rung = asked(*judged(baseline, 'MatMul', 0.9, -0.9))
    assert rung.status == 'passed'


def test_an_op_that_is_further_off_here_is_a_regression_that_names_it_and_its_line(baseline):
    report, rung = asked(*judged(baseline, 'MatMul', 0.5, 1000))
    assert rung.status == 'failed' and report.verdict == 'regression'
    assert 'MatMul at vae.py:' in rung.finding.text and '0.1 % off the exact value here' in rung.finding.text


def test_an_op_that_only_the_recorded_side_had_off_is_no_regression_and_said(baseline):
    report, rung = asked(*judged(baseline, 'MatMul', 4000, 0))
    assert rung.status == 'nearer' and report.verdict != 'regression'
    assert "1.15.5's MatMul at vae.py:" in rung.finding.text
    assert 'was 0.4 % off the exact value; here it is exact' in rung.finding.text
    (near,) = report.recorded_off
    assert near.there.relative == pytest.approx(4e-3, rel=1e-2) and near.here.relative == 0


def test_an_op_that_is_as_far_off_on_both_sides_is_nobodys_regression(baseline):
    _, rung = asked(*judged(baseline, 'MatMul', 4000, 4000))
    assert rung.status == 'passed'


def test_nothing_where_a_number_was_is_off(baseline):
    recorded, candidate = judged(baseline, 'Softplus', -1e6, 0)  # -1e6 times 1e-6: zero
    near = [item for item in exactness.ops_alone(Pairing(recorded, candidate)) if item.was_off]
    assert near[0].there.relative == pytest.approx(1, rel=1e-3)


def off_runs(recorded, candidate, name, there, here):
    """Move a variable after the first step in float32, relative to its update: in the recording, and here."""
    for side, share in ((recorded.side, there), (candidate, here)):
        step = side.header['steps'][STEP]
        for arithmetic in ('float32', 'again', 'run', 'own'):
            outcome = step['outcomes'][arithmetic]
            if outcome is None:
                continue
            before, after = (side.content(noted) for noted in (step['before'][name], outcome['after'][name]))
            array = (after + np.float32(share) * (after - before)).astype('f4')
            outcome['after'][name] = put(side, f'moved/{arithmetic}', array)


@pytest.mark.parametrize('there, here, status', [(0.02, 0.0, 'nearer'), (0.0, 0.02, 'failed'), (0.02, -0.02, 'failed')])
def test_what_depends_on_an_op_that_was_off_is_judged_by_the_exact_run(baseline, there, here, status):
    recorded, candidate = judged(baseline, 'MatMul', 4000, 0)
    name = 'decoder/w'
    off_runs(recorded, candidate, name, there, here)
    report = ladder.ladder(recorded, candidate)
    found = {rung.name: rung.status for rung in report.rungs}
    assert found['first runs'] == status, report.sentence


@pytest.mark.parametrize('here, status', [(0.0, 'nearer'), (0.02, 'failed')])
def test_a_number_where_the_recorded_release_came_to_none_is_judged_by_the_exact_run(baseline, here, status):
    recorded, candidate = judged(baseline, 'MatMul', 4000, 0)
    name = 'decoder/w'
    off_runs(recorded, candidate, name, np.nan, here)
    recorded.side.header['steps'][STEP]['floors']['float32']['after'][name] = 0.0
    report = ladder.ladder(recorded, candidate)
    assert {rung.name: rung.status for rung in report.rungs}['first runs'] == status, report.sentence


def test_no_number_in_the_exact_run_either_excuses_nothing(baseline):
    recorded, candidate = judged(baseline, 'MatMul', 4000, 0)
    off_runs(recorded, candidate, 'decoder/w', np.nan, 0.0)
    step = recorded.side.header['steps'][STEP]
    step['floors']['float32']['after']['decoder/w'] = 0.0
    exact = recorded.side.content(step['outcomes']['float64']['after']['decoder/w'])
    step['outcomes']['float64']['after']['decoder/w'] = put(recorded.side, 'moved/exact', exact * np.nan)
    report = ladder.ladder(recorded, candidate)
    assert {rung.name: rung.status for rung in report.rungs}['first runs'] == 'failed'


def test_what_does_not_depend_on_it_is_not_excused(baseline):
    recorded, candidate = judged(baseline, 'MatMul', 4000, 0)
    astray = Astray(recorded.side, exactness.ops_alone(Pairing(recorded, candidate)))
    (graph, op), = astray.ops
    assert astray.touches(graph, op + ':0')
    nodes = recorded.side.tables[graph].nodes
    behind = [node.name for node in nodes if node.name == recorded.side.node(graph, op).inputs[0]]
    untouched = [node for node in nodes if not astray.touches(graph, node.name)]
    assert untouched and not any(astray.touches(graph, node.name) for node in untouched)
    assert behind and {node.op_type for node in untouched} >= {'Placeholder'}


def digests(recording, names):
    """Other digests of what some tensors of the step are in portable arithmetic."""
    tensors = recording.header['tensors']
    tensors[str(STEP)] = [tensor._replace(digest=tensor.digest + 1) if tensor.name in names else tensor
                          for tensor in tensors[str(STEP)]]


def test_an_op_that_is_left_as_it_is_was_given_the_same_where_only_its_own_result_differs(baseline):
    name = next(name for name in baseline.side.answers(STEP)
                if baseline.side.node(0, name).op_type == 'MatMul')
    candidate = copied(baseline.side)
    digests(candidate, [name])
    recorded = Baseline(copied(baseline.side))
    same = exactness.same_inputs(Pairing(recorded, candidate), STEP)
    behind = [node.name + ':0' for node in recorded.side.tables[0].nodes if name.partition(':')[0] in node.inputs]
    assert name in same and len(same) == len(exactness.same_inputs(Pairing(recorded, recorded.side), STEP))
    digests(candidate, behind)
    assert name in exactness.same_inputs(Pairing(recorded, candidate), STEP)
    assert not set(behind) & exactness.same_inputs(Pairing(recorded, candidate), STEP)


def test_what_is_exact_here_is_not_said_to_be_as_far_off_as_the_recorded_value(baseline):
    recorded, candidate = judged(baseline, 'MatMul', 4000, 0)
    off_runs(recorded, candidate, 'decoder/w', 1e-4, 0.0)
    report = ladder.ladder(recorded, candidate)
    rung = next(rung for rung in report.rungs if rung.name == 'first runs')
    assert rung.status == 'nearer' and rung.finding.deviation < 2


@pytest.mark.parametrize('value, is_allowed', [(float('nan'), False), (0.5, True)])
def test_an_update_that_noise_does_not_move_may_be_rounded_where_it_is_a_number(value, is_allowed):
    there = recordings.load(str(RECORDED))
    arrays = stored.joined(there.arrays, {'value': np.full(3, value, '<f4')})
    side = Side(recordings.Recording(there.header, arrays))
    note = ArrayNote('value', '<f4', (3,), 0)
    pair = next(pair for pair in (Pair(side.steps[0], 'after', name, note, None)
                                  for name in side.steps[0].outcomes['float32']['after'])
                if keptsteps._is_updated(side, pair))
    allowed = keptsteps._units(side, pair, Floor(0.0, 0.0))
    assert (allowed[0] > 0) == is_allowed and len(allowed) == 2


@pytest.mark.parametrize('here, status', [(0.01, 'nearer'), (0.4, 'passed')])
def test_what_the_recorded_side_had_off_by_more_than_luck_and_this_one_is_much_nearer_is_said(baseline, here, status):
    _, rung = asked(*judged(baseline, 'MatMul', 0.9, here))
    assert rung.status == status


def with_whole_numbers(recorded, candidate, there, here, exact):
    """A fetch of the step that is a whole number, behind the op that was off: what it was, is, and is exactly."""
    name = next(name for name in recorded.side.steps[STEP].outcomes['float32']['fetched']
                if Astray(recorded.side, exactness.ops_alone(Pairing(recorded, candidate))).touches(0, name))
    for side, number in ((recorded.side, there), (candidate, here)):
        outcomes = side.header['steps'][STEP]['outcomes']
        for arithmetic, value in (('float32', number), ('again', number), ('run', number), ('portable', exact),
                                  ('float64', exact)):
            outcomes[arithmetic]['fetched'][name] = put(side, f'whole/{arithmetic}', np.array(value, np.uint8))
        outcomes['own'] = outcomes['float32']
    return Baseline(recorded.side), candidate


@pytest.mark.parametrize('here, status', [(131, 'nearer'), (130, 'failed')])
def test_a_whole_number_behind_an_op_that_was_off_may_be_the_exact_one_and_no_other(baseline, here, status):
    recorded, candidate = with_whole_numbers(*judged(baseline, 'MatMul', 4000, 0), 0, here, 131)
    report = ladder.ladder(recorded, candidate)
    assert {rung.name: rung.status for rung in report.rungs}['first runs'] == status, report.sentence


def test_a_whole_number_behind_an_op_that_nobody_had_off_is_the_recorded_one(baseline):
    recorded, candidate = with_whole_numbers(*judged(baseline, 'MatMul', 4000, 0), 0, 131, 131)
    candidate.header['exact'] = {}
    assert 'first runs' in [rung.name for rung in ladder.ladder(recorded, candidate).rungs if rung.status == 'failed']
