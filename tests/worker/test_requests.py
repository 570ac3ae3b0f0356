"""A process that ends with its standard input, and takes with it what it started."""
import contextlib
import subprocess
import sys

import psutil
import pytest

from tests.command_line import LONGEST
from tests.conftest import ROOT

PROGRAM = '''
import subprocess, sys, time
from legacy.worker.requests import end_with_stdin
end_with_stdin()
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
try:
    input()
except EOFError:
    print(child.pid, flush=True)
time.sleep(600)
'''


@pytest.fixture
def started():
    process = subprocess.Popen([sys.executable, '-c', PROGRAM], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, start_new_session=True)
    child = psutil.Process(int(process.stdout.readline()))  # so what reads there found its end
    yield process, child
    for one in (process, child):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def test_it_ends_with_whoever_holds_the_other_end(started):
    process, child = started
    process.stdin.close()
    process.wait(timeout=LONGEST)
    assert process.returncode != 0
    assert psutil.wait_procs([child], timeout=LONGEST)[1] == []


def test_it_goes_on_while_that_is_there(started):
    process, child = started
    process.stdin.write('something\n')
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    assert child.is_running()
