"""What the rows are judged against: a recording under one release, made first where there is none."""
import os
import pathlib
import typing

from legacy.check import article, jobs, sources, suppliedsources
from legacy.check.scriptfault import ScriptFault
from legacy.formats.files import writable
from legacy.machine import codebase, crew, scratch
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.store import Store, key_of
from legacy.upgrade import releaseenvironment
from legacy.upgrade.matrix import Options, Tell
from legacy.upgrade.releasetable import OLDEST_BY_DEFAULT, Release, TableError
from legacy.upgrade.subject import Subject

RECORDING, RECORDED = 'recording', 'recorded'  # stages
KEPT = 'recording.npz'  # in the folder of results, of a measure that was given no file


class Wanted(typing.NamedTuple):
    """Which measure is wanted. job: the jobs.Job of the subject, of which the interpreter does not matter.
    baseline: path of its recording, which need not be there; None of the article's experiment where none is named.
    against: the release under which it is recorded, or None. further: requirements beside TensorFlow. is_article:
    whether it is the article's experiment."""
    job: jobs.Job
    baseline: pathlib.Path | None = None
    against: str | None = None
    further: tuple[str, ...] = ()
    is_article: bool = False


def subject(wanted: Wanted, options: Options, tell: Tell) -> Subject:
    """The Subject. Its recording is made first if it is not there.

    options: matrix.Options. tell: as a Matrix tells. Raises EnvironmentFault, TableError, StoreError, RecordingError.
    """
    suppliedsources.environment(wanted.job, options.environments)  # before the first environment is built
    path = wanted.baseline
    if path is None:
        path = article.RECORDING if wanted.against is None else _kept(wanted, options, tell)
    elif not path.exists():
        writable(path)
        row = _row(wanted)
        _record(wanted, row, path, options, tell)
        tell(*_told(row, options, RECORDED))
    found = Subject(wanted.job, path, wanted.further, wanted.is_article)
    if wanted.against and found.baseline != wanted.against:
        raise TableError(f'{path} was recorded under TensorFlow {found.baseline}, not {wanted.against}: name another '
                         'file, in which to record it')
    return found


def _kept(wanted: Wanted, options: Options, tell: Tell) -> pathlib.Path:
    """The path of the experiment's recording under the release that is wanted, which is made once."""
    store, row = Store(options.folder / 'results'), _row(wanted)
    name = f'measure-{_file_name(row.name)}'
    key = key_of(codebase.fingerprint(*codebase.below('worker/scripts')), row.lock, row.python,
                 crew.this_host().features, wanted.job.onednn, wanted.job.asked, sources.digests(wanted.job))
    kept = store.find(name, key)
    if not kept or options.fresh:
        store.forget(name, key)
        with scratch.temporary('measure') as folder:
            _record(wanted, row, folder / KEPT, options, tell)
            kept = store.put(name, key, {KEPT: (folder / KEPT).read_bytes()})
    tell(*_told(row, options, RECORDED))
    return kept / KEPT


def _row(wanted: Wanted) -> Release:
    return releaseenvironment.row(wanted.against or OLDEST_BY_DEFAULT, wanted.further, script=True)


def _record(wanted: Wanted, row: Release, path: pathlib.Path, options: Options, tell: Tell) -> None:
    """Record the subject under a Release, into the file `path`. Raises EnvironmentFault."""
    label, stage, log = _told(row, options, 'building')
    log.parent.mkdir(parents=True, exist_ok=True)
    tell(label, stage, log)
    python = releaseenvironment.built(row, options.environments, options.interpreters, log)
    job = wanted.job._replace(python=python, log=str(log), asked={**wanted.job.asked, 'seed': 1})
    tell(*_told(row, options, RECORDING))
    with scratch.temporary('recording') as folder:
        try:
            jobs.record(job, path.absolute(), folder, whole=wanted.is_article,
                        replays=article.REPLAYS if wanted.is_article else 0)
        except ScriptFault as error:
            raise EnvironmentFault(f'{error} (under TensorFlow {row.name}, which is to be recorded; log: {log})') \
                from None


def _told(row: Release, options: Options, stage: str) -> tuple[str, str, pathlib.Path]:
    """What a Matrix's `tell` takes: the measure's label, a stage, and the log."""
    return f'{row.name}, the measure', stage, options.folder / 'logs' / f'measure-{_file_name(row.name)}.log'


def _file_name(name: str) -> str:
    return name.replace(os.sep, '_')
