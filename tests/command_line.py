"""The command line in a process of its own, as a user starts it."""
import os
import subprocess
import sys

from tests.conftest import ROOT


def compat_run(*args, cwd=ROOT, **environment):
    """The finished process of `python compat_run.py ARGS`; a variable that is None is taken away."""
    variables = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    return subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), *map(str, args)], cwd=cwd, text=True,
                          capture_output=True, env=variables, timeout=300)


def assert_fault(done, *words):
    """Exit code 2 and one line on standard error that holds all the words."""
    lines = [line for line in done.stderr.splitlines() if line.startswith('error: ')]
    assert (done.returncode, len(lines), done.stdout) == (2, 1, ''), done.stderr
    assert 'Traceback' not in done.stderr
    for word in words:
        assert str(word) in lines[0]
