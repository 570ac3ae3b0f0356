"""The seam to other Python environments: what their processes inherit, and a worker in one of them."""
import json
import os
import pathlib

from legacy import processes
from legacy.errors import LegacyError

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_RUN = 600  # seconds
PYTHON = ('PYTHON', 'VIRTUAL_ENV', 'CONDA_', '__PYVENV_LAUNCHER__')  # prefixes of what belongs to the Python here
# TensorFlow 2 leaves it behind in the process that imports it, and 1.15 obeys it.
LEFT_BEHIND = ('TF2_BEHAVIOR',)
TENSORFLOW = ('TF_', 'TF2_', 'XLA_', 'ONEDNN_', 'DNNL_', 'CUDA_', 'KMP_', 'OMP_')  # prefixes of its settings
PATHS = ('out', 'references', 'evidence', 'checked_against', 'recording')  # of a request


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


def inherited(own_settings=True):
    """The variables that a process in another Python environment gets: nothing of this Python's; own_settings: the
    user's own for TensorFlow, or none."""
    dropped = PYTHON + LEFT_BEHIND + (() if own_settings else TENSORFLOW)
    return {**{name: value for name, value in os.environ.items() if not name.startswith(dropped)},
            'PYTHONNOUSERSITE': '1'}


def run_worker(python, request, onednn=False, own_settings=True, log=None):
    """Run `legacy.worker` with this interpreter on a request (see there). Raises EnvironmentFault."""
    environment = inherited(own_settings)
    if onednn:
        environment['TF_ENABLE_ONEDNN_OPTS'] = '1'
    request = {**request, **{key: os.path.abspath(request[key]) for key in PATHS if key in request},
               'end_with_stdin': True}
    try:
        return processes.run([python, '-m', 'legacy.worker', json.dumps(request)], LONGEST_RUN, log, environment, ROOT)
    except processes.ProcessFault as error:
        raise EnvironmentFault(f'the worker under {python}: {error}') from None
