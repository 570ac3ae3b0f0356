"""One row: an environment for a TensorFlow release, and everything that a worker can tell of its subject there.

`run` is what hosts are asked to do. What it takes and returns can be sent to another machine.
"""
import contextlib
import json
import os
import pathlib
import shlex
import socket
import time
import traceback
import typing
from collections.abc import Callable, Iterator, Sequence

from packaging.version import Version

from legacy.check import article, jobs
from legacy.check.jobs import Job
from legacy.check.scriptfault import ScriptFault
from legacy.formats import recordings
from legacy.formats.errors import LegacyError, in_words
from legacy.formats.places import PathLike
from legacy.formats.values import JsonObject
from legacy.judge.baseline import Baseline
from legacy.machine import environments
from legacy.machine.interpreters import EnvironmentFault, find_python
from legacy.machine.scratch import scratch, temporary
from legacy.upgrade import summary
from legacy.upgrade.releasetable import LOCKS, Release

BUILD, RUN = 'building', 'running'  # the stages that a row tells


class Wanted(typing.NamedTuple):
    """What a row runs. baseline: the subject's recording, its path on the host or, where that has no such file, its
    bytes. job: the jobs.Job, whose interpreter and log are the row's. is_article: whether a host makes the job's
    folder itself, of the experiment."""
    job: Job
    baseline: str | bytes
    is_article: bool = False


class Request(typing.NamedTuple):
    """What `run` takes. Paths are the host's. name: of the environment. version, python, lock: of a Release.
    constraints: of what is built from source. interpreters: where to look for one first. folder: where environments
    are kept, in the host's cache if that is None. log: a file; None where what is said comes back with the answer
    only. wanted: None where the environment is all that is asked for."""
    name: str
    version: str
    python: str
    lock: str
    constraints: str
    interpreters: list[str]
    folder: str | None
    log: str | None
    wanted: Wanted | None


def request(row: Release, interpreters: Sequence[PathLike] = (), folder: PathLike | None = None,
            log: PathLike | None = None, wanted: Wanted | None = None) -> Request:
    """The Request of a Release with its lock."""
    return Request(row.name.replace(os.sep, '_'), row.version, row.python, row.lock,
                   (LOCKS / 'build.txt').read_text(encoding='utf-8'), [str(path) for path in interpreters],
                   str(folder) if folder else None, str(log) if log else None, wanted)


def run(asked: Request, tell: Callable[[str], None] | None = None) -> JsonObject:
    """Build the environment that a Request asks for and do there what its subject needs.

    Returns {'files': {name: bytes}, 'host', 'seconds': {stage: number}, 'log': text}, or in place of the files 'fault'
    and 'mend': why the row was not run, and a command that may help. tell: called with each stage as it begins.
    """
    answer: JsonObject = {'host': socket.gethostname(), 'seconds': {}}
    try:
        kept = environments.kept_in(asked.folder)
        with _working_folder(kept) as folder:
            _run(asked, tell, answer, folder, asked.log or str(folder / 'log'))
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


def _run(asked: Request, tell: Callable[[str], None] | None, answer: JsonObject, folder: pathlib.Path,
         log: str) -> None:
    """Put the stages' seconds, the files and the log's text into the answer."""
    try:
        with _stage(BUILD, answer, log, tell):
            python = built(asked, log)
        with _stage(RUN, answer, log, tell):
            answer['files'] = _files(python, asked, folder, log)
    except LegacyError:
        raise
    except Exception:
        with open(log, 'a', encoding='utf-8') as file:
            traceback.print_exc(file=file)
        raise
    finally:
        answer['log'] = pathlib.Path(log).read_text(encoding='utf-8', errors='replace')


def built(asked: Request, log: PathLike | None) -> str:
    """The path of the interpreter of the environment that a Request asks for. Raises EnvironmentFault, OSError."""
    return environments.build(asked.folder, asked.name, find_python(asked.python, asked.interpreters), asked.lock,
                              asked.constraints, log)


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


def _files(python: str, asked: Request, folder: pathlib.Path, log: str) -> dict[str, bytes]:
    """{name: bytes} of the subject's run, or of how it failed: see `summary`."""
    wanted, made = asked.wanted, folder / 'run'
    if wanted is None:
        return {}
    made.mkdir()
    baseline = wanted.baseline
    if isinstance(baseline, bytes):
        (folder / 'baseline.npz').write_bytes(baseline)
        baseline = str(folder / 'baseline.npz')
    with contextlib.ExitStack() as stack:
        job = wanted.job._replace(python=python, log=log)
        if wanted.is_article:
            job = job._replace(folder=stack.enter_context(article.staged(job.asked['arguments'])).folder)
        elif job.folder and not os.path.isdir(job.folder):
            raise EnvironmentFault(f'{job.folder}, where the script is, is not on this host')
        environment = _recorded(job, baseline, made, folder)
    _require_release(environment, python, asked)
    return {path.name: path.read_bytes() for path in sorted(made.iterdir())}


def _recorded(job: Job, baseline: str, made: pathlib.Path, folder: pathlib.Path) -> bytes:
    """Put the files of a job's run into the folder `made`; return its environment, as JSON. baseline: path of the
    recording that it is checked against. folder: for other files."""
    try:
        recorded = Baseline(recordings.load(baseline), baseline)
        found = jobs.made_here(job, recorded, made / summary.RUN, folder).here
        if 'whole' in found.header or found.header['noisy']:
            recordings.save(found, made / summary.RUN)
        return json.dumps(found.header['environment']).encode()
    except jobs.NotInstalled as error:  # pip is of no use in an environment that is built from a lock
        raise EnvironmentFault(error.lack, f'--with {error.package}') from None
    except ScriptFault as error:
        out = made / summary.ENVIRONMENT
        environments.run_worker(job.python, {'environment': True, 'out': str(out)}, own_settings=False, log=job.log)
        (made / summary.FAILED).write_text(json.dumps({'message': str(error), 'said': error.said}))
        return out.read_bytes()


def _require_release(environment: bytes, python: str, asked: Request) -> None:
    """environment: the worker's, as JSON. Raises EnvironmentFault unless it has the TensorFlow that was asked for."""
    try:
        version = json.loads(environment)['tensorflow']
    except (KeyError, ValueError):
        raise EnvironmentFault("the worker's answer is not whole") from None
    if asked.version and Version(version).release != Version(asked.version).release:
        raise EnvironmentFault(f'the environment has TensorFlow {version}, not {asked.version}; remove it',
                               shlex.join(['rm', '-r', str(pathlib.Path(python).parent.parent)]))
