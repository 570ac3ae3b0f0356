"""One row: an environment for a TensorFlow release, and everything that a worker can tell of its subject there.

`run` is what hosts are asked to do. It takes and returns plain values, so that it can be sent to another machine.
"""
import contextlib
import json
import os
import pathlib
import shlex
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence

from packaging.version import Version

from legacy.check import scripting, wholeportable
from legacy.check.scriptfault import ScriptFault
from legacy.formats import scriptrecording
from legacy.formats.errors import LegacyError, in_words
from legacy.formats.places import PathLike
from legacy.formats.values import JsonObject
from legacy.machine import environments
from legacy.machine.interpreters import EnvironmentFault, find_python
from legacy.machine.scratch import scratch, temporary
from legacy.upgrade import scriptsummary
from legacy.upgrade.releasetable import LOCKS, Release

BUILD, RUN = 'building', 'running'  # the stages that a row tells


def request(row: Release, onednn: bool = False, interpreters: Sequence[PathLike] = (), folder: PathLike | None = None,
            log: PathLike | None = None, subject: JsonObject | None = None) -> JsonObject:
    """What `run` takes, of a Release with its lock.

    Paths are the host's. interpreters: where to look for one first. folder: where environments are kept, in the host's
    cache unless given. log: a file; without one what is said comes back with the answer only. subject: what
    `subjects` ask for: {'against': {name: bytes} of the article's references, none for the committed ones}, or
    {'script': {'baseline': its recording, a path or bytes, and of a scripting.Job 'asked', 'folder', 'timeout',
    'files', 'without'}}.
    """
    return {'name': row.name.replace(os.sep, '_'), 'version': row.version, 'python': row.python, 'lock': row.lock,
            'constraints': (LOCKS / 'build.txt').read_text(encoding='utf-8'), 'onednn': onednn,
            'interpreters': [str(path) for path in interpreters], 'folder': str(folder) if folder else None,
            'log': str(log) if log else None, 'subject': subject or {'against': {}}}


def run(asked: JsonObject, tell: Callable[[str], None] | None = None) -> JsonObject:
    """Build the environment that a request asks for and do there what its subject needs.

    Returns {'files': {name: bytes}, 'host', 'seconds': {stage: number}, 'log': text}, or in place of the files 'fault'
    and 'mend': why the row was not run, and a command that may help. tell: called with each stage as it begins.
    """
    answer: JsonObject = {'host': socket.gethostname(), 'seconds': {}}
    try:
        kept = environments.kept_in(asked['folder'])
        with _working_folder(kept) as folder:
            _run(asked, tell, answer, folder, asked['log'] or str(folder / 'log'))
    except EnvironmentFault as error:
        answer.update(fault=str(error), mend=error.mend)
    except LegacyError as error:  # a folder that is too large, a recording that is not whole
        answer.update(fault=str(error), mend='')
    except OSError as error:  # a full disk, a folder that cannot be written
        answer.update(fault=in_words(error), mend='')
    except Exception as error:  # a fault of this program: the matrix goes on, and the log says where
        answer.update(fault=f'{type(error).__name__}: {error}', mend='')
    return answer


def _working_folder(kept: pathlib.Path) -> contextlib.AbstractContextManager[pathlib.Path]:
    """Context manager: a new folder beside the environments, where there is room; among the temporary files where the
    environments are shared, and only to be read."""
    if kept.is_dir() and not os.access(kept, os.W_OK):
        return temporary('row')
    kept.mkdir(parents=True, exist_ok=True)
    return scratch(kept)


def _run(asked: JsonObject, tell: Callable[[str], None] | None, answer: JsonObject, folder: pathlib.Path,
         log: str) -> None:
    """Put the stages' seconds, the files and the log's text into the answer."""
    try:
        with _stage(BUILD, answer, log, tell):
            base = find_python(asked['python'], asked['interpreters'])
            python = environments.build(asked['folder'], asked['name'], base, asked['lock'], asked['constraints'], log)
        with _stage(RUN, answer, log, tell):
            do = _script if 'script' in asked['subject'] else _evidence
            answer['files'] = do(python, asked, folder, log)
    except LegacyError:
        raise
    except Exception:
        with open(log, 'a', encoding='utf-8') as file:
            traceback.print_exc(file=file)
        raise
    finally:
        answer['log'] = pathlib.Path(log).read_text(encoding='utf-8', errors='replace')


