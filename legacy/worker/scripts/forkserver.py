"""Copies of a process that has imported TensorFlow, one for each script that is to run. Runs on Python 3.6.

The other side is `machine.forked`: it writes lines {"request", "out", "folder"}, and reads {"pid"} and {"code"}.
"""
import json
import os
import select
import signal
import sys
import threading
from typing import Any, Callable

WAIT = 0.02  # seconds


def requests() -> str:
    """Answer the lines of standard input. Returns the text of a request, in each copy that is made to do it; the
    process itself never returns from here."""
    before = _threads()
    from legacy.worker.scripts import runner  # noqa: F401 - and TensorFlow with it
    ready = threading.active_count() == 1 and _threads() <= before  # numpy's own may end meanwhile, and come again
    _say(ready=ready)  # a thread that TensorFlow has started would be missing in a copy
    buffer = b''
    while True:
        read = os.read(0, 1 << 16)
        if not read:
            os._exit(0)
        buffer += read
        while b'\n' in buffer:
            line, _, buffer = buffer.partition(b'\n')
            asked = json.loads(line.decode('ascii'))
            child = os.fork()
            if not child:
                return _begun(**asked)
            _say(pid=child)
            _say(code=_ended(child))


def _threads() -> int:
    """How many threads the system knows of; numpy's own are used to copies."""
    import numpy  # noqa: F401
    return len(os.listdir('/proc/self/task'))


def _begun(request: Any, out: str, folder: str) -> str:
    """In the copy: a session, files and a folder of its own."""
    os.setsid()
    for descriptor, (path, flags) in enumerate(((os.devnull, os.O_RDONLY), (out, os.O_WRONLY | os.O_APPEND))):
        opened = os.open(path, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    os.chdir(folder)
    sys.stdin = open(0)
    return json.dumps(request)


def _ended(child: int) -> int:
    """The exit code of a copy, negative for the signal that ended it. It is killed when nobody waits any more."""
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            _kill(child, os.killpg)  # nothing that it started goes on
            return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if select.select([0], [], [], WAIT)[0]:  # one request is made at a time: this is the end
            for kill in (os.kill, os.killpg):  # it may have begun a session of its own, or not yet
                _kill(child, kill)
            os._exit(0)


def _kill(child: int, kill: Callable[[int, int], None]) -> None:
    try:
        kill(child, signal.SIGKILL)
    except OSError:  # nobody is left
        pass


def _say(**answer: Any) -> None:
    os.write(1, json.dumps(answer).encode('ascii') + b'\n')
