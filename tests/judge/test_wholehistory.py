"""The whole run in portable arithmetic against the recorded one, changed here: no TensorFlow."""
import pytest

from legacy.formats import recordings, wholerun
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from tests.judge import wholes


@pytest.fixture
def there():
    return wholes.with_whole()


@pytest.fixture
def here():
    return wholes.with_whole()


def asked(there, here):
    """(Report, the rung of the whole run)"""
    report = ladder.ladder(Baseline(there), here)
    return report, next(rung for rung in report.rungs if rung.name == 'whole portable run')


def other_formula(here):
    """Give a run made again other bits in portable arithmetic, as another formula does."""
    here.header['steps'][0]['outcomes']['portable']['fetched'] = {
        name: noted._replace(digest=noted.digest + 1) for name, noted in
        here.header['steps'][0]['outcomes']['portable']['fetched'].items()}


def test_the_same_history_passes_and_every_array_is_counted(there, here):
    report, rung = asked(there, here)
    whole = there.header['whole']
    arrays = sum(there.arrays[f'whole/kinds/{k}/{name}'].size for k in range(len(whole['kinds']))
                 for name in ('feeds', 'fetched')) + len(whole['last'])
    assert (report.verdict, rung.status) == ('identical', 'passed')
    assert rung.finding.compared == rung.finding.expected == arrays


def test_a_recording_without_a_whole_run_says_nothing(there, here):
    plain = recordings.load(str(wholes.RECORDED))
    report = ladder.ladder(Baseline(plain), here)
    assert 'whole portable run' not in [rung.name for rung in report.rungs] and report.verdict == 'identical'


def test_another_bit_where_the_formulas_are_the_same_is_a_regression(there, here):
    k, digests = wholes.fetched(here)
    digests[1, 0] += 1
    report, rung = asked(there, here)
    name = here.header['whole']['kinds'][k]['fetches'][0]
    assert (report.verdict, rung.status) == ('regression', 'failed')
    assert f'first: {name}' in rung.finding.text and 'at its time 1' in rung.finding.text


def test_another_bit_behind_another_formula_is_no_regression(there, here):
    wholes.fetched(here)[1][1, 0] += 1
    other_formula(here)
    assert asked(there, here)[1].status == 'differs'


def test_another_last_value_is_found(there, here):
    here.header['whole']['last'][0]['digest'] += 1
    rung = asked(there, here)[1]
    assert rung.status == 'failed' and f'the last value of {here.header["whole"]["last"][0]["name"]}' in \
        rung.finding.text


def test_a_fetch_that_is_missing_fails_whatever_the_formulas(there, here):
    other_formula(here)
    k, _ = wholes.fetched(here)
    here.header['whole']['kinds'][k]['fetches'] = ['another:0']
    rung = asked(there, here)[1]
    assert rung.status == 'failed' and rung.finding.compared < rung.finding.expected


def test_another_order_of_runs_fails(there, here):
    here.arrays['whole/raised'][2] = 1
    assert 'run 2 of thread 0 is another' in asked(there, here)[1].finding.text


@pytest.mark.parametrize('fault', ['', 'the script failed'])
def test_no_whole_run_here_is_undecided_and_all_of_it_is_counted(there, here, fault):
    if fault:
        here.header['whole'] = wholerun.faulty(fault)
    else:
        del here.header['whole']
    report, rung = asked(there, here)
    assert (report.verdict, rung.status, rung.finding.compared) == ('undecided', 'undecided', 0)
    assert rung.finding.expected == sum(lack.count for lack in rung.finding.lacks) > 0
    assert fault in rung.finding.text


def test_what_the_recording_does_not_pin_is_only_reported(there, here):
    there.header['whole']['not_pinned'] = ['MatrixInverse']
    wholes.fetched(here)[1][1, 0] += 1
    report, rung = asked(there, here)
    assert (report.verdict, rung.status) == ('identical', 'reported') and 'MatrixInverse' in rung.finding.text


def test_what_is_not_pinned_here_alone_is_undecided_where_it_differs(there, here):
    here.header['whole']['not_pinned'] = ['Conv2D']
    assert asked(there, here)[1].status == 'passed'
    wholes.fetched(here)[1][1, 0] += 1
    report, rung = asked(there, here)
    assert (report.verdict, rung.status) == ('undecided', 'undecided') and 'Conv2D' in rung.finding.text


def test_what_the_recorded_release_does_not_repeat_is_left_out_and_counted(there, here):
    k, digests = wholes.fetched(here)
    digests[1, 0] += 1
    name = here.header['whole']['kinds'][k]['fetches'][0]
    before = asked(there, wholes.with_whole())[1].finding.expected
    there.header['whole']['varying'] = [{'what': 'fetch', 'kind': k, 'name': name, 'since': 1}]
    rung = asked(there, here)[1]
    assert rung.status == 'passed' and rung.finding.expected == before - (len(digests) - 1)
    assert '1 series that no release needs to repeat' in rung.finding.text


def test_a_fetch_that_reads_what_its_run_writes_is_left_out(there, here):
    k, digests = wholes.fetched(here)
    digests[1, 0] += 1
    there.header['whole']['kinds'][k]['racing'] = here.header['whole']['kinds'][k]['fetches'][:1]
    assert asked(there, here)[1].status == 'passed'