@contextlib.contextmanager
def _stage(name: str, answer: JsonObject, log: str, tell: Callable[[str], None] | None) -> Iterator[None]:
    if tell:
        tell(name)
    with open(log, 'a', encoding='utf-8') as file:
        file.write(f'== {name}, {time.strftime("%Y-%m-%d %H:%M:%S")}\n')
    started = time.perf_counter()
    try:
        yield
    finally:
        answer['seconds'][name] = round(time.perf_counter() - started, 2)


def _evidence(python: str, asked: JsonObject, folder: pathlib.Path, log: str) -> dict[str, bytes]:
    """{name: bytes} of all parts that `check` needs of the article's experiment."""
    made, against = folder / 'evidence', folder / 'against'
    made.mkdir()
    wanted = {'evidence': str(made), 'native': True}
    if asked['subject']['against']:
        _write(against, asked['subject']['against'])
        wanted['checked_against'] = str(against)
    environments.run_worker(python, wanted, asked['onednn'], own_settings=False, log=log)
    files = _read(made)
    _require_release(files.get('environment.json', b'{}'), python, asked)
    return files


def _script(python: str, asked: JsonObject, folder: pathlib.Path, log: str) -> dict[str, bytes]:
    """{name: bytes} of a script's run, or of how it failed: see `scriptsummary`."""
    wanted, made = dict(asked['subject']['script']), folder / 'script'
    made.mkdir()
    baseline = wanted.pop('baseline')
    if isinstance(baseline, bytes):
        _write(folder / 'against', {'baseline.npz': baseline})
        baseline = str(folder / 'against' / 'baseline.npz')
    if wanted['folder'] and not os.path.isdir(wanted['folder']):
        raise EnvironmentFault(f'{wanted["folder"]}, where the script is, is not on this host')
    job = scripting.Job(python, wanted.pop('asked'), asked['onednn'], own_settings=False, log=log, **wanted)
    try:
        recorded = wholeportable.made_here(job, baseline, folder / 'whole.npz', lambda: job.run(
            made / scriptsummary.RUN, op_seeds=baseline, command=''))
        if 'whole' in recorded.header:
            scriptrecording.save(recorded, made / scriptsummary.RUN)
        environment = json.dumps(recorded.header['environment']).encode()
    except scripting.NotInstalled as error:  # pip is of no use in an environment that is built from a lock
        raise EnvironmentFault(error.lack, f'--with {error.package}') from None
    except ScriptFault as error:
        out = made / scriptsummary.ENVIRONMENT
        environments.run_worker(python, {'environment': True, 'out': str(out)}, own_settings=False, log=log)
        environment = out.read_bytes()
        (made / scriptsummary.FAILED).write_text(json.dumps({'message': str(error), 'said': error.said}))
    _require_release(environment, python, asked)
    return _read(made)


def _require_release(environment: bytes, python: str, asked: JsonObject) -> None:
    """environment: the worker's, as JSON. Raises EnvironmentFault unless it has the TensorFlow that was asked for."""
    try:
        version = json.loads(environment)['tensorflow']
    except (KeyError, ValueError):
        raise EnvironmentFault("the worker's answer is not whole") from None
    if asked['version'] and Version(version).release != Version(asked['version']).release:
        raise EnvironmentFault(f'the environment has TensorFlow {version}, not {asked["version"]}; remove it',
                               shlex.join(['rm', '-r', str(pathlib.Path(python).parent.parent)]))


def _write(folder: pathlib.Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / os.path.basename(name)).write_bytes(content)


def _read(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
