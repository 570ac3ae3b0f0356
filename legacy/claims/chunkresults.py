"""Chunks handed to hosts; results kept as they come, so that an interrupted measurement goes on where it was."""
import concurrent.futures
import json
import pathlib
from collections.abc import Callable, Sequence

from legacy.claims import task
from legacy.claims.claim import Gathered
from legacy.claims.plan import Chunk
from legacy.formats.errors import LegacyError
from legacy.formats.values import JsonObject
from legacy.machine import codebase, crew
from legacy.machine.store import Store, key_of

STORED, RUN = 'kept from before', 'run'


class ClaimsError(LegacyError):
    """The measurement cannot be made. The message is one line."""


class Gathering:
    """Runs chunks on a crew.Crew, and keeps what they give."""

    def __init__(self, workers: crew.Crew, folder: pathlib.Path, fresh: bool = False,
                 tell: Callable[[Chunk, str], None] | None = None) -> None:
        """folder: of results. fresh: run again what is there. tell: called with a Chunk and STORED or RUN as each is
        done. Raises StoreError; ClaimsError if a host has no TensorFlow, or hosts have different ones."""
        self.workers, self.fresh, self.tell = workers, fresh, tell or (lambda *_: None)
        self.store = Store(folder)
        self.tensorflow = self._tensorflow()

    def run(self, chunks: Sequence[Chunk]) -> Gathered:
        """{kind of request: [one run's numbers, ...]}, in the order of the chunks in whichever they were done. Raises
        ClaimsError if one cannot be run; those done before are kept."""
        answers = [self._restored(chunk) for chunk in chunks]
        tasks = {}
        for k, (chunk, kept) in enumerate(zip(chunks, answers)):
            if kept:
                self.tell(chunk, STORED)
            else:
                tasks[self.workers.submit(task.run, chunk.requests)] = k
        for done in concurrent.futures.as_completed(tasks):
            k = tasks[done]
            answers[k] = self._finished(chunks[k], done)
            self.tell(chunks[k], RUN)
        gathered: Gathered = {}
        for answer in filter(None, answers):
            for kind, runs in answer.items():
                gathered.setdefault(kind, []).extend(runs)
        return gathered

    def environment(self) -> JsonObject:
        """What the numbers may depend on, of all hosts."""
        hosts = self.workers.hosts
        return {'tensorflow': self.tensorflow, 'platforms': sorted({host.platform for host in hosts}),
                'processors': sorted({host.processor for host in hosts}),
                'features': sorted({feature for host in hosts for feature in host.features})}

    def _tensorflow(self) -> str:
        asked = [(host, self.workers.submit(task.tensorflow_version, hosts=[host])) for host in self.workers.hosts]
        versions = {host.name: done.result() for host, done in asked}
        for name, version in versions.items():
            if not version:
                raise ClaimsError(f'TensorFlow is not installed on {name}: pip install -r requirements.txt')
        if len(set(versions.values())) > 1:
            raise ClaimsError('hosts with different TensorFlows: '
                              + ', '.join(f'{version} on {name}' for name, version in versions.items()))
        return next(iter(versions.values()))

    def _key(self, chunk: Chunk, host: crew.Host) -> str:
        """Of all that a chunk's numbers come from."""
        return key_of(codebase.fingerprint('worker.claims.__main__'), chunk.requests, self.tensorflow, host.platform,
                      host.features)

    def _restored(self, chunk: Chunk) -> Gathered | None:
        """{kind: runs} of an earlier time on one of these hosts or one like it. None if there are none, or they are to
        be made again, and are deleted for that: they are damaged, or asked for afresh."""
        for host in self.workers.hosts:
            key = self._key(chunk, host)
            folder = self.store.find(chunk.kind, key)
            if folder and not self.fresh:
                try:
                    kept: Gathered = json.loads((folder / 'runs.json').read_text(encoding='ascii'))
                    return kept
                except (OSError, ValueError):
                    pass
            self.store.forget(chunk.kind, key)
        return None

    def _finished(self, chunk: Chunk, done: concurrent.futures.Future[JsonObject]) -> Gathered:
        try:
            answer = done.result()
        except Exception as error:  # whatever the cluster raises when a chunk's workers died
            raise ClaimsError(f'{chunk.label}: {type(error).__name__}: {error}') from None
        if 'fault' in answer:
            raise ClaimsError(f'{chunk.label}, on {answer["host"]}: {answer["fault"]}')
        if answer['tensorflow'] != self.tensorflow:
            raise ClaimsError(f'{answer["host"]} has TensorFlow {answer["tensorflow"]}, not {self.tensorflow}')
        host = crew.named(self.workers.hosts, answer['host'])
        self.store.put(chunk.kind, self._key(chunk, host), {'runs.json': json.dumps(answer['runs']).encode('ascii')})
        runs: Gathered = answer['runs']
        return runs
