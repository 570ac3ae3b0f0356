"""The one seam to the outside: the process environment, and a worker in another Python environment."""
import json
import os
import pathlib
import signal
import subprocess

from legacy.errors import LegacyError

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_RUN = 600  # seconds
DROPPED = ('PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONOPTIMIZE', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__',
           'TF2_BEHAVIOR')  # which TensorFlow 2 leaves behind and 1.15 obeys
PATHS = ('out', 'references', 'evidence', 'checked_against')  # of a request


class EnvironmentFault(LegacyError):
    """The environment asked for cannot do the run. The message is one line."""


def choose_kernels(onednn):
    """Ask for oneDNN's kernels, before TensorFlow is imported. Raises EnvironmentFault if the user's variable says
    otherwise."""
    if onednn and os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '1') != '1':
        raise EnvironmentFault('--onednn, but TF_ENABLE_ONEDNN_OPTS=%s is set: unset one of them'
                               % os.environ['TF_ENABLE_ONEDNN_OPTS'])


def limited_instructions(settings):
    """Whether recorded settings keep TensorFlow from using fused multiply-add."""
    return any(settings.get(name, {}).get('value') in ('SSE41', 'AVX')
               for name in ('ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA'))


def run_worker(python, request, onednn=False):
    """Run `legacy.worker` with this interpreter on a request (see there). Raises EnvironmentFault."""
    environment = {name: value for name, value in os.environ.items() if name not in DROPPED}
    environment['PYTHONNOUSERSITE'] = '1'
    if onednn:
        environment['TF_ENABLE_ONEDNN_OPTS'] = '1'
    paths = {key: os.path.abspath(request[key]) for key in PATHS if key in request}
    request = {**request, **paths}
    try:
        done = subprocess.run([python, '-m', 'legacy.worker', json.dumps(request)], cwd=ROOT, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_RUN)
    except OSError as error:
        raise EnvironmentFault(f'{python} does not run: {error.strerror}') from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f'the worker under {python} took more than {LONGEST_RUN} s') from None
    if done.returncode < 0:
        raise EnvironmentFault(f'the worker under {python} was ended by {signal.Signals(-done.returncode).name}')
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ['no message']
        raise EnvironmentFault(f'the worker under {python} failed: {lines[-1].removeprefix("error: ")}')
