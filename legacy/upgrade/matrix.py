"""The matrix: rows handed to hosts, results kept as they come, so that an interrupted run goes on where it was."""
import concurrent.futures
import contextlib
import functools
import json
import pathlib
import re
import traceback
import typing
from collections.abc import Callable, Sequence

from legacy.formats.archive import RecordingError
from legacy.formats.errors import LegacyError
from legacy.formats.files import write_whole
from legacy.formats.values import Json, JsonObject
from legacy.machine import crew
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.store import Store, key_of
from legacy.upgrade import locks, rows
from legacy.upgrade.releasetable import Release, TableError
from legacy.upgrade.subject import Subject
from legacy.upgrade.summary import FILE

WAITING, JUDGING, NOT_RUN = 'waiting', 'judging', 'not run'
Tell = Callable[[str, str, pathlib.Path], None]  # of a label, a stage and a log
STORED = -1.0  # seconds of a row that was there from before


class Outcome(typing.NamedTuple):
    """One row. label: the release, and the host where one row is run on each. summary: see `summary`, None if the row
    was not run, which `fault` explains and `mend` may help. folder: of its evidence. seconds: {stage: number}, empty
    if it is from an earlier run."""
    label: str
    release: Release
    host: crew.Host
    summary: Json
    fault: str
    mend: str
    folder: pathlib.Path | None
    seconds: dict[str, float]
    log: pathlib.Path

    @property
    def verdict(self) -> str:
        return str(self.summary['report']['verdict']) if self.summary else NOT_RUN


class Place(typing.NamedTuple):
    """Where a row is run. release: with its lock. hosts: those that fit. nowhere: why there are none, '' if there are
    some."""
    label: str
    release: Release
    hosts: list[crew.Host]
    nowhere: str = ''


class Options(typing.NamedTuple):
    """folder: of results, logs and locks. environments: where they are kept on each host. each_host, fresh: as on the
    command line. interpreters: where to look first."""
    folder: pathlib.Path
    environments: pathlib.Path | None = None
    each_host: bool = False
    fresh: bool = False
    interpreters: tuple[pathlib.Path, ...] = ()


