"""The one seam to the outside: a worker in another Python environment."""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_RUN = 600  # seconds
DROPPED = ('PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONOPTIMIZE', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__')


class EnvironmentFault(Exception):
    """The environment asked for cannot do the run. The message is one line."""


def run_worker(python, request, onednn=False):
    """Run `legacy.worker` with this interpreter on a request (see there). Raises EnvironmentFault."""
    environment = {name: value for name, value in os.environ.items() if name not in DROPPED}
    environment['PYTHONNOUSERSITE'] = '1'
    if onednn:
        environment['TF_ENABLE_ONEDNN_OPTS'] = '1'
    request = {**request, 'out': os.path.abspath(request['out'])}
    try:
        done = subprocess.run([python, '-m', 'legacy.worker', json.dumps(request)], cwd=ROOT, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_RUN)
    except OSError as error:
        raise EnvironmentFault(f'{python} does not run: {error.strerror}') from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f'the worker under {python} took more than {LONGEST_RUN} s') from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ['no message']
        raise EnvironmentFault(f'the worker under {python} failed: {lines[-1].removeprefix("error: ")}')
