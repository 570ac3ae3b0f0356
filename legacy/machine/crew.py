"""Where work is done: in threads on this machine, or on the workers of a dask.distributed cluster, by the same calls.

What is handed out are functions of this package, which start processes of their own; so threads are enough here. A
cluster's workers need the same code: each is asked for a fingerprint of it, and refused if it has another.
"""
import concurrent.futures
import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import psutil

from legacy.formats import processor
from legacy.formats.errors import LegacyError
from legacy.machine import codebase, platforms, processes

RETRIES = 2  # of a task whose worker died
CONNECTING = 20  # seconds
T = TypeVar('T')


class CrewError(LegacyError):
    """The cluster cannot be used. The message is one line."""


class Host(NamedTuple):
    """Somewhere to work. address: '' for this process. platform: see `platforms`."""
    address: str
    name: str
    platform: str
    processor: str
    features: list[str]
    code: str


def this_host() -> Host:
    """The Host that this process runs on."""
    machine = processor.describe()
    return Host('', socket.gethostname(), platforms.here(), machine['processor'], machine['features'],
                codebase.fingerprint())


def named(hosts: Sequence[Host], name: str) -> Host:
    """Which host computed an answer: the Host of this name, else the first."""
    return next((host for host in hosts if host.name == name), hosts[0])


class Crew:
    """hosts: at least one."""

    def __init__(self, hosts: list[Host], executor_for: Callable[[list[Host]], concurrent.futures.Executor]) -> None:
        self.hosts = hosts
        self._executor_for = executor_for

    def submit(self, function: Callable[..., T], *args: Any,
               hosts: list[Host] | None = None) -> concurrent.futures.Future[T]:
        """A concurrent.futures.Future of function(*args), run on one of these hosts, any unless given."""
        return self._executor_for(hosts or self.hosts).submit(function, *args)


@contextlib.contextmanager
def crew(scheduler: str | None = None, jobs: int | None = None) -> Iterator[Crew]:
    """Context manager: a Crew. If the block raises, the programs that its tasks run here are killed.

    scheduler: address of a dask scheduler; this machine unless given. jobs: how many tasks at once, here only; one for
    each processor core unless given. Raises CrewError.
    """
    with _cluster(scheduler) if scheduler else _threads(jobs) as found:
        yield found


@contextlib.contextmanager
def _threads(jobs: int | None) -> Iterator[Crew]:
    programs = processes.Group()
    executor = concurrent.futures.ThreadPoolExecutor(jobs or usable_cores(), initializer=programs.enter)
    try:
        yield Crew([this_host()], lambda hosts: executor)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        programs.end()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """How many processor cores this process may use. macOS cannot keep a process to some of them."""
    process = psutil.Process()
    return len(process.cpu_affinity()) if hasattr(process, 'cpu_affinity') else os.cpu_count() or 1


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[Crew]:
    try:
        from distributed import Client
    except ImportError:
        raise CrewError('--scheduler needs dask.distributed: pip install distributed') from None
    try:
        client = Client(scheduler, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CrewError(f'no dask scheduler answers at {scheduler} ({error})') from None
    with client:
        executors: dict[tuple[str, ...], concurrent.futures.Executor] = {}

        def executor_for(hosts: list[Host]) -> concurrent.futures.Executor:
            addresses = tuple(host.address for host in hosts)
            if addresses not in executors:
                executors[addresses] = client.get_executor(workers=list(addresses), pure=False, retries=RETRIES)
            return executors[addresses]
        try:
            yield Crew(_hosts(client, scheduler), executor_for)
        finally:
            for executor in executors.values():
                executor.shutdown(wait=False)


def _hosts(client: Any, scheduler: str) -> list[Host]:
    try:
        answers = client.run(this_host)
    except Exception as error:  # whatever a worker raises, as when it has no `legacy`
        raise CrewError(f'a worker of {scheduler} cannot run this code ({type(error).__name__}: {error}); start dask '
                        'workers in a checkout of this repository') from None
    hosts = [Host(address, *host[1:]) for address, host in sorted(answers.items())]
    if not hosts:
        raise CrewError(f'the dask scheduler at {scheduler} has no workers')
    for host in hosts:
        if host.code != codebase.fingerprint():
            raise CrewError(f'the worker on {host.name} ({host.address}) has other code than this checkout')
    return hosts
