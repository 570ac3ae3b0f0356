"""Copies of one process that has imported TensorFlow, in which commands and workers run: seconds each less.

What depends on being the first process, such as Ctrl-C and the interpreter's own end, and on what TensorFlow or Python
reads when it starts, is tested without it. The other side is `forkserver`.
"""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
from unittest import mock

from legacy.machine import processes, tensorflow1, variables
from legacy.machine.forked import Forked
from tests import forkserver
from tests.command_line import compat_run_here, inside
from tests.conftest import ROOT

# Commands that start a worker, but for the request.
WORKERS = [[sys.executable, *command] for command in (
    [str(forkserver.WORKER)], ['-m', 'legacy.worker'], ['-m', 'legacy.worker.claims'])]
START = (*variables.TENSORFLOW, 'PYTHON')  # prefixes of what is read once
# Of these Python has read the one for all copies; the other is the path of modules, where ROOT is.
EXCEPT = ('PYTHONHASHSEED', 'PYTHONPATH')


class Fork:
    """A process that waits with TensorFlow imported."""

    def __init__(self):
        self._path = os.environ.get('PYTHONPATH')
        self._taken = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, forkserver.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**users_own(), 'PYTHONPATH': str(ROOT), 'PYTHONHASHSEED': '0',
                 tensorflow1.FOLDER: str(tensorflow1.folder())})
        self._variables = None

    def run(self, *args, cwd=ROOT, stdin='', environment=None):
        """The finished process of `python compat_run.py ARGS`, which is a copy. environment: {variable: value} beside
        those of this process."""
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ('in', 'out', 'err')]
            files[0].write_text(stdin)
            code = self._code(args, cwd, environment or {}, *files)
            return subprocess.CompletedProcess(args, code, files[1].read_text(), files[2].read_text())

    def command(self, *args, cwd=ROOT, **environment):
        """The finished process of `python compat_run.py ARGS` as `compat_run_here` makes it, but that workers are
        copies. environment: as `run` takes it."""
        with inside(cwd), _variables(environment), self.workers():
            return compat_run_here(*args)

    @contextlib.contextmanager
    def workers(self):
        """Context manager: workers that this process starts with the TensorFlow installed are copies."""
        with mock.patch.object(processes, 'run', self._work), mock.patch.object(Forked, 'can_be', lambda: False):
            yield

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait()

    def _work(self, command, limit, log=None, environment=None, cwd=None, given=None, real=processes.run):
        """In place of `processes.run`."""
        *started, request = map(str, command)
        if started not in WORKERS or not self._is_like(environment):
            return real(command, limit, log, environment, cwd, given)
        request = {key: value for key, value in json.loads(request).items() if key != 'end_with_stdin'}
        with open(log, 'ab+') if log else tempfile.NamedTemporaryFile() as output:
            output.seek(0, os.SEEK_END)
            start = output.tell()
            code = self._code([*started[1:], json.dumps(request)], cwd, environment, os.devnull, *2 * [output.name])
            output.seek(start)
            return processes.ended(os.path.basename(command[0]), code, output.read(), processes.group())

    def _code(self, args, cwd, environment, *files):
        """The exit code of a copy."""
        with self._taken:
            self._known()
            asked = [list(map(str, args)), str(cwd), environment, *map(str, files)]
            self._process.stdin.write(json.dumps(asked) + '\n')
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def _known(self):
        """The variables of the process that is copied."""
        if self._variables is None:
            self._variables = json.loads(self._process.stdout.readline())
        return self._variables

    def _is_like(self, environment):
        """Whether Python and TensorFlow would start with these variables as they have started there."""
        with self._taken:
            known = self._known()
        return environment.get('PYTHONPATH') == self._path and all(
            known.get(name) == value for name, value in environment.items()
            if name.startswith(START) and name not in EXCEPT)


@contextlib.contextmanager
def _variables(given):
    """Context manager: this process has these variables. Others stay as they become: TensorFlow's first import sets
    some for good."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({} if value is None else {name: value})


def users_own():
    """The variables of this process without what TensorFlow and the port have set in it."""
    shim = sys.modules.get('legacy.shim')
    ours = [name for name, setting in shim.settings.items() if setting['from'] == 'default'] if shim else []
    return {name: value for name, value in variables.inherited(same_python=True).items() if name not in ours}
