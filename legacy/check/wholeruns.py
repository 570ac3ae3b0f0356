"""The whole runs of a script that make a recording: in which processes, how many at once, how long they will take."""
import contextlib
import math
import pathlib
import threading
import time
import typing
from collections.abc import Callable
from concurrent.futures import Future

from legacy.check import replayprogress
from legacy.formats.recordings import Recording
from legacy.formats.values import Json, JsonObject
from legacy.machine import crew
from legacy.machine.forked import Forked

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.check.jobs import Job

AT_ONCE = 2  # runs; fewer where there are fewer cores
# Processes that have imported TensorFlow, and of which the runs are copies, in turn. Python fixes its hashes when it
# starts, so there are as many hash seeds among the runs. Each takes as long to start as many a script to run.
LANES = 3
LONGEST_IMPORT = 600  # seconds


class WholeRuns:
    """Context manager. job: a jobs.Job. count: of the runs. tell: called with what goes on, in words."""

    def __init__(self, job: 'Job', count: int, tell: Callable[[str], None]) -> None:
        self._job, self._count, self._tell = job, count, tell
        self._given, self._ended, self._seconds = 0, 0, 0.0
        self._lanes: list[_Lane] = []

    def __enter__(self) -> 'WholeRuns':
        with contextlib.ExitStack() as stack:
            self._workers = stack.enter_context(crew.crew(jobs=min(AT_ONCE, crew.usable_cores())))
            if Forked.can_be() and self._count > 1:
                self._lanes = [_Lane(self._job._replace(hash_seed=seed)) for seed in range(min(LANES, self._count))]
                for lane in self._lanes:
                    stack.callback(lane.close)
                # one after the other: while the script runs for the first time, other cores have nothing to do
                threading.Thread(target=lambda: [lane.is_ready() for lane in self._lanes], daemon=True).start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: typing.Any) -> bool | None:
        return self._stack.__exit__(*error)

    def begin(self, words: str, out: pathlib.Path, **recording: Json) -> Future[Recording]:
        """A concurrent.futures.Future of the next run. words: what it is for. out, recording: as `Job.run` takes it."""
        number, self._given = self._given, self._given + 1
        return self._workers.submit(self._run, number, words, out, recording)

    def further(self, words: str, out: pathlib.Path, **recording: Json) -> Future[Recording]:
        """As `begin`, of a run beside those that were counted."""
        self._count += 1
        return self.begin(words, out, **recording)

    def _run(self, number: int, words: str, out: pathlib.Path, recording: JsonObject) -> Recording:
        self._tell(f'run {number + 1} of {self._count}: {words}')
        started = time.monotonic()
        lane = self._lane(number)
        with replayprogress.told(out, self._tell):
            if lane is None:
                found = self._job._replace(hash_seed=number).run(out, **recording)
            else:
                with lane.taken:
                    found = lane.job.run(out, **recording)
        self._told(number, time.monotonic() - started, found)
        return found

    def _lane(self, number: int) -> '_Lane | None':
        """The _Lane of a run, or None where it gets a process of its own."""
        if not self._lanes:
            return None
        lane = self._lanes[number % len(self._lanes)]
        return lane if lane.is_ready() else None

    def _told(self, number: int, seconds: float, found: Recording) -> None:
        """Say how long a run took, and how long the others will take."""
        self._ended += 1
        self._seconds = seconds if number else max(0.0, seconds - found.header['seconds']['after'])
        left = math.ceil((self._count - self._ended) / min(AT_ONCE, crew.usable_cores()))
        self._tell(f'run {number + 1} of {self._count} took {seconds:.0f} s' + (
            f'; about {replayprogress.clock(left * self._seconds)} to go' if left else ''))


class _Lane:
    """A process of which runs are copies, one at a time; it starts when it is first asked whether it is ready. job: a
    Job whose runs are made so, once it is."""

    def __init__(self, job: 'Job') -> None:
        self.job, self.taken = job, threading.Lock()
        self._forked: Forked | None = None
        self._ready: bool | None = None
        self._starting = threading.Lock()
        self._is_closed = False

    def is_ready(self) -> bool:
        """Whether runs can be copies of it."""
        with self._starting:
            if self._ready is None:
                try:
                    self._forked = Forked([*self.job.worker, '--forking'], self.job.environment())
                except OSError:  # no such interpreter: the run itself says so
                    self._ready = False
                    return False
                if self._is_closed:  # `close` did not see it yet, and waits for this
                    self._forked.end()
                self.job = self.job._replace(within=self._forked)
                self._ready = self._forked.is_ready(LONGEST_IMPORT)
            return self._ready

    def close(self) -> None:
        """End it, or see to it that it never starts."""
        self._is_closed = True
        if self._forked is not None:
            self._forked.end()
        with self._starting:
            self._ready = False
            if self._forked is not None:
                self._forked.close()
