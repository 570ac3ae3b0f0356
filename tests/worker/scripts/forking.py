"""Runs `python compat_run.py ARGS` many times in copies of one process that has imported TensorFlow: seconds each less.

    python forking.py      then one JSON list on standard input for each run: [args, folder, environment, in, out, err]

Where ARGS begin with -m MODULE, that module runs in place of compat_run.py.

It writes the exit code of each run on a line of standard output. What depends on being the first process, such as
Ctrl-C and the interpreter's own end, is tested without it.
"""
import atexit
import importlib
import json
import os
import pathlib
import runpy
import subprocess
import sys
import tempfile
import threading

from legacy.machine import tensorflow1

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Fork:
    """A process that waits with TensorFlow imported; `run` as tests.command_line.compat_run."""

    def __init__(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith('TF_')}
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, env={
                                             **environment, 'PYTHONPATH': str(ROOT),
                                             tensorflow1.FOLDER: str(tensorflow1.folder())})

    def run(self, *args, cwd=ROOT, stdin='', environment=None):
        """subprocess.CompletedProcess. environment: {variable: value} beside those of this process."""
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ('in', 'out', 'err')]
            files[0].write_text(stdin)
            asked = [list(map(str, args)), str(cwd), environment or {}, *map(str, files)]
            self._process.stdin.write(json.dumps(asked) + '\n')
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(args, code, files[1].read_text(), files[2].read_text())

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def _one(args, folder, environment, *files):
    os.chdir(folder)
    os.environ.update(environment)
    for descriptor, (file, flags) in enumerate(zip(files, (os.O_RDONLY, *2 * [os.O_WRONLY | os.O_CREAT]))):
        os.dup2(os.open(file, flags), descriptor)
    sys.stdin = open(0)
    sys.path.insert(0, str(ROOT))
    sys.argv = ['compat_run.py', *args]
    code = 0
    try:
        if args[:1] == ['-m']:
            sys.argv = args[1:]
            runpy.run_module(args[1], run_name='__main__')
        else:
            runpy.run_path(str(ROOT / 'compat_run.py'), run_name='__main__')
    except SystemExit as error:
        code = error.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve():
    importlib.import_module('legacy.worker.scripts.running')  # and TensorFlow with it
    answers = os.fdopen(os.dup(1), 'w')
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _one(*json.loads(line))
        answers.write(f'{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n')
        answers.flush()


if __name__ == '__main__':
    _serve()
