"""Other programs, run to their end or ended with whoever started them."""
import contextlib
import contextvars
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Protocol

import psutil

from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike

CRASH = 0xC0000000  # Windows: exit codes from here on are exceptions that ended the process


class ProcessFault(LegacyError):
    """A program did not start, was ended, took too long or failed. The message is one line; `text` is what the program
    wrote, `code` its exit code, where it failed by itself."""

    def __init__(self, message: str, text: str = '', code: int | None = None) -> None:
        super().__init__(message)
        self.text, self.code = text, code


class Endable(Protocol):
    """A program that a Group can end."""

    def end(self) -> None: ...


class Group:
    """Programs that are ended together. Every thread starts its programs in one group: the one whose `enter` was
    called in that thread, else a group that is never ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._running: set[Endable] = set()
        self._lock = threading.Lock()

    def enter(self) -> None:
        """What this thread starts from now on belongs to this group."""
        _group.set(self)

    @contextlib.contextmanager
    def holding(self, program: Endable) -> Iterator[None]:
        """Context manager. The program is one of this group meanwhile. Raises ProcessFault if the group has ended."""
        with self._lock:
            self._running.add(program)
        try:
            if self.ended.is_set():
                raise ProcessFault('interrupted')
            yield
        finally:
            with self._lock:
                self._running.discard(program)

    def end(self) -> None:
        """End the programs that run, and any that a thread of this group starts later."""
        self.ended.set()
        with self._lock:
            for program in self._running:
                program.end()


_group: contextvars.ContextVar[Group | None] = contextvars.ContextVar('group', default=None)
_everything_else = Group()


def run(command: Sequence[PathLike], limit: float, log: PathLike | None = None,
        environment: Mapping[str, str] | None = None, cwd: PathLike | None = None, given: str | None = None,
        name: str | None = None) -> str:
    """Run `command` and return what it wrote, both streams together, also added to the file `log`.

    limit: seconds. given: text for its standard input; without it that stays open while this process lives, and ends
    with it. name: of the program, for messages; by default that of its file. Raises ProcessFault, with the last line
    that it wrote if it failed.
    """
    name, current = name or os.path.basename(str(command[0])), group()
    with open(log, 'ab+') if log else tempfile.TemporaryFile() as output:
        output.seek(0, os.SEEK_END)
        start = output.tell()
        try:
            program = _Program(command, output, environment, cwd)
        except OSError as error:
            raise ProcessFault(f'{command[0]} does not run: {error.strerror}') from None
        try:
            with program, current.holding(program):
                code = program.wait(limit, given)
        except subprocess.TimeoutExpired:
            raise ProcessFault(f'{name} took more than {limit} s and was ended') from None
        output.seek(start)
        return ended(name, code, output.read(), current)


def group() -> Group:
    """The Group in which this thread starts its programs."""
    return _group.get() or _everything_else


def ended(name: str, code: int, said: bytes, group: Group) -> str:
    """The text of what a program wrote, bytes, if its exit code says that all went well. Raises ProcessFault."""
    text = said.decode('utf-8', 'replace').replace('\r\n', '\n')
    if code and group.ended.is_set():
        raise ProcessFault('interrupted')
    if code < 0 or code >= CRASH:
        raise ProcessFault(f'{name} was ended by {_cause(code)}')
    if code:
        lines = [line for line in text.splitlines() if line.strip()] or ['no message']
        raise ProcessFault(f'{name} failed: {lines[-1].strip().removeprefix("error: ")}', text, code)
    return text


def _cause(code: int) -> str:
    """What ended a process, of its exit code: a signal or, on Windows, an exception."""
    if code >= CRASH:
        return f'exception 0x{code:08X}'
    try:
        return signal.Signals(-code).name
    except ValueError:  # most real-time signals have no name
        return f'signal {-code}'


class _Program:
    """A started process. As a context manager: whatever happens, nothing that it started goes on afterwards."""

    def __init__(self, command: Sequence[PathLike], output: IO[bytes], environment: Mapping[str, str] | None,
                 cwd: PathLike | None) -> None:
        # Ctrl-C in a terminal reaches this process alone, which then ends the others.
        apart = hasattr(os, 'killpg')
        flags = 0 if apart else getattr(subprocess, 'CREATE_NEW_PROCESS_GROUP', 0)
        self._process = subprocess.Popen(list(map(str, command)), cwd=cwd, env=environment, stdin=subprocess.PIPE,
                                         stdout=output, stderr=subprocess.STDOUT, start_new_session=apart,
                                         creationflags=flags)
        assert self._process.stdin
        self._input, self._tree = self._process.stdin, None
        if not hasattr(os, 'killpg'):
            with contextlib.suppress(psutil.Error):  # it may have ended already
                self._tree = psutil.Process(self._process.pid)

    def __enter__(self) -> '_Program':
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        with contextlib.suppress(OSError):
            self._input.close()
        self._process.wait()

    def wait(self, limit: float, given: str | None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        if given is not None:
            with contextlib.suppress(OSError):  # it ended without reading; its exit code says why
                self._input.write(given.encode())
                self._input.close()
        return self._process.wait(limit)

    def end(self) -> None:
        """Kill it and all that it started: the session, or where there are none, the tree of its descendants."""
        if hasattr(os, 'killpg'):
            with contextlib.suppress(OSError):  # it may just have gone
                os.killpg(self._process.pid, signal.SIGKILL)
            return
        descendants: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            descendants = self._tree.children(recursive=True) if self._tree else []
        for process in descendants:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process.kill()
