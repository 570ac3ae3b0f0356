"""A verdict in at most five lines, a fact each."""
import collections

import pytest

from legacy.formats import causes
from legacy.judge.coverage import Lack
from legacy.judge.exactness import Near, Off
from legacy.judge.findings import Finding
from legacy.judge.formulas import Formula
from legacy.judge.questions import Report, Rung
from legacy.reports.verdictlines import lines

AMD, INTEL = ({'processor': model, 'features': features, 'platform': 'Linux', 'tensorflow': release, 'settings': {
    'TF_NUM_INTRAOP_THREADS': {'value': threads, 'from': 'user'}}}
    for model, features, release, threads in (('AMD EPYC', ['avx2'], '1.15.5', '1'),
                                              ('Intel', ['avx512f'], '2.21.0', '2')))
CALLS = [Formula(f'article.py:{line}', '+', 'AddV2', {'Sum': 16}, {}) for line in (72, 75, 87, 90)]


Op = collections.namedtuple('Op', 'op_type line')


class Kernel:
    op_type, largest, drifts = 'Rsqrt', 2, True


def report(verdict, changed=(), environment=INTEL, left_out=(), **statuses):
    """The Report with this verdict, of rungs with these statuses."""
    rungs = [Rung(name.replace('_', ' '), status, Finding(
        '', None, f'text of {name}', compared=1, expected=3, lacks=(Lack('no floor', 2),)), 0.0)
        for name, status in statuses.items()]
    return Report(verdict, 'The sentence.', rungs, [Kernel], list(changed), environment, AMD, 'article.npz',
                  left_out=left_out)


def test_explained_says_that_one_may_go_how_near_what_differs_and_where_it_holds():
    found = lines(report('explained', CALLS, formulas='differs', whole_portable_run='passed',
                         every_recorded_run='passed'))
    assert found == [
        'explained: rounding alone; you may go from TensorFlow 1.15.5 to 2.21.0',
        '  portable, the whole run: text of whole_portable_run',
        '  float32, run by run: text of every_recorded_run',
        '  built otherwise, which moves no number: article.py:72, article.py:75, article.py:87 and 1 more; rounds '
        'otherwise: Rsqrt (2 ulp)',
        '  holds on Intel (AVX-512), of another kind than recorded, TF_NUM_INTRAOP_THREADS=2']


def test_identical_needs_no_numbers():
    assert lines(report('identical', feeds='passed', whole_portable_run='passed', environment=AMD)) == [
        'identical: all that was recorded is the same, bit for bit; TensorFlow 1.15.5, as recorded',
        '  holds on AMD EPYC (AVX2), one thread']


def test_a_regression_names_the_first_question_and_every_other():
    found = lines(report('regression', feeds='passed', graph='failed', kernels='error'))
    assert found[:3] == ['regression: not what was recorded; stay with TensorFlow 1.15.5, or mend it for 2.21.0',
                         '  first at "graph": text of graph', '  also: kernels']


def test_what_the_recorded_release_had_off_is_in_the_first_line_and_by_how_much_below():
    off = [Near(0, Op('Mean', f'means.py:{line}'), 'portable', Off(9, .0041, 3e4), Off(.1, 0, 1)) for line in (3, 4)]
    found = lines(report('explained')._replace(recorded_off=off))
    assert found[0] == ('explained: rounding alone, but for what TensorFlow 1.15.5 had wrong: Mean; you may go from '
                        'TensorFlow 1.15.5 to 2.21.0')
    assert found[1].startswith("  1.15.5's Mean at means.py:3 was 0.41 % off the exact value; here it is within 1 ulp; "
                               'so it was at 1 more line')


def test_what_is_fed_otherwise_by_rounding_is_told():
    found = lines(report('explained')._replace(fed_otherwise=['x:0 (feed.py:4) differs by rounding']))
    assert found[1].startswith('  put in otherwise: x:0 (feed.py:4) differs by rounding')


@pytest.mark.parametrize('what, rung', [('source', 'sources'), ('feed', 'feeds'), ('seed', 'op_seeds')])
def test_what_was_put_in_is_the_cause_and_is_not_said_twice(what, rung):
    item = causes.cause(what, 'a.py:3', op='x:0', types=['Op'], run=4, values=[['it', '1', '2']])
    found = lines(report('regression', **{rung: 'failed'}, answers='failed')._replace(cause=item))
    assert found[1].startswith('  the cause: ') and found[1].endswith('it is 2, recorded 1') and 'a.py:3' in found[1]
    assert found[2] == '  also: answers'


def test_a_cause_by_experiment_goes_before_a_source():
    found = lines(report('regression', sources='failed')._replace(cause=causes.cause('formula', 'a.py:3')))
    assert found[1].startswith('  the cause: ops at a.py:3') and found[2] == '  first at "sources": text of sources'


def test_undecided_says_how_much_was_compared_and_what_to_do():
    found = lines(report('undecided', **dict.fromkeys(('coverage', 'runs', 'answers'), 'undecided')))
    assert found[:4] == ['undecided: not all that was recorded could be compared; TensorFlow 2.21.0 is not decided',
                         '  coverage: 1 of 3 compared: text of coverage', '  runs: 1 of 3 compared: text of runs',
                         '  1 questions more are open; what to do: record the script again']


@pytest.mark.parametrize('status, words', [('undecided', 'could not be decided'), ('differs', 'differs')])
def test_what_keeps_a_verdict_from_explained_is_told(status, words):
    found = lines(report('equivalent', CALLS[:1], whole_portable_run=status))
    assert f'  portable, the whole run, {words}: text of whole_portable_run' in found
    assert '  built otherwise, of the same value: article.py:72; rounds otherwise: Rsqrt (2 ulp)' in found


def test_what_was_not_compared_is_counted():
    assert lines(report('identical', left_out=['a', 'b']))[-1].endswith('; not compared: 2, see --json')


@pytest.mark.parametrize('verdict', ['identical', 'explained', 'equivalent', 'undecided', 'regression'])
def test_there_are_never_more_than_five_lines(verdict):
    names = ('runs', 'first_runs', 'every_recorded_run', 'portable_runs', 'answers')
    status = {'undecided': 'undecided', 'regression': 'failed'}.get(verdict, 'passed')
    assert len(lines(report(verdict, CALLS, left_out=['a'], **dict.fromkeys(names, status)))) <= 5
