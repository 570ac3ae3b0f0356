"""A verdict on the article, a fact a line."""
import pytest

from legacy.judge.asking import Report, Rung
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula
from legacy.reports import checkreport

AMD, INTEL = ({'processor': model, 'features': features, 'platform': 'Linux', 'tensorflow': release}
              for model, features, release in (('AMD EPYC', ['avx2'], '1.15.5'), ('Intel', ['avx512f'], '2.21.0')))
FORMULA = Formula('article.py:72', '+', 'AddV2', {'Sum': 16}, {})


class Kernel:
    op_type, largest, drifts = 'Rsqrt', 2, True


def report(verdict, **statuses):
    """The Report with this verdict, of rungs with these statuses."""
    rungs = [Rung(name.replace('_', ' '), status, Finding('', None, f'text of {name}'), 0.0)
             for name, status in statuses.items()]
    return Report(verdict, 'The sentence.', rungs, [Kernel], [], [FORMULA], INTEL, AMD, 'legacy/data')


def test_explained_is_a_short_line_and_one_fact_a_line():
    lines = checkreport.verdict_of_the_article(report('explained', formulas='differs', portable_history='passed',
                                                      **{'teacher-forced_steps': 'passed'}))
    assert lines == [
        'explained: rounding alone', '  in portable arithmetic, the whole run: text of portable_history',
        '  in float32, step by step: text of teacher-forced_steps',
        '  kernels that round otherwise: Rsqrt by 2 ulp at most', '  formulas that round alike, 1 calls:',
        '    +, article.py:72, gradient of AddV2: 16 Sum recorded; nothing here',
        '  processor: Intel (AVX-512), recorded on AMD EPYC (AVX2): another kind']


def test_identical_needs_no_fact():
    assert checkreport.verdict_of_the_article(report('identical', data='passed')) == [
        'identical: the run is the recorded one, bit for bit']


def test_a_regression_names_the_first_and_every_other():
    lines = checkreport.verdict_of_the_article(report('regression', data='passed', gradients='failed', kernels='error'))
    assert lines == ['regression: first at "gradients"', '  gradients: text of gradients', '  kernels: text of kernels']


@pytest.mark.parametrize('status, words', [('undecided', 'could not be decided'), ('differs', 'differs')])
def test_what_keeps_a_verdict_from_explained_is_told(status, words):
    lines = checkreport.verdict_of_the_article(report('equivalent', portable_history=status))
    assert f'  portable history {words}: text of portable_history' in lines and '  other formulas, 1 calls:' in lines
