"""What the rows are judged against: numbers of one release, made first where they are not there."""
import os
import pathlib

from legacy.check import providing, scripting
from legacy.check.scriptfault import ScriptFault
from legacy.formats.files import writable
from legacy.formats.values import JsonObject
from legacy.machine import codebase, crew, environments, scratch
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.store import Store, key_of
from legacy.upgrade import ready, subjects
from legacy.upgrade.matrix import Options, Tell
from legacy.upgrade.releasetable import OLDEST_BY_DEFAULT, TableError

RECORDING, RECORDED = 'recording', 'recorded'  # stages


def article(against: str | None, options: Options, tell: Tell) -> subjects.Article:
    """The subjects.Article, judged against the release `against`, or against the committed 1.15.5 if that is None.

    options: matrix.Options. tell: as a Matrix tells. Raises EnvironmentFault, TableError, StoreError, RecordingError.
    """
    if against is None:
        return subjects.Article()
    label, log = f'{against}, the measure', options.folder / 'logs' / f'measure-{_file_name(against)}.log'
    name = f'measure-{_file_name(against)}'
    store = Store(options.folder / 'results')
    log.parent.mkdir(exist_ok=True)
    row = ready.row(against)
    key = key_of(codebase.fingerprint('worker.record'), row.lock, row.python, crew.this_host().features, options.onednn)
    kept = store.find(name, key)
    if not kept or options.fresh:
        store.forget(name, key)
        tell(label, 'building', log)
        python = ready.built(row, options.environments, options.interpreters, log)
        tell(label, RECORDING, log)
        with scratch.temporary('measure') as folder:
            environments.run_worker(python, {'references': str(folder), 'command': f'upgrade --against {against}'},
                                    options.onednn, own_settings=False, log=log)
            kept = store.put(name, key,
                             {path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    tell(label, RECORDED, log)
    return subjects.Article(kept)


def script(asked: JsonObject, options: Options, tell: Tell) -> subjects.Script:
    """The subjects.Script. asked: as `upgrading.upgrade` has it. Its recording is made first if the file is not there.

    Raises as `article` does; scripting.ScriptFault if the script fails under the release that is trusted.
    """
    path = pathlib.Path(asked['baseline'])
    without = tuple(str(pathlib.Path(name).resolve()) for name in (
        asked['out'], asked['environments'], asked['html'], asked['junit'], path) if name)
    job = scripting.Job('', asked['script'], asked['onednn'], asked['timeout'], asked['files'],
                        asked['folder'] or os.getcwd(), without, linked=tuple(asked['linked']),
                        own_settings=False)
    providing.environment(job, options.environments)  # before the first environment is built
    if not path.exists():
        _record(job, path, asked, options, tell)
    subject = subjects.Script(job, path, asked['further'], without)
    if asked['against'] and subject.baseline != asked['against']:
        raise TableError(f'{path} was recorded under TensorFlow {subject.baseline}, not {asked["against"]}: name '
                         'another file, in which to record it')
    return subject


def _record(job: scripting.Job, path: pathlib.Path, asked: JsonObject, options: Options, tell: Tell) -> None:
    writable(path)
    release = asked['against'] or OLDEST_BY_DEFAULT
    label, log = f'{release}, the measure', options.folder / 'logs' / f'measure-{_file_name(release)}.log'
    log.parent.mkdir(parents=True, exist_ok=True)
    tell(label, 'building', log)
    row = ready.row(release, asked['further'], script=True)
    python = ready.built(row, options.environments, options.interpreters, log)
    job = job._replace(python=python, log=str(log), asked={**job.asked, 'seed': 1})
    tell(label, RECORDING, log)
    with scratch.temporary('recording') as folder:
        try:
            scripting.record(job, path.absolute(), folder)
        except ScriptFault as error:
            raise EnvironmentFault(f'{error} (under TensorFlow {release}, which is to be recorded; log: {log})') \
                from None
    tell(label, RECORDED, log)


def _file_name(name: str) -> str:
    return name.replace(os.sep, '_')
