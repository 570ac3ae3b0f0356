"""A script's questions, asked of recordings that are changed here: no TensorFlow."""
import copy

import numpy as np
import pytest

from legacy.formats import causes, contents, graphtable, recordings, stored
from legacy.judge import fedarrays, ladder, notcompared, runorder, seriesbands, tworecordings
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


@pytest.fixture(scope='module')
def baseline():
    return Baseline(recordings.load(str(RECORDED)))


def same(baseline):
    """A recording that a perfect TensorFlow would make, to be changed."""
    there = baseline.side
    return recordings.Recording(copy.deepcopy(there.header), dict(there.arrays))


def varying(baseline, what, kind, graph, name, since):
    """The Baseline, as if another run of the script had something otherwise from a time on. what: one or several."""
    there, whats = baseline.side, [what] if isinstance(what, str) else what
    items = [{'what': what, 'kind': kind, 'graph': graph, 'name': name, 'since': since, 'by': 'noise'}
             for what in whats]
    return Baseline(recordings.Recording({**there.header, 'varying': items}, there.arrays))


def without_noise(baseline):
    """The Baseline, as if it had been recorded without whole runs with noise."""
    there = baseline.side
    steps = [{**step, 'runs_with_noise': 0} for step in there.header['steps']]
    arrays = stored.Arrays({name: array for name, array in there.arrays.held.items() if not name.startswith('noisy/')})
    return Baseline(recordings.Recording(
        {**there.header, 'steps': steps, 'noisy': 0, 'varying': []}, arrays))


def failed(baseline, candidate):
    return [rung.name for rung in ladder.ladder(baseline, candidate).rungs if rung.status in ('failed', 'error')]


def test_the_recording_itself_is_identical(baseline):
    report = ladder.ladder(baseline, same(baseline))
    assert report.verdict == 'identical', report.sentence


def moved(candidate, step, arithmetic, group, name, change):
    """Change a tensor of a step made again."""
    part = candidate.header['steps'][step]['outcomes'][arithmetic][group]
    key = f'changed/{len(candidate.arrays)}'
    candidate.arrays[key] = change(candidate.arrays[part[name].content].copy())
    part[name] = part[name]._replace(content=key, digest=contents.digest(candidate.arrays[key]))


def weight_of(baseline):
    return next(name for name, noted in baseline.side.steps[0].outcomes['float32']['after'].items()
                if noted.dtype == '<f4' and len(noted.shape) == 2 and 'RMSProp' not in name)


def test_what_portable_arithmetic_does_not_pin_is_said(baseline):
    candidate, name = same(baseline), weight_of(baseline)
    for outcome in ('run', 'own', 'float32', 'again'):
        moved(candidate, 0, outcome, 'after', name, lambda values: np.nextafter(values, np.float32(9)))
    recording = recordings.Recording(
        {**baseline.side.header, 'unknown': {'portable': ['AddV2'], 'float64': []}}, baseline.side.arrays)
    report = ladder.ladder(Baseline(recording), candidate)
    assert report.verdict == 'explained' and 'But for AddV2, which portable' in report.sentence


@pytest.mark.parametrize('arithmetic, rung', [('float32', 'first runs'), ('float64', 'float64 runs')])
def test_a_weight_that_is_off_by_one_in_ten_thousand_fails(baseline, arithmetic, rung):
    candidate, name = same(baseline), weight_of(baseline)
    moved(candidate, 0, arithmetic, 'after', name, lambda values: values * np.float32(1.0001))
    assert rung in failed(baseline, candidate)


def test_one_unit_in_the_last_place_passes_in_float32(baseline):
    candidate, name = same(baseline), weight_of(baseline)
    for outcome in ('own', 'run', 'float32', 'again'):
        moved(candidate, 0, outcome, 'after', name, lambda values: np.nextafter(values, np.float32(9)))
    assert failed(baseline, candidate) == []


def test_first_values_of_many_variables_that_follow_from_results_are_named_in_one_line(baseline):
    there = baseline.side
    items = [{'what': 'variable', 'kind': -1, 'graph': 1, 'name': name, 'since': 0, 'by': 'noise'} for name in 'abcde']
    for count, lines in ((3, 3), (5, 1)):
        changed = recordings.Recording({**there.header, 'varying': items[:count]}, there.arrays)
        assert len(notcompared.follows(Baseline(changed))) == lines
    assert 'the first values of a, b, c and 2 more' in notcompared.follows(Baseline(changed))[0]


