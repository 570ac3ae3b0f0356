"""The process of which `forking.Fork` makes copies: it has imported TensorFlow, and waits.

    python forkserver.py   then one JSON list on standard input for each run: [args, folder, environment, in, out, err]

ARGS are those of compat_run.py; behind -m a module's and its arguments; or the file of a worker and its request.

It writes the variables that it has once TensorFlow is imported, and then the exit code of each run, each on a line of
standard output. It imports nothing but what the worker does, so that no run finds more.
"""
import atexit
import contextlib
import gc
import importlib
import json
import os
import pathlib
import runpy
import signal
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORKER = ROOT / 'legacy' / 'worker' / 'scripts' / '__main__.py'


def _one(args, folder, environment, *files):
    os.setsid()  # what it starts ends with it
    os.chdir(folder)
    os.environ.update(environment)
    modes = os.O_RDONLY, *2 * [os.O_WRONLY | os.O_CREAT | os.O_APPEND]
    for descriptor, (file, mode) in enumerate(zip(files, modes)):
        os.dup2(os.open(file, mode), descriptor)
    sys.stdin = open(0)
    code = 0
    try:
        if args[0] == str(WORKER):
            sys.argv = args
            sys.path.insert(0, os.path.dirname(args[0]))
            runpy.run_path(args[0], run_name='__main__')
        elif args[0] == '-m':
            sys.path.insert(0, str(ROOT))
            sys.argv = args[1:]
            runpy.run_module(args[1], run_name='__main__')
        else:
            sys.path.insert(0, str(ROOT))
            sys.argv = ['compat_run.py', *args]
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
    del sys.path[0]  # the folder of the tests
    importlib.import_module('legacy.worker.scripts.runner')  # and TensorFlow with it
    gc.freeze()  # no copy looks through TensorFlow's own objects again: a fifth of a second each time
    answers = os.fdopen(os.dup(1), 'w')
    print(json.dumps(dict(os.environ)), file=answers, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _one(*json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        print(code, file=answers, flush=True)


if __name__ == '__main__':
    _serve()
