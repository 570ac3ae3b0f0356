"""Work in threads here, or on a dask cluster's workers; programs that are run and ended."""
import pathlib
import subprocess
import sys
import time

import pytest

from legacy.machine import crew, processes
from legacy.machine.processes import ProcessFault
from tests.command_line import LONGEST
from tests.conftest import ROOT


def test_tasks_are_done_here():
    with crew.crew(jobs=2) as workers:
        assert [workers.submit(pow, 2, n).result() for n in (3, 4)] == [8, 16]
        assert workers.hosts == [crew.this_host()]


def test_interrupted_crew_ends_its_programs_and_hands_out_no_more():
    code = '''
import time
from legacy.machine import crew, processes
try:
    with crew.crew(jobs=1) as workers:
        tasks = [workers.submit(processes.run, ['sleep', '60'], 100) for _ in range(3)]
        time.sleep(0.5)
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print([task.cancelled() or str(task.exception()) for task in tasks])
'''
    started = time.perf_counter()
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST)
    assert done.stdout == "['interrupted', True, True]\n", done.stderr
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize('error', [KeyboardInterrupt, ValueError])
def test_program_starts_after_a_crew_that_raised(error):
    with pytest.raises(error), crew.crew(jobs=1):
        raise error
    assert processes.run(['echo', 'on'], 10) == 'on\n'
    with crew.crew(jobs=1) as workers:
        assert workers.submit(processes.run, ['echo', 'on'], 10).result() == 'on\n'


def test_two_crews_are_ended_apart():
    with crew.crew(jobs=1) as going_on:
        going_on.submit(pow, 2, 2).result()  # its thread is there before the other crew
        with pytest.raises(ValueError), crew.crew(jobs=1):
            raise ValueError
        assert going_on.submit(processes.run, ['echo', 'on'], 10).result() == 'on\n'


def test_scheduler_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(crew, 'CONNECTING', 0.5)
    with pytest.raises(crew.CrewError, match='no dask scheduler answers'), crew.crew('tcp://127.0.0.1:9'):
        pass


def test_missing_dask_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'distributed', None)
    with pytest.raises(crew.CrewError, match='pip install distributed'), crew.crew('tcp://127.0.0.1:9'):
        pass


# ---- programs

def test_output_comes_back_and_goes_to_the_log(tmp_path):
    log = tmp_path / 'log'
    log.write_text('before\n')
    assert processes.run(['sh', '-c', 'echo out; echo err >&2'], 10, log) == 'out\nerr\n'
    assert log.read_text() == 'before\nout\nerr\n'


@pytest.mark.parametrize('script, words', [
    ('echo one; echo error: two; exit 3', 'sh failed: two'), ('exit 1', 'sh failed: no message'),
    ('kill -SEGV $$', 'ended by SIGSEGV'), ('kill -36 $$', 'ended by signal 36'),
    ('sleep 600', 'took more than 0.3 s')])
def test_failure_is_one_line(script, words):
    with pytest.raises(ProcessFault, match=words) as failed:
        processes.run(['sh', '-c', script], 0.3 if 'sleep' in script else 60)
    assert '\n' not in str(failed.value)


def test_program_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ProcessFault, match='does not run: No such file'):
        processes.run([tmp_path / 'none'], 1)


def test_what_a_program_started_does_not_outlive_it(tmp_path):
    processes.run(['sh', '-c', f'sleep 600 & echo $! > {tmp_path}/pid'], 10)
    stat = pathlib.Path(f'/proc/{(tmp_path / "pid").read_text().strip()}/stat')
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:  # the kernel takes its time over a process that was killed
        if not stat.exists() or stat.read_text().split()[2] == 'Z':
            return
        time.sleep(0.02)
    raise AssertionError(f'{stat} is still there')