def with_luck(baseline, key, k, names):
    """The Baseline, as if its own runs gave these names of a kind by luck. key: of the header."""
    there = baseline.side
    changed = recordings.Recording({**there.header, key: {str(k): names}}, there.arrays)
    return Baseline(changed)


def test_what_the_scripts_own_run_leaves_in_a_variable_by_luck_is_no_regression_and_is_counted(baseline):
    candidate, name, k = same(baseline), weight_of(baseline), baseline.side.steps[0].kind
    moved(candidate, 0, 'run', 'after', name, lambda values: values * np.float32(1.5))
    assert {'own runs', 'state'} <= set(failed(baseline, candidate))
    report = ladder.ladder(with_luck(baseline, 'late', k, [name]), candidate)
    assert report.verdict not in ('regression', 'undecided')
    assert any('race with writes' in rung.finding.text for rung in report.rungs if rung.name == 'own runs')


def test_what_follows_from_luck_is_still_compared_where_it_is_made_again(baseline):
    candidate, name, k = same(baseline), weight_of(baseline), baseline.side.steps[0].kind
    for outcome in ('run', 'own', 'float32', 'again'):
        moved(candidate, 0, outcome, 'after', name, lambda values: values * np.float32(1.5))
    assert 'first runs' in failed(with_luck(baseline, 'after_luck', k, [name]), candidate)


@pytest.mark.parametrize('key', ['late', 'after_luck'])
def test_runs_made_again_that_round_otherwise_are_not_identical_where_own_runs_are_by_luck(baseline, key):
    candidate, name, k = same(baseline), weight_of(baseline), baseline.side.steps[0].kind
    for outcome in ('float32', 'again', 'own'):
        moved(candidate, 0, outcome, 'after', name, lambda values: np.nextafter(values, np.float32(9)))
    assert ladder.ladder(with_luck(baseline, key, k, [name]), candidate).verdict == 'explained'


def a_bit_off(baseline):
    """A recording with a weight that is one unit in the last place off, in portable arithmetic, too."""
    candidate = same(baseline)
    for outcome in ('portable', 'float32', 'again', 'run', 'own'):
        moved(candidate, 0, outcome, 'after', weight_of(baseline), lambda values: np.nextafter(values, np.float32(9)))
    return candidate


def with_another_op(candidate, there='Exp', here='Expm1'):
    """The recording, in whose graph ops of a type are others."""
    table = graphtable.uncompressed(candidate.arrays['graph/0'].tobytes())
    nodes = [node._replace(op_type=here) if node.op_type == there else node for node in table.nodes]
    changed = graphtable.Table(table.tensorflow, table.arithmetic, table.lines, nodes)
    candidate.arrays['graph/0'] = np.frombuffer(graphtable.to_bytes(changed, compressed=True), 'u1')
    return candidate


def test_a_single_bit_in_portable_arithmetic_by_another_formula_is_no_longer_explained(baseline):
    report = ladder.ladder(baseline, with_another_op(a_bit_off(baseline)))
    assert report.verdict == 'equivalent' and 'another formula: ' in report.sentence and 'Expm1' in report.sentence


def test_a_single_bit_in_portable_arithmetic_where_no_formula_differs_is_a_regression(baseline):
    report = ladder.ladder(baseline, a_bit_off(baseline))
    assert report.verdict == 'regression' and 'no formula explains that: none differs' in report.sentence


def test_a_single_bit_that_the_recorded_graph_does_not_give_here_is_a_regression_whatever_formula_differs(baseline):
    candidate = with_another_op(a_bit_off(baseline))
    candidate.arrays[causes.NAME] = causes.to_array(causes.Found([], [], [0], [], [], []))
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'regression' and 'no formula explains run ' in report.sentence
    assert 'Expm1' not in report.sentence


def test_of_formulas_that_differ_the_one_that_was_found_to_move_bits_is_the_reason(baseline):
    candidate = with_another_op(a_bit_off(baseline))
    found = causes.cause('formula', 'vae.py:9', types=['Mul'], attributes=[['Mul', 'grouped', ['1'], ['2']]])
    candidate.arrays[causes.NAME] = causes.to_array(causes.Found([], [], [], [found], [], []))
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'equivalent' and report.moves == [found] and report.cause is None
    assert 'another formula: Mul at vae.py:9: grouped of Mul is 2, recorded 1' in report.sentence
    assert 'Expm1' not in report.sentence


