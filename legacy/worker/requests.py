"""How a process is asked for something: a request on its command line, one line where it cannot be done.

Runs on Python 3.6.
"""
import json
import os
import signal
import sys
import threading
from typing import Callable

from legacy.formats.errors import LegacyError
from legacy.formats.values import JsonObject


def serve(argument: str, do: Callable[[JsonObject], object]) -> int:
    """Call `do` with the JSON object that `argument` is. Returns the exit code. With "end_with_stdin" in it the process
    does not outlive whoever holds the other end of its standard input, and nobody else reads anything there."""
    request = json.loads(argument)
    if request.pop('end_with_stdin', False):
        end_with_stdin()
    try:
        do(request)
    except (LegacyError, OSError) as error:
        sys.stderr.write('error: %s\n' % error)
        return 2
    return 0


def end_with_stdin() -> None:
    """See to it that this process, and what it started in its session, ends with its standard input. Whoever reads that
    finds its end at once."""
    line, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()


def _end_with(line: int) -> None:
    while os.read(line, 4096):
        pass
    if hasattr(os, 'killpg') and os.getsid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(3)
