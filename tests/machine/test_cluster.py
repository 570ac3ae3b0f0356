"""`upgrade` and `claims` on a real dask.distributed cluster: a scheduler and workers on the loopback address."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from legacy.claims import chunkresults, plan
from legacy.machine import crew
from legacy.upgrade import summary
from tests.command_line import LONGEST
from tests.conftest import ROOT

pytest.importorskip('distributed', reason='dask.distributed is not installed: pip install -r tests/requirements.txt')


def start(*args, cwd=ROOT):
    return subprocess.Popen([sys.executable, '-m', 'distributed.cli.' + args[0], *args[1:]], cwd=cwd,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@contextlib.contextmanager
def cluster(*folders):
    """(address, [worker process]) of a scheduler and one worker with one thread in each folder."""
    started = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.callback(end, started)
        file = pathlib.Path(folder, 'scheduler.json')  # it chooses a free port, and says there which
        started.append(start('dask_scheduler', '--host', '127.0.0.1', '--port', '0', '--no-dashboard',
                             '--scheduler-file', str(file)))
        address = written(file, started[0])['address']
        started += [start('dask_worker', address, '--nthreads', '1', '--no-nanny', '--no-dashboard', '--name', str(k),
                          '--death-timeout', '60', cwd=folder) for k, folder in enumerate(folders)]
        from distributed import Client
        with Client(address, timeout=LONGEST, set_as_default=False) as client:
            client.wait_for_workers(len(folders), timeout=LONGEST)
        yield address, started[1:]


def written(file, process):
    """The JSON that a process writes to a file, as soon as it is whole."""
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return json.loads(file.read_text())
        assert process.poll() is None and time.monotonic() < deadline, 'the scheduler did not start'
        time.sleep(0.05)


def end(started):
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope='module')
def two():
    with cluster(ROOT, ROOT) as found:
        yield found


def test_rows_come_back_from_the_cluster_with_their_evidence_and_log(two, stand_in):
    releases = [stand_in.release('1.15.5', before='print("step 1")'), stand_in.release('2.0.4'),
                stand_in.release('2.1.4', ulps=1)]
    with crew.crew(two[0]) as workers:
        outcomes = stand_in.matrix(workers).run(releases)
    assert [outcome.verdict for outcome in outcomes] == ['identical', 'identical', 'explained']
    assert {outcome.host.name for outcome in outcomes} == {socket.gethostname()}
    assert all((outcome.folder / summary.RUN).exists() and 'running' in outcome.log.read_text() for outcome in outcomes)
    assert 'step 1' in outcomes[0].log.read_text()


def test_what_the_cluster_has_run_is_kept(two, stand_in):
    release = stand_in.release('1.15.5')
    for _ in range(2):
        with crew.crew(two[0]) as workers:
            stand_in.matrix(workers).run([release])
    assert stand_in.called() == ['1.15.5']


def test_each_host_runs_the_row_on_every_worker(two, stand_in):
    release = stand_in.release('1.15.5')
    with crew.crew(two[0]) as workers:
        outcomes = stand_in.matrix(workers, each_host=True).run([release])
    assert len({outcome.label for outcome in outcomes}) == 2
    assert {outcome.host.address for outcome in outcomes} == {host.address for host in workers.hosts}
    assert stand_in.called() == ['1.15.5'] * 2


def test_row_goes_only_where_its_platform_fits(two, stand_in):
    release = stand_in.release('1.15.5')._replace(platforms=('macos-arm64',))
    with crew.crew(two[0]) as workers:
        outcome, = stand_in.matrix(workers).run([release])
    assert outcome.verdict == 'not run' and 'no wheel for' in outcome.fault


def test_row_of_a_worker_that_is_killed_is_run_elsewhere(stand_in):
    """Both are running when one worker is killed; then they may end."""
    started, go_on = stand_in.folder / 'started', stand_in.folder / 'go on'
    before = (f'open({str(started)!r}, "a").write("{{}}\\n".format(os.getppid()))\n'
              f'while not os.path.exists({str(go_on)!r}): time.sleep(0.02)')
    releases = [stand_in.release(version, before=before) for version in ('1.15.5', '2.0.4')]
    with cluster(ROOT, ROOT) as (address, processes), crew.crew(address) as workers:
        def kill():
            while not started.exists() or len(started.read_text().splitlines()) < 2:
                time.sleep(0.05)
            os.killpg(processes[0].pid, signal.SIGKILL)
            processes[0].wait()
            go_on.touch()
        threading.Thread(target=kill, daemon=True).start()
        outcomes = stand_in.matrix(workers).run(releases)
    assert [outcome.verdict for outcome in outcomes] == ['identical'] * 2
    assert len(stand_in.called()) == 3


def test_claims_are_measured_on_the_cluster_and_kept(two, tmp_path):
    chunks = plan.chunks('convergence', 1, {'convergence': [{'start': 'He', 'rates': [1e-3], 'steps': 6}]})
    told = []
    for _ in range(2):
        with crew.crew(two[0]) as workers:
            gathered = chunkresults.Gathering(workers, tmp_path, tell=lambda chunk, how: told.append(how)).run(chunks)
        assert [run['seed'] for run in gathered['convergence']] == [1]
    assert told == [chunkresults.RUN, chunkresults.STORED]


def test_worker_without_this_code_is_refused(tmp_path):
    with cluster(tmp_path) as (address, _), pytest.raises(crew.CrewError, match='start dask workers in a checkout'), \
            crew.crew(address):
        pass
