"""What is not compared is never passed: the one place that sees to it."""
import ast

import pytest

from legacy.judge import coverage
from legacy.judge.findings import Finding
from legacy.judge.questions import Question, Undecided, answered
from tests.conftest import ROOT

BETWEEN = 'min(len(outputs), len(others))'  # of two releases' answers, which `upgrade` shows and nothing judges
JUDGE = sorted((ROOT / 'legacy' / 'judge').glob('*.py'))


def status(finding, **question):
    return answered(Question('any', lambda: finding, **question)).status


@pytest.mark.parametrize('passed, compared, expected, wanted', [
    (True, 3, 3, 'passed'), (True, 2, 3, 'undecided'), (True, 0, 3, 'undecided'), (True, 0, 0, 'reported'),
    (None, 3, 3, 'undecided'), (False, 3, 3, 'failed'), (False, 0, 3, 'failed'), (True, None, None, 'error')])
def test_status_of_an_answer(passed, compared, expected, wanted):
    assert status(Finding('', passed, '', compared=compared, expected=expected)) == wanted


def test_a_question_that_only_differs_is_none_that_fails_unless_it_says_so():
    finding = Finding('', False, '', compared=1, expected=1)
    assert status(finding, fails=False) == 'differs'
    assert status(Finding('', False, '', compared=1, expected=1, fails=True), fails=False) == 'failed'


def test_a_question_that_makes_no_sense_says_how_much_was_to_be_compared():
    def ask():
        raise Undecided('no graph', 3)
    rung = answered(Question('any', ask))
    assert (rung.status, rung.finding.compared, rung.finding.expected) == ('undecided', 0, 3)


def test_why_something_was_not_compared_is_in_the_text_with_its_number():
    lacks = coverage.Lacks()
    lacks.add('no floor', 'w after run 3')
    lacks.add('no floor', 'w after run 4')
    rung = answered(Question('any', lambda: Finding('', True, '1 compared', compared=1, expected=3, lacks=lacks.all())))
    assert rung.finding.text.endswith('not compared: 2 without a noise floor in the recording (w after run 3)')


@pytest.mark.parametrize('path', JUDGE, ids=lambda path: path.name)
def test_no_judge_takes_the_shorter_of_two_or_makes_numbers_of_what_is_none(path):
    """`zip` of two sides, `min` of two lengths and `nan_to_num` each lose what is missing without a word."""
    source = path.read_text(encoding='utf-8')
    assert 'nan_to_num' not in source
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ('min', 'np.minimum'):
            text = ast.unparse(node)
            assert text.count('len(') < 2 or text == BETWEEN, f'{path.name}:{node.lineno}: {text}'
