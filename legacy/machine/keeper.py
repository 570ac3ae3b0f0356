"""Runs a program that does not know of us, and ends it with this process's standard input: so it does not go on where
whoever started both was killed.

    python keeper.py PROGRAM [ARG]...

It is the leader of its session (see `processes`), and imports nothing of this project.
"""
import os
import signal
import subprocess
import sys
import threading


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == '__main__':
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    code = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL)
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)
