"""One word and one sentence on all rungs."""
import pytest

from legacy.judge.coverage import Lack
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula
from legacy.judge.questions import Rung
from legacy.judge.verdict import VERDICTS, exit_code, judge, reached

MOMENTS = Formula('article.py:75', 'tf.nn.moments', '', {'SquaredDifference': 7}, {'Maximum': 7})


class Drifting:
    drifts, op_type, largest = True, 'Rsqrt', 2


def rungs(portable='passed', kernels='passed'):
    asked = (('float64 runs', 'passed'), ('portable runs', portable), ('kernels', kernels))
    return [Rung(name, status, Finding(name, None, f'because of {name}', compared=2, expected=3), 0.0,
                 name != 'float64 runs', name == 'float64 runs') for name, status in asked]


@pytest.mark.parametrize('portable, kernels, identical, expected', [
    ('passed', 'passed', True, 'identical'),
    ('passed', 'passed', False, 'explained'),
    ('differs', 'passed', False, 'equivalent'),
    ('undecided', 'passed', False, 'undecided'),
    ('passed', 'undecided', False, 'undecided'),
    ('undecided', 'passed', True, 'undecided'),
])
def test_verdict(portable, kernels, identical, expected):
    assert judge(rungs(portable, kernels), [], [Drifting], [], identical)[0] == expected


def test_a_broken_rung_outweighs_identical_runs():
    broken = Rung('graph', 'failed', Finding('graph', False, 'because'), 0.0)
    assert judge(rungs(), [broken], [], [], True) == ('regression', 'First at "graph": because.')


def test_the_formula_that_parts_the_portable_run_is_named_with_its_line():
    _, sentence = judge(rungs(portable='differs'), [], [], [MOMENTS], False)
    assert 'another formula: tf.nn.moments, article.py:75: 7 SquaredDifference recorded; 7 Maximum here' in sentence


def test_a_formula_that_rounds_alike_is_said_and_not_judged():
    verdict, sentence = judge(rungs(), [], [], [MOMENTS], False)
    assert verdict == 'explained' and 'Formulas that round alike: tf.nn.moments' in sentence


def test_what_could_not_be_compared_is_said_with_how_much():
    _, sentence = judge(rungs(portable='undecided'), [], [], [], False)
    assert '"portable runs" compared 2 of 3: because of portable runs' in sentence


def test_what_can_be_done_about_it_is_said():
    rung = Rung('float64 runs', 'undecided', Finding('', True, '1 compared', compared=1, expected=2, lacks=(
        Lack('no floor', 1),)), 0.0)
    assert 'What to do: record the script again.' in judge([rung], [], [], [], True)[1]


def test_what_the_reference_has_none_of_leaves_identical_runs_identical():
    rung = Rung('kernels', 'undecided', Finding('', None, 'no op alone', compared=0, expected=0), 0.0, True)
    assert judge([*rungs(), rung], [], [], [], True)[0] == 'identical'
    assert judge([*rungs(), rung], [], [], [], False)[0] == 'equivalent'


def test_without_float64_nothing_is_equivalent():
    lacking = [rung._replace(status='reported') if rung.holds else rung for rung in rungs()]
    assert judge(lacking, [], [], [], False)[0] == 'undecided'


def test_where_nothing_was_compared_nothing_is_identical():
    nothing = Rung('runs', 'reported', Finding('', True, 'nothing', compared=0, expected=0), 0.0)
    assert judge([nothing], [], [], [], True)[0] == 'undecided'


def test_kernels_that_round_otherwise_are_named_with_their_ulps():
    assert 'Rsqrt by 2 ulp at most' in judge(rungs(), [], [Drifting], [], False)[1]


def test_each_verdict_reaches_itself_and_what_is_worse():
    assert [reached(verdict, 'explained') for verdict in VERDICTS] == [True, True, False, False, False]


@pytest.mark.parametrize('verdict, strict, code', [
    ('equivalent', 'equivalent', 0), ('explained', 'identical', 1), ('undecided', 'equivalent', 2),
    ('undecided', 'identical', 2), ('undecided', 'undecided', 0), ('regression', 'undecided', 1)])
def test_exit_code(verdict, strict, code):
    assert exit_code(verdict, strict) == code
