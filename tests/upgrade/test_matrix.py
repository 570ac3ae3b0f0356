"""`upgrade`'s rows, with stand-ins for the environments: what is kept, what is run, what is not and why."""
import functools
import json
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

from legacy.machine import crew
from legacy.upgrade import plateaus, subjects
from tests import stand_ins
from tests.conftest import ROOT
from tests.stand_ins import run


def test_rows_come_back_in_order_with_their_verdicts(stand_in):
    outcomes = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.0.4', stand_ins.other_history),
                   stand_in.release('2.1.4', stand_ins.other_averages))
    assert [(outcome.label, outcome.verdict) for outcome in outcomes] == [
        ('1.15.5', 'identical'), ('2.0.4', 'explained'), ('2.1.4', 'regression')]


def test_row_that_was_run_is_kept_and_not_run_again(stand_in):
    release = stand_in.release('1.15.5')
    first, second = run(stand_in, release)[0], run(stand_in, release)[0]
    assert stand_in.called() == ['1.15.5']
    assert (second.summary, second.seconds) == (first.summary, {}) and first.seconds


@pytest.mark.parametrize('change', [{'fresh': True}, {'onednn': True}])
def test_row_is_run_again_when_asked_afresh_or_otherwise(change, stand_in):
    release = stand_in.release('1.15.5')
    run(stand_in, release)
    run(stand_in, release, **change)
    assert len(stand_in.called()) == 2


@pytest.mark.parametrize('seam', ['fingerprint', 'features'])
def test_row_is_run_again_when_what_it_came_from_has_changed(seam, stand_in, monkeypatch):
    release = stand_in.release('1.15.5')
    run(stand_in, release)
    if seam == 'fingerprint':
        monkeypatch.setattr(subjects.codebase, 'fingerprint', lambda *modules: 'other code')
    else:
        monkeypatch.setattr(crew, 'this_host', functools.partial(crew.this_host()._replace, features=['sse4_1']))
    run(stand_in, release)
    assert len(stand_in.called()) == 2


def test_damaged_result_is_made_again(stand_in):
    release = stand_in.release('1.15.5')
    kept = run(stand_in, release)[0]
    (kept.folder / 'float32.npz').write_bytes(b'damaged')
    for summary in kept.folder.parent.glob('*-summary-*/summary.json'):
        summary.write_text('{')
    assert run(stand_in, release)[0].verdict == 'identical'
    assert len(stand_in.called()) == 2


def test_damaged_summary_is_made_again_of_the_same_evidence(stand_in):
    release = stand_in.release('1.15.5')
    first, = run(stand_in, release)
    summary, = first.folder.parent.glob('*-summary-*/summary.json')
    summary.write_text('{')
    again, = run(stand_in, release)
    assert (again.verdict, again.summary['signatures']) == (first.verdict, first.summary['signatures'])
    assert stand_in.called() == ['1.15.5'] and json.loads(summary.read_text()) == again.summary


# ---- interrupted, and two at once

def test_finished_rows_outlive_an_interruption(stand_in):
    quick, slow = stand_in.release('1.15.5'), stand_in.release('2.0.4', before='time.sleep(60)')

    def interrupt(label, stage, log):
        if stage == 'identical':
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(stand_in, quick, slow, tell=interrupt)
    run(stand_in, quick)
    assert stand_in.called().count('1.15.5') == 1


DRIVER = """
import pickle, sys
from legacy.machine import crew
from legacy.upgrade import matrix, subjects
releases, options, references = pickle.load(open(sys.argv[1], 'rb'))
subjects.References = lambda: references
with crew.crew(jobs=2) as workers:
    print(*[outcome.verdict for outcome in matrix.Matrix(workers, options).run(releases)])
"""


def driver(stand_in, releases):
    path = stand_in.folder / 'releases.pickle'
    path.write_bytes(pickle.dumps((releases, stand_in.options(), stand_in.references)))
    return subprocess.Popen([sys.executable, '-c', DRIVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def results(stand_in):
    return list((stand_in.folder / 'out').glob('results/1.?.0-????????????????'))


def test_killed_at_any_moment_loses_no_finished_row(stand_in):
    releases = [stand_in.release(f'1.{k}.0', before='time.sleep(0.3)') for k in range(6)]
    for k in range(3):
        process = driver(stand_in, releases)
        while len(results(stand_in)) <= k and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.1 * k)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    kept = {path.name: path.stat().st_mtime_ns for path in results(stand_in)}
    assert len(kept) >= 3
    assert driver(stand_in, releases).communicate()[0] == ' '.join(['identical'] * 6) + '\n'
    after = {path.name: path.stat().st_mtime_ns for path in results(stand_in)}
    assert len(after) == 6 and {name: after[name] for name in kept} == kept  # none was made again


def test_two_runs_at_once_do_not_harm_each_other(stand_in):
    releases = [stand_in.release(version, before='time.sleep(0.2)') for version in ('1.15.5', '2.0.4')]
    both = [driver(stand_in, releases) for _ in range(2)]
    assert [process.communicate()[0] for process in both] == ['identical identical\n'] * 2


def test_stages_are_told_in_order(stand_in):
    told, lock = [], threading.Lock()

    def tell(label, stage, log):
        with lock:
            told.append(stage)
    run(stand_in, stand_in.release('1.15.5'), tell=tell)
    assert told == ['waiting', 'building', 'running', 'judging', 'identical']


# ---- plateaus and borders

@pytest.fixture(scope='module')
def surveyed(tmp_path_factory, short_references, short_evidence):
    """(outcomes, Matrix) of five releases with two op-seed borders, one in a kernel and one in a history."""
    stand_in = stand_ins.StandIns(tmp_path_factory.mktemp('surveyed'), short_references, short_evidence)
    releases = [stand_in.release('1.15.5'), stand_in.release('2.0.4', stand_ins.other_op_seeds),
                stand_in.release('2.1.4'), stand_in.release('2.2.3', stand_ins.other_rsqrt),
                stand_in.release('2.3.4', stand_ins.other_rsqrt, stand_ins.other_history)]
    with crew.crew(jobs=2) as workers:
        run_by = stand_in.matrix(workers)
        yield run_by.run(releases), run_by


def test_plateaus_are_rows_with_the_same_bits_and_letters_come_back(surveyed):
    found = plateaus.plateaus(surveyed[0])
    assert [(p.letter, p.span) for p in found['op seeds']] == [('A', '1.15.5'), ('B', '2.0.4'), ('A', '2.1.4 to 2.3.4')]
    assert [(p.letter, p.span) for p in found['float32 costs']] == [('A', '1.15.5 to 2.2.3'), ('B', '2.3.4')]


def test_borders_say_what_changed(surveyed):
    found = {(item.before, item.after): item.words for item in plateaus.borders(*surveyed)}
    assert found == {
        ('1.15.5', '2.0.4'): 'op seeds of family 2.2 after 1.15',
        ('2.0.4', '2.1.4'): 'op seeds of family 1.15 after 2.2',
        ('2.1.4', '2.2.3'): 'Rsqrt by 1 ulp at most',
        ('2.2.3', '2.3.4'): 'the same kernels put together otherwise (another graph, a fused kernel or another order)'}


@pytest.mark.parametrize('number, expected', [(0, 'A'), (25, 'Z'), (26, 'AA'), (53, 'BB')])
def test_letters_go_on_after_z(number, expected):
    assert plateaus.letter(number) == expected
