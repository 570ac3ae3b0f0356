"""The seam to other Python environments: what their processes inherit, and a worker in one of them."""
import contextlib
import hashlib
import json
import os
import pathlib
import threading

from legacy.formats import places
from legacy.formats.errors import LegacyError
from legacy.machine import processes
from legacy.machine.scratch import scratch

ROOT = pathlib.Path(places.CHECKOUT)
LONGEST_RUN, LONGEST_BUILD, LONGEST_QUESTION = 600, 1800, 60  # seconds
OLDER_THAN_UV = ('3.5', '3.6', '3.7')  # uv installs CPython from 3.8 on
PYTHON = ('PYTHON', 'VIRTUAL_ENV', 'CONDA_', '__PYVENV_LAUNCHER__')  # prefixes of what belongs to the Python here
# TensorFlow 2 leaves it behind in the process that imports it, and 1.15 obeys it.
LEFT_BEHIND = ('TF2_BEHAVIOR',)
TENSORFLOW = ('TF_', 'TF2_', 'XLA_', 'ONEDNN_', 'DNNL_', 'CUDA_', 'KMP_', 'OMP_')  # prefixes of its settings
PATHS = ('out', 'references', 'evidence', 'checked_against', 'recording')  # of a request


class EnvironmentFault(LegacyError):
    """The environment asked for cannot do the run. The message is one line; `mend` is a command that may help."""

    def __init__(self, message, mend=''):
        super().__init__(f'{message}; {mend}' if mend else message)
        self.mend = mend


def choose_kernels(onednn):
    """Ask for oneDNN's kernels, before TensorFlow is imported. Raises EnvironmentFault if the user's variable says
    otherwise."""
    if onednn and os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '1') != '1':
        raise EnvironmentFault('--onednn, but TF_ENABLE_ONEDNN_OPTS=%s is set: unset one of them'
                               % os.environ['TF_ENABLE_ONEDNN_OPTS'])


def inherited(own_settings=True, same_python=False):
    """The variables that another process gets. own_settings: the user's own for TensorFlow, or none. same_python: this
    Python's too; in another environment nothing of it."""
    dropped = LEFT_BEHIND + (() if own_settings else TENSORFLOW) + (() if same_python else PYTHON)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept if same_python else {**kept, 'PYTHONNOUSERSITE': '1'}


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
        if "No module named 'numpy'" in error.text:  # it comes with TensorFlow
            raise EnvironmentFault(f'TensorFlow is not installed there: {python} -m pip install tensorflow') from None
        raise EnvironmentFault(f'the worker under {python}: {error}') from None


# ---- interpreters and environments

_looking_for_uv = threading.Lock()


def uv():
    """The command that runs uv. Raises EnvironmentFault if it is not installed."""
    try:
        with _looking_for_uv:  # sysconfig, which it asks, fails in two threads at once
            from uv import find_uv_bin
            return [find_uv_bin()]
    except (ImportError, FileNotFoundError):
        raise EnvironmentFault('uv is not installed: pip install -r requirements.txt') from None


def uv_fault(error):
    """What uv said was wrong, in one line, of a processes.ProcessFault."""
    said = [line.strip() for line in error.text.splitlines()]
    lines = [line for line in said if line.startswith(('error: ', 'cause: '))][:2]
    return '; '.join(line.split(': ', 1)[1] for line in lines) or str(error)


def find_python(version, folders=()):
    """The path of a CPython `version`, as '3.7'. Looks into `folders` (an interpreter, or environments or versions
    below), then at uv's own, on PATH, and in pyenv's versions. Raises EnvironmentFault, with what would mend it."""
    for candidate in _candidates(version, folders):
        with contextlib.suppress(processes.ProcessFault):
            said = processes.run([candidate, '-c', 'import sys; print("%s %d.%d" % (sys.implementation.name, '
                                  '*sys.version_info[:2]))'], LONGEST_QUESTION, environment=inherited())
            if said.strip() == f'cpython {version}':
                return str(candidate)
    raise EnvironmentFault(f'no CPython {version} in {", ".join([*map(str, folders), "uv, PATH or pyenv"])}',
                           f'{"pyenv" if version in OLDER_THAN_UV else "uv python"} install {version}')


def _candidates(version, folders):
    name = f'python{version}'
    for folder in map(pathlib.Path, folders):
        yield from ([folder] if folder.is_file() else
                    [*folder.glob(name), *folder.glob(f'bin/{name}'), *sorted(folder.glob(f'*/bin/{name}'))])
    with contextlib.suppress(processes.ProcessFault, EnvironmentFault):
        yield processes.run([*uv(), 'python', 'find', '--managed-python', '--no-python-downloads', '--no-project',
                             version], LONGEST_QUESTION).strip()
    for folder in os.environ.get('PATH', '').split(os.pathsep):
        if folder and (pathlib.Path(folder) / name).is_file():
            yield pathlib.Path(folder) / name
    root = pathlib.Path(os.environ.get('PYENV_ROOT', pathlib.Path.home() / '.pyenv'))
    yield from sorted(root.glob(f'versions/{version}.*/bin/python'))


def build(folder, name, python, lock, constraints, log=None):
    """The interpreter of an environment with just the packages of the text `lock`, hashes checked.

    folder: where environments are kept; one with this name and lock is used again. constraints: a lock file's text for
    what builds packages that have no wheel. Raises EnvironmentFault.
    """
    path = pathlib.Path(folder).resolve() / f'{name}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
    if path.is_dir():
        return str(path / 'bin' / 'python')
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch(path.parent) as folder:
        for file, text in (('lock.txt', lock), ('constraints.txt', constraints)):
            (folder / file).write_text(text, encoding='utf-8')
        new = folder / path.name
        try:
            processes.run([*uv(), 'venv', '--quiet', '--relocatable', '--no-project', '--python', python, new],
                          LONGEST_BUILD, log)
            _install(new, folder, log)
        except processes.ProcessFault as error:
            raise EnvironmentFault(f'the environment cannot be built: {uv_fault(error)}') from None
        with contextlib.suppress(OSError):  # somebody else has just built the same
            new.rename(path)
    return str(path / 'bin' / 'python')


def _install(environment, folder, log):
    """Install what the lock in `folder` says, if need be from uv's cache alone. Raises processes.ProcessFault."""
    command = [*uv(), 'pip', 'sync', '--quiet', '--require-hashes', '--build-constraints', folder / 'constraints.txt',
               '--python', environment / 'bin' / 'python', folder / 'lock.txt']
    try:
        processes.run(command, LONGEST_BUILD, log)
    except processes.ProcessFault as error:
        try:
            processes.run([*command, '--offline'], LONGEST_BUILD, log)
        except processes.ProcessFault:
            raise error from None
