"""The command line in a process of its own, as a user starts it, or, where that makes no difference, in this one."""
import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

import compat_run as own
from legacy.judge.verdict import VERDICTS
from tests.conftest import ROOT

# Seconds that a test waits for what takes a few: on a machine that is busy it may take many times as long.
LONGEST = 600


def compat_run(*args, cwd=ROOT, **environment):
    """The finished process of `python compat_run.py ARGS`; a variable that is None is taken away."""
    variables = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    return subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), *map(str, args)], cwd=cwd, text=True,
                          capture_output=True, env=variables, timeout=LONGEST)


def assert_fault(done, *words):
    """Exit code 2 and one line on standard error that holds all the words."""
    lines = [line for line in done.stderr.splitlines() if line.startswith('error: ')]
    assert (done.returncode, len(lines), done.stdout) == (2, 1, ''), done.stderr
    assert 'Traceback' not in done.stderr
    for word in words:
        assert str(word) in lines[0]


def compat_run_here(*args):
    """The same without a process of its own, so that nothing is imported again: all of `python compat_run.py ARGS` but
    its end."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, 'argv', ['compat_run.py', *map(str, args)]), \
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = own.main()
    return subprocess.CompletedProcess(args, code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def inside(folder):
    """Context manager: the current folder is `folder` (contextlib.chdir came with Python 3.11)."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def record_copy(fork, script, folder):
    """Record a copy of a script in a folder, under the TensorFlow installed, with two runs with noise; `check` finds it
    there as NAME.npz. fork: a forking.Fork, of which the runs are copies."""
    (folder / script.name).write_text(script.read_text())
    done = fork.command('record', '--noisy', '2', '--out', f'{script.stem}.npz', script.name, cwd=folder)
    assert done.returncode == 0, done.stderr + done.stdout


def verdict_of(done):
    """The word of the verdict that a finished `check` printed; None if it printed none."""
    words = [line.partition(':')[0] for line in done.stdout.splitlines()]
    return next((word for word in words if word in VERDICTS), None)
