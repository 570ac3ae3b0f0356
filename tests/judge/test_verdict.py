"""One word and one sentence on all rungs."""
import pytest

from legacy.judge.asking import Rung
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula
from legacy.judge.verdict import VERDICTS, judge, reached

MOMENTS = Formula('article.py:75', 'tf.nn.moments', '', {'SquaredDifference': 7}, {'Maximum': 7})


class Drifting:
    drifts, op_type, largest = True, 'Rsqrt', 2


def rungs(portable='passed', kernels='passed'):
    asked = (('gradients', 'passed'), ('portable history', portable), ('kernels', kernels))
    return [Rung(name, status, Finding(name, None, f'because of {name}'), 0.0, name != 'gradients')
            for name, status in asked]


@pytest.mark.parametrize('portable, kernels, identical, expected', [
    ('passed', 'passed', True, 'identical'),
    ('passed', 'passed', False, 'explained'),
    ('differs', 'passed', False, 'equivalent'),
    ('undecided', 'passed', False, 'equivalent'),
    ('passed', 'undecided', False, 'equivalent'),
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


def test_what_could_not_be_asked_is_said():
    _, sentence = judge(rungs(portable='undecided'), [], [], [], False)
    assert 'portable history could not be decided (because of portable history)' in sentence


def test_kernels_that_round_otherwise_are_named_with_their_ulps():
    assert 'Rsqrt by 2 ulp at most' in judge(rungs(), [], [Drifting], [], False)[1]


def test_each_verdict_reaches_itself_and_what_is_worse():
    assert [reached(verdict, 'explained') for verdict in VERDICTS] == [True, True, False, False]
