"""`claims` as a user meets it: refusals, interruption and going on, files, the page."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

from legacy.claims import chunkresults, claimspage, plan, results, task
from legacy.claims.claim import SUPPORTED, Verdict
from legacy.machine import crew
from tests.command_line import LONGEST, assert_fault, compat_run, compat_run_here
from tests.conftest import DATA, ROOT
from tests.pages import assert_self_contained

SMALL = {'convergence': [{'start': 'He', 'rates': [1e-3], 'steps': 6}]}
# Runs `claims 1` on so few rates and steps, 2 seeds, each in a process of its own.
SCRIPT = f'''
import pathlib, sys
from legacy.claims import measurement, plan
plan.BLOCK = 1
measurement.claims({{'claims': ['1'], 'seeds': 2, 'jobs': 1, 'scheduler': None, 'out': pathlib.Path(sys.argv[1]),
                  'html': None, 'fresh': False, 'force': False, 'as_json': True, 'command': 'a test'}}, {SMALL!r})
'''


# ---- refusals

@pytest.mark.parametrize('args, words', [
    (['6'], "'6' is not one of"), (['faster'], 'is not one of'), (['--seeds', '0'], '--seeds'),
    (['--seeds', '5'], '--seeds'),
    (['--jobs', '0'], '--jobs'), (['--scheduler', 'tcp://127.0.0.1:9', '--jobs', '2'], '--jobs'),
    (['--html', '.'], 'this is a folder'), (['--html', 'nowhere/page.html'], 'cannot write'),
    (['--scheduler', 'nonsense'], 'no dask scheduler answers'),
])
def test_mistakes_are_refused_before_any_work(args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_fault(compat_run_here('claims', *args), words)
    assert not (tmp_path / 'runs').exists()


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    assert_fault(compat_run('claims', '--out', tmp_path / 'file' / 'out'), 'choose another folder')


def test_missing_tensorflow_is_one_line(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    done = compat_run('claims', '5', '--jobs', '1', '--out', tmp_path / 'out', PYTHONPATH=str(tmp_path))
    assert_fault(done, 'TensorFlow is not installed')


# ---- the plan

@pytest.mark.parametrize('claims, kinds', [
    ([1, 2, 3, 4, 5], ['fewrows', 'convergence', 'inference', 'recovery']), ([2], ['convergence']),
    ([4], ['inference'])])
def test_what_two_claims_need_is_run_once(claims, kinds):
    assert plan.kinds(claims) == kinds


def test_every_seed_is_run_once_for_every_setting():
    for kind, settings in plan.SETTINGS.items():
        chunks = plan.chunks(kind, 23)
        seeds = [seed for chunk in chunks for seed in chunk.requests[0]['seeds']]
        assert sorted(seeds) == sorted(list(range(1, 24)) * len(settings))


def test_more_seeds_leave_the_chunks_before_as_they_are():
    few, many = plan.chunks('recovery', 20), plan.chunks('recovery', 40)
    assert few and [chunk for chunk in few if chunk not in many] == []


# ---- gathering, with tasks that take no time

@pytest.fixture
def calls(monkeypatch):
    """Seeds of the chunks that were run by a stand-in for `task.run`."""
    seen = []

    def run(requests):
        seen.append(requests[0]['seeds'])
        return {'host': crew.this_host().name, 'tensorflow': task.tensorflow_version(),
                'runs': {request['kind']: [{'seed': seed} for seed in request['seeds']] for request in requests}}
    monkeypatch.setattr(task, 'run', run)
    return seen


def gather(folder, seeds, tell=None, jobs=1, **options):
    with crew.crew(jobs=jobs) as workers:
        chunks = plan.chunks('convergence', seeds, SMALL)
        return chunkresults.Gathering(workers, folder, tell=tell, **options).run(chunks)


def test_interrupted_measurement_runs_only_what_is_missing(tmp_path, calls):
    def interrupt(chunk, how):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        gather(tmp_path, 20, interrupt)
    before, done = len(calls), len(os.listdir(tmp_path))
    assert 1 <= done < 4
    told = []
    found = gather(tmp_path, 20, lambda chunk, how: told.append(how))
    assert len(calls) - before == 4 - done
    assert sorted(told) == sorted([chunkresults.STORED] * done + [chunkresults.RUN] * (4 - done))
    assert [run['seed'] for run in found['convergence']] == list(range(1, 21))


def test_order_of_runs_does_not_depend_on_which_chunk_is_done_first(tmp_path, calls):
    assert gather(tmp_path / 'a', 23, jobs=4) == gather(tmp_path / 'b', 23, jobs=1)


def test_more_seeds_run_only_the_new_ones(tmp_path, calls):
    gather(tmp_path, 10)
    gather(tmp_path, 15)
    assert calls == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12, 13, 14, 15]]


def test_fresh_runs_again(tmp_path, calls):
    gather(tmp_path, 5)
    gather(tmp_path, 5, fresh=True)
    assert len(calls) == 2


def test_damaged_chunk_is_run_again(tmp_path, calls):
    gather(tmp_path, 5)
    next(tmp_path.glob('convergence-*/runs.json')).write_text('{')
    assert gather(tmp_path, 5)['convergence'][0] == {'seed': 1}
    assert len(calls) == 2


@pytest.mark.parametrize('change', ['code', 'setting', 'TensorFlow'])
def test_other_code_setting_or_tensorflow_runs_again(change, tmp_path, calls, monkeypatch):
    gather(tmp_path, 5)
    if change == 'code':
        monkeypatch.setattr(chunkresults.codebase, 'fingerprint', lambda *modules: 'another')
    elif change == 'setting':
        monkeypatch.setitem(SMALL, 'convergence', [{'start': 'He', 'rates': [1e-4], 'steps': 6}])
    else:
        monkeypatch.setattr(task, 'tensorflow_version', lambda: '2.99.0')
    gather(tmp_path, 5)
    assert len(calls) == 2


def test_chunk_that_cannot_be_run_is_one_line_and_keeps_the_others(tmp_path, calls, monkeypatch):
    good = task.run
    monkeypatch.setattr(task, 'run', lambda requests: good(requests) if 1 in requests[0]['seeds'] else
                        {'host': 'h', 'fault': 'no memory'})
    with pytest.raises(chunkresults.ClaimsError, match='convergence He seeds 6 to 10, on h: no memory'):
        gather(tmp_path, 10)
    assert len(list(tmp_path.glob('convergence-*'))) == 1


def test_host_without_tensorflow_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(task, 'tensorflow_version', lambda: '')
    with pytest.raises(chunkresults.ClaimsError, match='TensorFlow is not installed on'):
        gather(tmp_path, 5)


# ---- real processes

def measure(folder):
    return subprocess.run([sys.executable, '-c', SCRIPT, str(folder)], cwd=ROOT, capture_output=True, text=True,
                          timeout=LONGEST)


def test_killed_measurement_goes_on_and_gives_what_one_process_gives(fork, tmp_path):
    process = subprocess.Popen([sys.executable, '-c', SCRIPT, str(tmp_path / 'out')], cwd=ROOT, stderr=subprocess.PIPE)
    kept = tmp_path / 'out' / 'results'
    while not list(kept.glob('convergence-*')) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LONGEST)
    first = [path.stat().st_mtime_ns for path in kept.glob('convergence-*')]
    assert len(first) == 1
    done = measure(tmp_path / 'out')
    assert done.returncode == 0, done.stderr
    assert ['kept from before' in line for line in done.stderr.splitlines()] == [True, False]
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads((DATA / 'claims.schema.json').read_text()))
    assert found['files'] and all(pathlib.Path(path).is_file() for path in found['files'])
    runs = json.loads((tmp_path / 'out' / 'runs.json').read_text())['convergence']
    chunk, = plan.chunks('convergence', 2, SMALL)  # both seeds in one process
    with fork.workers():
        assert results.finite(task.run(chunk.requests)['runs']['convergence']) == runs


def test_another_process_restores_what_was_saved(fork):
    chunk, = plan.chunks('inference', 1, {'inference': [{'decays': [0.5], 'sizes': [2500], 'steps': 6}]})
    with fork.workers():
        answer = task.run(chunk.requests)
    assert [len(answer['runs'][kind]) for kind in ('trained', 'restored')] == [1, 1]
    assert answer['runs']['restored'][0]['difference'] == 0


# ---- the page

@pytest.fixture(scope='module')
def html(committed):
    return claimspage.page(committed)


def test_page_has_every_verdict_and_every_picture(html, committed):
    import markupsafe
    for claim in committed.claims:
        word, rest = claim.verdict.word, claim.verdict.sentence[len(claim.verdict.word):]
        assert f'{word.capitalize()}</strong>{markupsafe.escape(rest)}' in html
    assert html.count('<svg') == 5


def test_page_has_no_script_and_nothing_from_elsewhere(html):
    assert_self_contained(html)


def test_page_escapes_what_comes_from_outside(committed, monkeypatch):
    hostile = '<script>alert("&")</script>'
    claim = committed.claims[0]
    monkeypatch.setattr(claim.module, 'verdict', lambda numbers: Verdict(SUPPORTED, 'Supported: ' + hostile))
    environment = {**committed.environment, 'processors': [hostile]}
    shown = claimspage.page(committed._replace(command=hostile, environment=environment, claims=[claim]))
    assert '<script' not in shown
    assert shown.count('&lt;script&gt;') == 3