def test_a_formula_that_differs_is_not_the_reason_of_a_regression_that_a_kernel_made(baseline):
    candidate, name = with_another_op(same(baseline)), weight_of(baseline)
    moved(candidate, 0, 'float32', 'after', name, lambda values: values * np.float32(1.0001))
    kernel = causes.cause('kernel', 'vae.py:9', types=['MatMul'], off_there=1e-7, off_here=1e-4)
    candidate.arrays[causes.NAME] = causes.to_array(causes.Found([kernel], [], [], [], [], []))
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'regression' and report.cause == kernel and report.formulas
    assert 'the kernel of MatMul at vae.py:9' in report.sentence and 'Expm1' not in report.sentence


def with_another_state(baseline):
    """A candidate whose own last kept run had a weight that is a tenth larger."""
    candidate, step = same(baseline), len(baseline.side.steps) - 1
    before, name = candidate.header['steps'][step]['before'], weight_of(baseline)
    candidate.arrays['changed/before'] = candidate.arrays[before[name].content] * np.float32(1.1)
    before[name] = before[name]._replace(content='changed/before',
                                         digest=contents.digest(candidate.arrays['changed/before']))
    return candidate


@pytest.mark.parametrize('noisy, spread, failing', [(6, 10.0, []), (6, 0.0, ['state']), (0, 10.0, ['state'])])
def test_a_state_passes_where_runs_with_noise_made_here_are_as_far_apart(noisy, spread, failing, baseline):
    candidate = with_another_state(baseline)
    candidate.header['noisy'] = noisy
    for step in candidate.header['steps']:
        step['state'] = {'before': {weight_of(baseline): {'steady': False, 'spread': spread, 'whole': spread}}}
    assert failed(baseline, candidate) == failing


def test_a_kernel_is_not_the_cause_where_all_runs_hold_that_were_made_again(baseline):
    candidate = with_another_state(baseline)
    candidate.arrays[causes.NAME] = causes.to_array(causes.Found([causes.cause('kernel', 'vae.py:9', types=[
        'MatMul'], off_there=1e-7, off_here=1e-4)], [], [], [], [], []))
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'regression' and report.cause is None
    assert [rung.name for rung in report.rungs if rung.status == 'failed'] == ['state']


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


def test_portable_arithmetic_that_cannot_be_had_is_undecided_however_the_rest_is(baseline):
    candidate = same(baseline)
    candidate.header['faults'] = [{'arithmetic': 'portable', 'step': 0, 'why': 'InvalidArgumentError: no kernel'}]
    for step in candidate.header['steps']:
        step['outcomes']['portable'] = None
    report = ladder.ladder(baseline, candidate)
    rung = next(rung for rung in report.rungs if rung.name == 'portable runs')
    assert (rung.status, report.verdict) == ('undecided', 'undecided') and 'no kernel' in rung.finding.text


def feeds_of(*sides):
    return fedarrays.finding(ladder.Case(*sides))


def test_a_feed_that_is_another_fails_with_its_run(baseline):
    candidate = same(baseline)
    feeds = candidate.arrays['kinds/1/feeds'].copy()
    feeds[3, 0] += 1
    candidate.arrays['kinds/1/feeds'] = feeds
    finding = feeds_of(baseline, candidate)
    run = np.flatnonzero(candidate.runs == 1)[3]
    assert finding.passed is False and f'first in run {run};' in finding.text


def test_a_feed_that_noise_moves_is_left_out_and_counted(baseline):
    name, candidate = baseline.side.kinds[1]['feeds'][0], same(baseline)
    recorded = varying(baseline, 'feed', 1, 0, name, since=2)
    feeds = candidate.arrays['kinds/1/feeds'].copy()
    feeds[2:] += 1
    candidate.arrays['kinds/1/feeds'] = feeds
    finding = feeds_of(recorded, candidate)
    assert finding.passed and 'of 1 feeds some or all times follow from results' in finding.text
    assert finding.compared == finding.expected == 2


def test_a_feed_that_is_another_before_noise_moves_it_fails(baseline):
    name, candidate = baseline.side.kinds[1]['feeds'][0], same(baseline)
    candidate.arrays['kinds/1/feeds'] = candidate.arrays['kinds/1/feeds'] + 1
    assert feeds_of(varying(baseline, 'feed', 1, 0, name, since=2), candidate).passed is False


def test_a_run_less_fails_and_says_where(baseline):
    candidate = same(baseline)
    for name in ('runs', 'raised', 'threads'):
        candidate.arrays[name] = candidate.arrays[name][:-1]
    finding = runorder.runs(Pairing(baseline, candidate))
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


