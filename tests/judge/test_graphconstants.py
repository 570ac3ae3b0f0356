"""Constants that a script computed and that round otherwise here, over recordings that are changed: no TensorFlow."""
import copy

import pytest

from legacy.formats import recordings
from legacy.judge import keptsteps, ladder, runorder
from legacy.judge.baseline import Baseline
from legacy.judge.floors import Floor
from legacy.judge.pairing import Pair, Pairing
from tests.conftest import ROOT


@pytest.fixture(scope='module')
def baseline():
    return Baseline(recordings.load(str(ROOT / 'tests' / 'scripts' / 'recordings' / 'mlp.npz')))


def constant(baseline, put_in=True, units=3.0):
    """(Case in which a constant of the forward pass is another here, its Node)"""
    node = next(node for node in baseline.side.tables[0].nodes if node.op_type == 'Const' and node.role == 'forward'
                and node.value and node.outputs[0].startswith('float32'))
    candidate = recordings.Recording(copy.deepcopy(baseline.side.header),
                                     dict(baseline.side.arrays))
    candidate.header['constants'] = [{'graph': 0, 'name': node.name, 'elements': 9, 'units': units, 'put_in': put_in}]
    return ladder.Case(baseline, candidate), node


def test_a_constant_that_rounds_otherwise_is_told_with_its_line_in_ulp(baseline):
    case, node = constant(baseline)
    report = ladder.ladder(baseline, case.here)
    assert f'a constant that the script computes ({node.line}) differs by rounding, by 3 ulp' in report.sentence
    assert report.verdict == 'explained'  # not identical: what was put in was not


def test_a_constant_that_no_run_repeats_is_not_said_to_round(baseline):
    case, node = constant(baseline, units=None)
    assert case.otherwise == [f'a constant that the script computes ({node.line}) differs, as from run to run under '
                              'TensorFlow 1.15.5']


def test_a_constant_that_is_further_off_is_none_that_rounds(baseline):
    case, _ = constant(baseline, put_in=False)
    assert not case.constants.noted and not case.otherwise and not case.rounds_before


def test_what_depends_on_it_may_be_off_in_proportion_and_nothing_else(baseline):
    case, node = constant(baseline)
    assert case.constants.widens(0, node.name) == 3 and case.constants.widens(0, 'no such') == 1


def test_noise_that_moved_it_in_the_recorded_runs_widens_nothing_more(baseline):
    case, node = constant(baseline)
    header = {**baseline.side.header, 'constants': [{'graph': 0, 'name': node.name, 'units': 30.0}]}
    case = ladder.Case(Baseline(recordings.Recording(header, baseline.side.arrays)), case.here)
    assert case.constants.widens(0, node.name) == 1


def test_a_first_value_that_only_rounds_passes_where_a_constant_is_its_reason_alone(baseline):
    case, _ = constant(baseline)
    first = case.here.header['initial'][0]
    first['noted'] = first['noted']._replace(digest=first['noted'].digest + 1)
    key = first['graph'], first['name']
    assert runorder.initial_values(Pairing(baseline, case.here)).passed is False
    found = runorder.initial_values(Pairing(baseline, case.here), {key})
    assert found.passed and '1 differ by rounding' in found.text


def test_a_floor_of_zero_allows_the_rounding_of_an_optimizers_op_and_of_nothing_else(baseline):
    side = baseline.side
    step = next(step for step in side.steps if side.kind_of(step)['trains'])
    after = step.outcomes['float32']['after']
    updated = next(name for name in after if side.giver(0, name) and 'Apply' in side.giver(0, name).op_type)
    written = Pair(step, 'after', updated, after[updated], None)
    assert keptsteps._units(side, written, Floor(0.0, None)).norm > 0
    assert keptsteps._units(side, written._replace(group='fetched'), Floor(0.0, None)) == (0.0, 0.0)
