"""The matrix: rows handed to hosts, results kept as they come, so that an interrupted run goes on where it was."""
import concurrent.futures
import functools
import json
import pathlib
import re
import typing

from legacy.formats.archive import RecordingError
from legacy.formats.files import write_whole
from legacy.formats.references import References
from legacy.machine import codebase, crew
from legacy.machine.interpreters import EnvironmentFault
from legacy.machine.store import Store, StoreError, key_of
from legacy.upgrade import locks, rows, rowsummary
from legacy.upgrade.releasetable import Release, TableError

WAITING, JUDGING, DONE, NOT_RUN = 'waiting', 'judging', 'done', 'not run'
STORED = -1.0  # seconds of a row that was there from before


class Outcome(typing.NamedTuple):
    """One row. label: the release, and the host where one row is run on each. summary: see `summary`, None if the row
    was not run, which `fault` explains and `mend` may help. folder: of its evidence. seconds: {stage: number}, empty
    if it is from an earlier run."""
    label: str
    release: Release
    host: crew.Host
    summary: dict | None
    fault: str
    mend: str
    folder: pathlib.Path | None
    seconds: dict
    log: pathlib.Path

    @property
    def verdict(self):
        return self.summary['report']['verdict'] if self.summary else NOT_RUN


class Options(typing.NamedTuple):
    """folder: of results, logs and locks. environments: where they are kept on each host. onednn, each_host, fresh: as
    on the command line. interpreters: where to look first."""
    folder: pathlib.Path
    environments: pathlib.Path | None = None
    onednn: bool = False
    each_host: bool = False
    fresh: bool = False
    interpreters: tuple = ()


class Matrix:
    """Runs rows on a Crew."""

    def __init__(self, workers, options, tell=None):
        """tell: called with (label, stage, log) as rows change. Raises StoreError, RecordingError."""
        self.workers, self.options, self.tell = workers, options, tell or (lambda *_: None)
        self.store = Store(options.folder / 'results')
        self.references = References()
        self.logs = options.folder / 'logs'
        self.logs.mkdir(exist_ok=True)

    def run(self, releases):
        """[Outcome, ...] of these Releases, in their order."""
        tasks, outcomes = {}, {}
        for label, release, hosts in [place for row in releases for place in self._placed(row)]:
            self.tell(label, WAITING, self._log(label))
            kept = self._kept(label, release, hosts)
            if kept or isinstance(hosts, str):
                outcomes[label] = kept or self._not_run(label, release, hosts)
                self.tell(label, outcomes[label].verdict, self._log(label))
            else:
                outcomes[label] = None
                tasks[self._submit(label, release, hosts)] = label, release, hosts
        for task in concurrent.futures.as_completed(tasks):
            label, release, hosts = tasks[task]
            outcomes[label] = self._finished(label, release, hosts, task)
            self.tell(label, outcomes[label].verdict, self._log(label))
        return list(outcomes.values())

    def _placed(self, release):
        """[(label, Release with its lock, hosts that fit)]; in place of the hosts, why there are none."""
        try:
            placed = [(row if row.lock else self._resolved(row), hosts) for row, hosts in
                      release.placed(self.workers.hosts)[:None if self.options.each_host else 1]]
        except (EnvironmentFault, TableError) as error:
            return [(release.name, release, str(error).removeprefix(f'{release.name}: '))]
        if self.options.each_host:
            return [(f'{release.name} on {host.name} {host.address}'.strip(), row, [host])
                    for row, hosts in placed for host in hosts]
        return [(release.name, row, hosts) for row, hosts in placed]

    def _resolved(self, release):
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

    def _log(self, label):
        return self.logs / f'{_file_name(label)}.log'

    def _key(self, release, host):
        """Of all that a row's evidence comes from."""
        return key_of(codebase.fingerprint('worker.gather'), release.lock, release.python, host.platform, host.features,
                      host.address if self.options.each_host else '', self.options.onednn)

    def _kept(self, label, release, hosts):
        """The Outcome of an earlier run on one of these hosts or one like it, or None."""
        for host in hosts if not isinstance(hosts, str) else ():
            key = self._key(release, host)
            if self.options.fresh:
                self.store.forget(_file_name(label), key)
            folder = self.store.find(_file_name(label), key)
            if folder:
                try:
                    return Outcome(label, release, host, self._summary(label, key, folder), '', '', folder, {},
                                   self._log(label))
                except RecordingError:  # damaged since: made again
                    self.store.forget(_file_name(label), key)
        return None

    def _submit(self, label, release, hosts):
        here = not hosts[0].address
        asked = rows.request(release, self.options.onednn, self.options.interpreters, self.options.environments,
                             self._log(label) if here else None)
        tell = functools.partial(self._stage, label) if here else None
        if not here:
            self.tell(label, 'handed out', self._log(label))
        return self.workers.submit(rows.run, asked, tell, hosts=hosts)

    def _stage(self, label, stage):
        self.tell(label, stage, self._log(label))

    def _finished(self, label, release, hosts, task):
        try:
            answer = task.result()
        except Exception as error:  # whatever the cluster raises when a row's workers died
            return self._not_run(label, release, f'{type(error).__name__}: {error}')
        host = crew.named(hosts, answer['host'])
        if host.address:
            write_whole(self._log(label), answer.get('log', '').encode())
        if 'files' not in answer:
            return self._not_run(label, release, answer['fault'], answer['mend'], answer['seconds'])
        self.tell(label, JUDGING, self._log(label))
        key = self._key(release, host)
        try:
            folder = self.store.put(_file_name(label), key, answer['files'])
            return Outcome(label, release, host, self._summary(label, key, folder), '', '', folder, answer['seconds'],
                           self._log(label))
        except (StoreError, RecordingError) as error:
            return self._not_run(label, release, str(error), '', answer['seconds'])

    def _not_run(self, label, release, fault, mend='', seconds=None):
        return Outcome(label, release, self.workers.hosts[0], None, fault, mend, None, seconds or {}, self._log(label))

    def _summary(self, label, key, folder):
        """Kept under the evidence's key and the code of all that judges it."""
        key = key_of(key, codebase.fingerprint('upgrade.rowsummary'))
        name = f'{_file_name(label)}-summary'
        kept = self.store.find(name, key)
        if not kept:
            found = rowsummary.summarise(folder, self.references)
            kept = self.store.put(name, key, {rowsummary.FILE: json.dumps(found).encode()})
        try:
            return json.loads((kept / rowsummary.FILE).read_text(encoding='utf-8'))
        except (OSError, ValueError) as error:
            self.store.forget(name, key)
            raise RecordingError(f'{kept}: damaged ({error})') from None


def _file_name(label):
    return re.sub(r'[^\w.+-]+', '_', label)