def test_a_run_that_raises_here_fails(baseline):
    candidate = same(baseline)
    candidate.arrays['raised'] = candidate.arrays['raised'].copy()
    candidate.arrays['raised'][3] = 1
    finding = runorder.runs(Pairing(baseline, candidate))
    assert finding.passed is False and 'run 3 (vae.py:23) raised here' in finding.text


def test_one_run_more_fails(baseline):
    candidate = same(baseline)
    for name in ('runs', 'raised', 'threads'):
        candidate.arrays[name] = np.append(candidate.arrays[name], candidate.arrays[name][-1:])
    finding = runorder.runs(Pairing(baseline, candidate))
    assert finding.passed is False and 'run 7 (vae.py:23) is one more' in finding.text


def test_runs_that_follow_from_results_are_not_compared(baseline):
    candidate = same(baseline)
    for name in ('runs', 'raised', 'threads'):
        candidate.arrays[name] = candidate.arrays[name][:-1]
    finding = runorder.runs(Pairing(varying(baseline, ['runs', 'training runs'], -1, -1, '0', since=4), candidate))
    assert finding.passed and finding.compared == finding.expected == 8


def test_runs_that_train_are_compared_though_others_follow_from_results(baseline):
    candidate = same(baseline)
    for name in ('runs', 'raised', 'threads'):
        candidate.arrays[name] = candidate.arrays[name][:-1]
    assert runorder.runs(Pairing(varying(baseline, 'runs', -1, -1, '0', since=4), candidate)).passed is False


def test_what_was_not_observed_is_in_the_sentence(baseline):
    candidate = same(baseline)
    candidate.header['unseen'] = [{'what': 'racing', 'place': '', 'count': 1, 'detail': 'q:0'}]
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'identical' and 'q:0, which reads what the same run writes' in report.sentence


def test_runs_that_nobody_watched_leave_all_undecided(baseline):
    candidate = same(baseline)
    candidate.header['unseen'] = [{'what': 'partial-runs', 'place': 'a.py:3', 'count': 3, 'detail': ''}]
    report = ladder.ladder(baseline, candidate)
    assert report.verdict == 'undecided' and '3 partial runs (a.py:3)' in report.sentence


def test_two_recordings_compared_name_the_variable_that_starts_otherwise(baseline):
    candidate = same(baseline)
    first = candidate.header['initial'][0]
    first['noted'] = first['noted']._replace(digest=first['noted'].digest + 1)
    findings, _ = tworecordings.compare(baseline, candidate)
    by_name = {finding.question: finding for finding in findings}
    assert by_name['initial values'].passed is False
    assert candidate.header['initial'][0]['name'] in by_name['initial values'].text


@pytest.mark.parametrize('floor, passes', [(1e-9, False), (1e-3, True)])
def test_a_band_is_no_narrower_than_the_noise_floor_of_a_run_that_was_made_again(floor, passes):
    recorded = Baseline(recordings.Recording(
        copy.deepcopy(recordings.load(str(RECORDED)).header), dict(recordings.load(str(RECORDED)).arrays)))
    (k, j), values = sorted(recorded.side.series().items())[0]
    for step in recorded.side.steps:
        step.floors['float32']['fetched'][recorded.side.kinds[k]['fetches'][j]] = floor
    candidate = same(recorded)
    candidate.arrays[f'small/{k}/{j}'] = values + np.float32(4e-3)
    assert seriesbands.free_run(Pairing(recorded, candidate)).passed is passes


# ---- without runs with noise

def test_without_noise_the_same_bits_are_identical(baseline):
    assert ladder.ladder(without_noise(baseline), same(baseline)).verdict == 'identical'


def test_without_noise_another_feed_is_undecided_and_no_regression(baseline):
    candidate = same(baseline)
    candidate.arrays['kinds/1/feeds'] = candidate.arrays['kinds/1/feeds'] + 1
    finding = feeds_of(without_noise(baseline), candidate)
    assert finding.passed is None and finding.lacks[0].reason == 'no noise'


def test_without_noise_another_loss_is_undecided(baseline):
    candidate = same(baseline)
    (key, values), = [(name, array) for name, array in candidate.arrays.items() if name.startswith('small/')]
    candidate.arrays[key] = np.nextafter(values, np.float32(99))
    finding = seriesbands.free_run(Pairing(without_noise(baseline), candidate))
    assert finding.passed is None and finding.compared == 0 < finding.expected
