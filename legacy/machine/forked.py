"""A process that has imported TensorFlow, and makes a copy of itself for each program that is to run in it.

To import TensorFlow takes seconds, which are spent once. Linux alone: elsewhere a copy of a process that has loaded
such libraries is not safe. The other side is `worker.scripts.forkserver`.
"""
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from legacy.formats.places import PathLike
from legacy.formats.values import JsonObject
from legacy.machine import processes, scratch
from legacy.machine.processes import ProcessFault


class Forked:
    """command: starts the process, which answers on its standard output. environment: its variables.

    It starts at once, in the background. `close` ends it."""

    def __init__(self, command: Sequence[PathLike], environment: Mapping[str, str]) -> None:
        self._name = os.path.basename(str(command[0]))
        self._child: int | None = None
        self._buffer = b''
        self._said = tempfile.TemporaryFile()
        self._process = subprocess.Popen(list(map(str, command)), env=environment, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._said, start_new_session=True)
        assert self._process.stdin and self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout

    @classmethod
    def can_be(cls) -> bool:
        """Whether there is such a thing on this machine."""
        return sys.platform == 'linux' and hasattr(os, 'killpg')

    def is_ready(self, limit: float) -> bool:
        """Whether it can make copies of itself, known when it has imported all, in `limit` seconds at most."""
        try:
            return bool(self._answer(time.monotonic() + limit).get('ready', False))
        except (ProcessFault, TimeoutError):
            return False

    def run(self, request: JsonObject, limit: float, log: PathLike | None, cwd: PathLike) -> str:
        """Run one request, a JSON object, as `processes.run` runs a program."""
        group = processes.group()
        with contextlib.ExitStack() as stack:  # the copy opens it by its name
            path = log or stack.enter_context(scratch.temporary('said')) / 'said'
            output = stack.enter_context(open(path, 'ab+'))
            output.seek(0, os.SEEK_END)
            start, ends = output.tell(), time.monotonic() + limit
            with group.holding(self):
                try:
                    self._ask({'request': request, 'out': output.name, 'folder': str(cwd)})
                    self._child = self._answer(ends)['pid']
                    code = self._answer(ends)['code']
                except TimeoutError:
                    self.end()
                    raise ProcessFault(f'{self._name} took more than {limit} s and was ended') from None
                finally:
                    self._child = None
            output.seek(start)
            return processes.ended(self._name, code, output.read(), group)

    def _ask(self, question: JsonObject) -> None:
        with contextlib.suppress(BrokenPipeError):  # no answer will come either
            self._input.write(json.dumps(question).encode('ascii') + b'\n')
            self._input.flush()

    def _answer(self, ends: float) -> JsonObject:
        """The next JSON object that it writes. Raises TimeoutError, ProcessFault if it has ended."""
        descriptor = self._output.fileno()
        while b'\n' not in self._buffer:
            if not select.select([descriptor], [], [], max(0.0, ends - time.monotonic()))[0]:
                raise TimeoutError
            read = os.read(descriptor, 4096)
            if not read:
                raise ProcessFault(f'{self._name} was ended')
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b'\n')
        answer: JsonObject = json.loads(line.decode('ascii'))
        return answer

    def end(self) -> None:
        """Kill the copy that runs, and the process."""
        for pid in filter(None, (self._child, self._process.pid)):
            with contextlib.suppress(OSError):  # it may just have gone
                os.killpg(pid, signal.SIGKILL)

    def close(self) -> None:
        """End it."""
        self.end()
        for stream in (self._input, self._output, self._said):
            with contextlib.suppress(OSError):
                stream.close()
        self._process.wait()