class Matrix:
    """Runs rows of a subject on a Crew."""

    def __init__(self, workers: crew.Crew, options: Options, subject: Subject, tell: Tell | None = None) -> None:
        """tell: called with (label, stage, log) as rows change. Raises StoreError."""
        self.workers, self.options, self.tell = workers, options, tell or (lambda *_: None)
        self.store = Store(options.folder / 'results')
        self.subject = subject
        self.logs = options.folder / 'logs'
        self.logs.mkdir(exist_ok=True)

    def run(self, releases: Sequence[Release]) -> list[Outcome]:
        """[Outcome, ...] of these Releases, in their order."""
        tasks: dict[concurrent.futures.Future[JsonObject], Place] = {}
        outcomes: dict[str, Outcome | None] = {}
        for place in [place for row in releases for place in self._placed(row)]:
            self.tell(place.label, WAITING, self._log(place.label))
            known = self._not_run(place, place.nowhere) if place.nowhere else self._restored(place)
            outcomes[place.label] = known
            if known:
                self._tell_verdict(known)
            else:
                tasks[self._submit(place)] = place
        for task in concurrent.futures.as_completed(tasks):
            outcomes[tasks[task].label] = ended = self._finished(tasks[task], task)
            self._tell_verdict(ended)
        return [outcome for outcome in outcomes.values() if outcome]

    def _tell_verdict(self, outcome: Outcome) -> None:
        self.tell(outcome.label, outcome.verdict, outcome.log)

    def _placed(self, release: Release) -> list[Place]:
        """[Place, ...]: one, or with `each_host` one for each host that fits."""
        try:
            release = self.subject.prepared(release)
            placed = [(row if row.lock else self._resolved(row), hosts) for row, hosts in
                      release.placed(self.workers.hosts)[:None if self.options.each_host else 1]]
        except (EnvironmentFault, TableError) as error:
            return [Place(release.name, release, [], str(error).removeprefix(f'{release.name}: '))]
        if self.options.each_host:
            return [Place(f'{release.name} on {host.name} {host.address}'.strip(), row, [host])
                    for row, hosts in placed for host in hosts]
        return [Place(release.name, row, hosts) for row, hosts in placed]

    def _resolved(self, release: Release) -> Release:
        """With a lock, which is kept beside the results. The same is resolved once, unless asked for afresh."""
        asked = key_of(release.requirement, release.python, release.pins, release.platforms)[:12]
        path = self.options.folder / 'locks' / f'{_file_name(release.name)}-{asked}.txt'
        if path.exists() and not self.options.fresh:
            return release._replace(locks={release.platforms[0]: path.read_text(encoding='utf-8')})
        self.tell(release.name, 'resolving', self._log(release.name))
        release = locks.locked(release, self._log(release.name))
        path.parent.mkdir(exist_ok=True)
        write_whole(path, release.lock.encode())
        return release

    def _log(self, label: str) -> pathlib.Path:
        return self.logs / f'{_file_name(label)}.log'

    def _key(self, release: Release, host: crew.Host) -> str:
        """Of all that a row's evidence comes from."""
        return key_of(self.subject.key(), release.lock, release.python, host.platform, host.features,
                      host.address if self.options.each_host else '')

    def _kept(self, place: Place) -> list[tuple[crew.Host, pathlib.Path]]:
        """[(host, folder), ...]: evidence of earlier runs on one of these hosts or one like it."""
        found = [(host, self.store.find(_file_name(place.label), self._key(place.release, host)))
                 for host in place.hosts]
        return [(host, folder) for host, folder in found if folder]

    def _restored(self, place: Place) -> Outcome | None:
        """The Outcome of an earlier run. None if there is none, or it is to be run again, and is deleted for that: it
        is damaged, or asked for afresh."""
        for host, folder in self._kept(place):
            if not self.options.fresh:
                try:
                    return self._judged(place, host, folder, {})
                except RecordingError:
                    pass
            self.store.forget(_file_name(place.label), self._key(place.release, host))
        return None

    def _judged(self, place: Place, host: crew.Host, folder: pathlib.Path, seconds: dict[str, float]) -> Outcome:
        summary = self._summary(place.label, self._key(place.release, host), folder)
        return Outcome(place.label, place.release, host, summary, '', '', folder, seconds, self._log(place.label))

    def _submit(self, place: Place) -> concurrent.futures.Future[JsonObject]:
        log, here = self._log(place.label), not place.hosts[0].address
        asked = rows.request(place.release, self.options.interpreters, self.options.environments,
                             log if here else None, self.subject.wanted(here))
        tell = functools.partial(self._stage, place.label) if here else None
        if not here:
            self.tell(place.label, 'handed out', log)
        return self.workers.submit(rows.run, asked, tell, hosts=place.hosts)

    def _stage(self, label: str, stage: str) -> None:
        self.tell(label, stage, self._log(label))

    def _finished(self, place: Place, task: concurrent.futures.Future[JsonObject]) -> Outcome:
        """The Outcome of a row that was run. Whatever is wrong with one is that row's fault, and the others go on."""
        seconds, log = {}, self._log(place.label)
        try:
            answer = task.result()  # raises whatever the cluster raises when a row's workers died
            seconds, host = answer['seconds'], crew.named(place.hosts, answer['host'])
            if host.address:
                write_whole(log, answer.get('log', '').encode())
            if 'files' not in answer:
                return self._not_run(place, answer['fault'], answer['mend'], seconds)
            self.tell(place.label, JUDGING, log)
            folder = self.store.put(_file_name(place.label), self._key(place.release, host), answer['files'])
            return self._judged(place, host, folder, seconds)
        except LegacyError as error:
            return self._not_run(place, str(error), '', seconds)
        except Exception as error:
            with contextlib.suppress(OSError), open(log, 'a', encoding='utf-8') as file:
                traceback.print_exc(file=file)
            return self._not_run(place, f'{type(error).__name__}: {error}', '', seconds)

    def _not_run(self, place: Place, fault: str, mend: str = '', seconds: dict[str, float] | None = None) -> Outcome:
        return Outcome(place.label, place.release, self.workers.hosts[0], None, fault, mend, None, seconds or {},
                       self._log(place.label))

    def _summary(self, label: str, key: str, folder: pathlib.Path) -> JsonObject:
        """Kept under the evidence's key and the code of all that judges it. Raises RecordingError if the evidence is
        damaged, StoreError if the summary cannot be kept."""
        key = key_of(key, self.subject.judged_by)
        name = f'{_file_name(label)}-summary'
        try:
            kept: JsonObject = json.loads((self.store.path(name, key) / FILE).read_text(encoding='utf-8'))
            return kept
        except (OSError, ValueError):  # not there, or damaged
            self.store.forget(name, key)
        content = json.dumps(self.subject.summary(folder))
        self.store.put(name, key, {FILE: content.encode()})
        made: JsonObject = json.loads(content)
        return made


def _file_name(label: str) -> str:
    return re.sub(r'[^\w.+-]+', '_', label)
