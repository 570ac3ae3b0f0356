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

from legacy.check import sources
from legacy.machine import crew
from legacy.upgrade import plateaus, subject, summary
from tests import stand_ins
from tests.conftest import ROOT
from tests.stand_ins import run


def test_rows_come_back_in_order_with_their_verdicts(stand_in):
    found = run(stand_in, stand_in.release('1.15.5'), stand_in.release('2.3.4', ulps=1),
                stand_in.release('2.10.1', ulps=1, op_type='Mul'), stand_in.release('2.15.1', wrong=1e-3))
    assert [(outcome.label, outcome.verdict) for outcome in found.outcomes] == [
        ('1.15.5', 'identical'), ('2.3.4', 'explained'), ('2.10.1', 'explained'), ('2.15.1', 'regression')]


def test_row_that_was_run_is_kept_and_not_run_again(stand_in):
    release = stand_in.release('1.15.5')
    first, second = run(stand_in, release).outcomes[0], run(stand_in, release).outcomes[0]
    assert stand_in.called() == ['1.15.5']
    assert (second.summary, second.seconds) == (first.summary, {}) and first.seconds


def test_row_is_run_again_when_asked_afresh(stand_in):
    release = stand_in.release('1.15.5')
    run(stand_in, release)
    run(stand_in, release, fresh=True)
    assert len(stand_in.called()) == 2


@pytest.mark.parametrize('what', ['script', 'beside it', 'another script', 'arguments', 'recording', 'oneDNN'])
def test_row_is_run_again_when_the_subject_is_another(what, stand_in):
    release, given, job = stand_in.release('1.15.5'), [], {}
    (stand_in.work / 'other.py').write_text('w = 2\n')
    run(stand_in, release)
    if what == 'recording':
        stand_ins.recordings.save(stand_ins.recording('1.14.0'), stand_in.recorded)
    elif what == 'arguments':
        given = ['--steps', '3']
    elif what == 'oneDNN':
        job = {'onednn': True}
    elif what != 'another script':
        (stand_in.work / ('train.py' if what == 'script' else 'layers.py')).write_text('other = 1\n')
    asked = stand_in.subject(*given, **job)
    if what == 'another script':
        asked.job = asked.job._replace(asked={**asked.job.asked, 'script': 'other.py'})
    run(stand_in, release, subject=asked)
    assert len(stand_in.called()) == 2


def test_environments_and_results_are_no_sources_of_the_script(stand_in):
    for folder in ('venv/lib', '.hidden', 'runs'):
        (stand_in.work / folder).mkdir(parents=True)
        (stand_in.work / folder / 'module.py').write_text('')
    (stand_in.work / 'venv' / 'pyvenv.cfg').write_text('')
    assert list(sources.digests(stand_in.subject().job, [stand_in.work / 'runs'])) == ['train.py']


@pytest.mark.parametrize('seam', ['fingerprint', 'features'])
def test_row_is_run_again_when_what_it_came_from_has_changed(seam, stand_in, monkeypatch):
    release = stand_in.release('1.15.5')
    run(stand_in, release)
    if seam == 'fingerprint':
        monkeypatch.setattr(subject.codebase, 'fingerprint', lambda *modules: 'other code')
    else:
        monkeypatch.setattr(crew, 'this_host', functools.partial(crew.this_host()._replace, features=['sse4_1']))
    run(stand_in, release)
    assert len(stand_in.called()) == 2


def test_damaged_result_is_made_again(stand_in):
    release = stand_in.release('1.15.5')
    kept, = run(stand_in, release).outcomes
    (kept.folder / summary.RUN).write_bytes(b'damaged')
    for path in kept.folder.parent.glob('*-summary-*/summary.json'):
        path.write_text('{')
    assert run(stand_in, release).outcomes[0].verdict == 'identical'
    assert len(stand_in.called()) == 2


def test_damaged_summary_is_made_again_of_the_same_evidence(stand_in):
    release = stand_in.release('1.15.5')
    first, = run(stand_in, release).outcomes
    path, = first.folder.parent.glob('*-summary-*/summary.json')
    path.write_text('{')
    again, = run(stand_in, release).outcomes
    assert (again.verdict, again.summary['signatures']) == (first.verdict, first.summary['signatures'])
    assert stand_in.called() == ['1.15.5'] and json.loads(path.read_text()) == again.summary


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
from legacy.upgrade import matrix
from legacy.upgrade.subject import Subject
releases, options, job, recorded = pickle.load(open(sys.argv[1], 'rb'))
asked = Subject(job, recorded)
with crew.crew(jobs=2) as workers:
    print(*[outcome.verdict for outcome in matrix.Matrix(workers, options, asked).run(releases)])
"""


def driver(stand_in, releases):
    path = stand_in.folder / 'releases.pickle'
    path.write_bytes(pickle.dumps((releases, stand_in.options(), stand_in.subject().job, stand_in.recorded)))
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


@pytest.mark.parametrize('number, expected', [(0, 'A'), (25, 'Z'), (26, 'AA'), (53, 'BB')])
def test_letters_go_on_after_z(number, expected):
    assert plateaus.letter(number) == expected
