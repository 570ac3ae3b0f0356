"""What takes long and several files of tests look at: made once, be there one process of pytest or several (xdist)."""
import contextlib
import json
import subprocess
import sys

from tests.conftest import ROOT
from tests.forking import users_own

try:
    import fcntl
except ImportError:  # Windows, where each process makes its own
    fcntl = None

# Runs commands one after another in a process of its own. A function that does the work is called by the first of them
# alone, and the others get what it has returned: so one piece of work is said in several ways.
COMMANDS = '''
import importlib, json, pathlib, sys
root, module, name, commands, answers = json.loads(sys.argv[1])
sys.path.append(root)  # not for the processes that it starts
from tests.command_line import compat_run_here
module = importlib.import_module(module)
work, made = getattr(module, name), []
def once(*args):
    made[:] = made or [work(*args)]
    return made[0]
setattr(module, name, once)
done = [compat_run_here(*args) for args in commands]
pathlib.Path(answers).write_text(json.dumps([[one.args, one.returncode, one.stdout, one.stderr] for one in done]))
'''


@contextlib.contextmanager
def _alone(folder):
    """Context manager: no other process of pytest is in one of this folder."""
    with open(folder / 'lock', 'w') as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def commands(folder, work, asked, **environment):
    """[the finished process of `python compat_run.py ARGS`], which worked in the folder, as this process or another one
    of pytest has had it made there. work: (module, function) that is called once for all. asked: [ARGS]."""
    answers = folder / 'answers.json'
    folder.mkdir(exist_ok=True)
    with _alone(folder):
        if not answers.exists():
            request = json.dumps([str(ROOT), *work, asked, str(answers)])
            done = subprocess.run([sys.executable, '-c', COMMANDS, request], cwd=folder, text=True,
                                  capture_output=True, env={**users_own(), **environment})
            assert done.returncode == 0, done.stderr
        return [subprocess.CompletedProcess(*one) for one in json.loads(answers.read_text())]
