"""How far runs with noise go, and when there are more of them; the runs are stand-ins."""
from concurrent.futures import Future

import numpy as np
import pytest

from legacy.check import noisyruns
from legacy.check.scriptfault import ScriptFault
from legacy.formats import recordings, unseen

TIMES = 40
LOSS = np.linspace(2, 1, TIMES).astype('f4')


def run_of(loss, **header):
    """The Recording of a script that fetches a loss again and again."""
    kind = {'graph': 0, 'targets': [], 'fetches': ['loss:0'], 'feeds': [], 'place': 'script.py:1'}
    return recordings.Recording({'kinds': [kind], 'steps': [], **header}, {
        'runs': np.zeros(len(loss), 'i4'), 'raised': np.zeros(len(loss), 'u1'), 'small/0/0': loss})


class Runs:
    """Stands for a WholeRuns. offs: of each run with noise how far it is off, in units; a run that is None raises."""

    def __init__(self, offs):
        self.offs, self.asked = offs, []

    def begin(self, words, out, nudge, until=None, **asked):
        self.asked.append(until)
        off, found = self.offs[nudge], Future()
        if off is None:
            found.set_exception(ScriptFault('NaN', []))
        else:
            found.set_result(run_of((LOSS + off * 1e-6)[:until], **({} if until is None else {'ended_after': until})))
        return found

    further = begin


def asked(offs, tmp_path, work=noisyruns.CHEAP + 1, noisy=None):
    """(after how many runs each run with noise was to end, how many count)"""
    runs = Runs(offs)
    made = noisyruns.NoisyRuns(runs, tmp_path, run_of(LOSS, work=work), noisy).made(unseen.Unseen())
    return runs.asked, len(made)


def test_of_a_long_script_two_go_to_the_end_and_the_others_a_part_of_the_way(tmp_path):
    assert asked([1, -2, 1, 3, -1, 2], tmp_path) == ([None, None] + [TIMES // 4] * 4, 6)


@pytest.mark.parametrize('runs, until', [(7, 2), (200, 50), (400, 64), (800, 100)])
def test_a_part_of_the_way_is_a_quarter_and_of_many_runs_an_eighth(runs, until):
    first = run_of(np.zeros(runs, 'f4'), work=noisyruns.CHEAP + 1)
    assert noisyruns.lengths(first) == [None] * 2 + [until] * 4


def test_of_a_short_script_all_go_to_the_end(tmp_path):
    assert asked([1, -2, 1, 3, -1, 2], tmp_path, noisyruns.CHEAP) == ([None] * 6, 6)


@pytest.mark.parametrize('place', range(6))
def test_where_one_is_far_from_the_others_as_many_as_were_asked_for_go_to_the_end(place, tmp_path):
    offs = [1, -2, 1, 3, -1, 2, 1, 1, 1, 1]
    offs[place] = 500
    whole, count = asked(offs, tmp_path)
    assert whole.count(None) == 6 and count == 10


def test_as_many_whole_ones_as_are_asked_for(tmp_path):
    assert asked([1, -2, 500], tmp_path, noisy=3) == ([None] * 3, 3)


def test_for_one_that_noise_breaks_another_goes_to_the_end(tmp_path):
    assert asked([1, None, 1, 3, -1, 2, 2], tmp_path) == ([None, None] + [TIMES // 4] * 4 + [None], 6)


# ---- runs with noise made beside a check

def test_runs_with_noise_here_have_other_noise_than_the_recorded_ones_and_their_series_are_kept(tmp_path):
    runs = Runs([None] * noisyruns.MOST + [0.5, 1, -1, 2, -2, 3])
    found = noisyruns.with_noise_here(runs, tmp_path, 'baseline.npz', run_of(LOSS, unseen=[]))
    assert len(runs.asked) == found.header['noisy'] == 6 and len(found.noisy()) == 6
    assert (found.noisy()[1][0, 0] == LOSS + np.float32(1e-6)).all()


def test_a_run_with_noise_that_ends_otherwise_here_is_left_out_and_told(tmp_path):
    runs = Runs([None] * (noisyruns.MOST + 1) + [1, -1, 2, -2, 3])
    found = noisyruns.with_noise_here(runs, tmp_path, 'baseline.npz', run_of(LOSS, unseen=[]))
    assert found.header['noisy'] == 5 and [fact['what'] for fact in found.header['unseen']] == ['noisy-run-raised']
