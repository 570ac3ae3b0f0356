"""Virtual environments of other TensorFlow releases: built from lock files, kept, and a worker run in one of them."""
import contextlib
import csv
import hashlib
import json
import os
import pathlib
import re
import sys

import platformdirs

from legacy.formats import places
from legacy.formats.places import PathLike
from legacy.formats.values import JsonObject
from legacy.machine import interpreters, keptenvironments, processes, variables
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.scratch import move_into_place, scratch

ROOT = pathlib.Path(places.CHECKOUT)
LONGEST_RUN, LONGEST_BUILD = 600, 1800  # seconds
PATHS = ('out', 'references', 'evidence', 'checked_against', 'recording')  # of a request
PROGRAM = 'compat_run'  # names the folder in the user's cache
NO_NETWORK = 'with a network it is built once and kept, or --python names an environment that is there'


def choose_kernels(onednn: bool) -> None:
    """Ask for oneDNN's kernels, before TensorFlow is imported. Raises EnvironmentFault if the user's variable says
    otherwise."""
    if onednn and os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '1') != '1':
        raise EnvironmentFault('--onednn, but TF_ENABLE_ONEDNN_OPTS=%s is set: unset one of them'
                               % os.environ['TF_ENABLE_ONEDNN_OPTS'])


def run_worker(python: str, request: JsonObject, onednn: bool = False, own_settings: bool = True,
               log: PathLike | None = None) -> str:
    """Run `legacy.worker` with this interpreter on a request (see there). Raises EnvironmentFault."""
    environment = variables.inherited(own_settings, same_python=python == sys.executable)
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


def kept_in(folder: PathLike | None = None) -> pathlib.Path:
    """The folder where this host keeps environments: the one given, or one in the user's cache."""
    return (pathlib.Path(folder).expanduser().resolve() if folder else
            platformdirs.user_cache_path(PROGRAM, appauthor=False) / 'environments')


def told(folder: PathLike | None, count: int = 1) -> str:
    """What building environments takes, to be said before it is done."""
    place = kept_in(folder)
    many = 'an environment of 0.5 to 2.5 GB' if count == 1 else f'up to {count} environments of 0.5 to 2.5 GB each'
    return (f'{many} in {place}, built unless kept from before ({keptenvironments.free(place) / 1e9:.0f} GB are free; '
            '`environments` lists and removes them)')


def build(folder: PathLike | None, name: str, python: str, lock: str, constraints: str,
          log: PathLike | None = None) -> str:
    """The interpreter of an environment with just the packages of the text `lock`, hashes checked.

    folder: where environments are kept; one with this name and lock is used again if it is whole. constraints: a lock
    file's text for what builds packages that have no wheel. Raises EnvironmentFault, and OSError as for a full disk.
    """
    path = kept_in(folder) / f'{name}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
    if not _whole(path, lock):
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch(path.parent) as work:
            for file, text in (('lock.txt', lock), ('constraints.txt', constraints)):
                (work / file).write_text(text, encoding='utf-8')
            new = work / path.name
            try:
                interpreters.run_uv(['venv', '--quiet', '--relocatable', '--no-project', '--python', python, new],
                                    LONGEST_BUILD, log)
                _install(new, work, log)
            except processes.ProcessFault as error:
                said = interpreters.uv_fault(error)
                raise EnvironmentFault(f'the environment cannot be built: {said}', NO_NETWORK
                                       if 'Failed to fetch' in said else '') from None
            if path.exists() and not _whole(path, lock):
                path.rename(work / 'damaged')
            move_into_place(new, path)
    with contextlib.suppress(OSError):  # a folder that may only be read
        os.utime(path)  # when it was last used: see `keptenvironments`
    return str(interpreters.of_environment(path))


def _install(environment: pathlib.Path, folder: pathlib.Path, log: PathLike | None) -> None:
    """Install what the lock in `folder` says, if need be from uv's cache alone. Raises processes.ProcessFault."""
    command: list[PathLike] = [
        'pip', 'sync', '--quiet', '--require-hashes', '--build-constraints', folder / 'constraints.txt',
        '--python', interpreters.of_environment(environment), folder / 'lock.txt']
    try:
        interpreters.run_uv(command, LONGEST_BUILD, log)
    except processes.ProcessFault as error:
        try:
            interpreters.run_uv([*command, '--offline'], LONGEST_BUILD, log)
        except processes.ProcessFault:
            raise error from None


def _whole(path: pathlib.Path, lock: str) -> bool:
    """Whether an environment has its interpreter, every package of the lock, and every file that these list as theirs.
    Asks the disk alone, starts nothing."""
    if not interpreters.of_environment(path).exists():
        return False
    folders = [*path.glob('lib/python*/site-packages/*.dist-info'), *path.glob('Lib/site-packages/*.dist-info')]
    installed = {_normal(folder.name.removesuffix('.dist-info').split('-')[0]) for folder in folders}
    locked = {_normal(name) for name in re.findall(r'^([\w.-]+) *(?:==|@)', lock, re.MULTILINE)}
    return locked <= installed and all(_has_its_files(folder) for folder in folders)


def _has_its_files(package: pathlib.Path) -> bool:
    """package: its .dist-info folder."""
    try:
        with open(package / 'RECORD', encoding='utf-8', newline='') as file:
            return all(os.path.exists(os.path.join(package.parent, row[0])) for row in csv.reader(file) if row)
    except FileNotFoundError:
        return False


def _normal(name: str) -> str:
    """A package's name as it is compared: 'Keras_Applications' is 'keras-applications'."""
    return re.sub(r'[-_.]+', '-', name).lower()
