"""Other programs, run to their end or ended with this one."""
import contextlib
import os
import signal
import subprocess
import tempfile
import threading

from legacy.formats.errors import LegacyError

_running = set()
_lock = threading.Lock()
_ended = threading.Event()


class ProcessFault(LegacyError):
    """A program did not start, was ended, took too long or failed. The message is one line; `text` is what the program
    wrote."""

    def __init__(self, message, text=''):
        super().__init__(message)
        self.text = text


def run(command, limit, log=None, environment=None, cwd=None, given=None):
    """Run `command` and return what it wrote, both streams together, also added to the file `log`.

    limit: seconds. given: text for its standard input; without it that stays open while this process lives, and ends
    with it. Raises ProcessFault, with the last line that it wrote if it failed.
    """
    name = os.path.basename(str(command[0]))
    with open(log, 'ab+') if log else tempfile.TemporaryFile() as output:
        output.seek(0, os.SEEK_END)
        start = output.tell()
        try:
            process = subprocess.Popen(list(map(str, command)), cwd=cwd, env=environment, stdin=subprocess.PIPE,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            raise ProcessFault(f'{command[0]} does not run: {error.strerror}') from None
        try:
            code = _wait(process, limit, given)
        except subprocess.TimeoutExpired:
            raise ProcessFault(f'{name} took more than {limit} s and was ended') from None
        output.seek(start)
        text = output.read().decode('utf-8', 'replace')
    if code < 0:
        raise ProcessFault(f'{name} was ended by {signal.Signals(-code).name}')
    if code:
        lines = [line for line in text.splitlines() if line.strip()] or ['no message']
        raise ProcessFault(f'{name} failed: {lines[-1].strip().removeprefix("error: ")}', text)
    return text


def _wait(process, limit, given):
    """The exit code; whatever happens, nothing that the process started goes on."""
    with _lock:
        _running.add(process)
    try:
        if _ended.is_set():
            raise ProcessFault('interrupted')
        if given is not None:
            with contextlib.suppress(BrokenPipeError):  # it ended without reading; its exit code says why
                process.stdin.write(given.encode())
                process.stdin.close()
        return process.wait(limit)
    finally:
        with _lock:
            _running.discard(process)
        _end(process)
        process.stdin.close()
        process.wait()


def _end(process):
    with contextlib.suppress(OSError):  # it may just have gone
        os.killpg(process.pid, signal.SIGKILL)


def end_all():
    """End every program that runs, and any that is started later: this process is about to end."""
    _ended.set()
    with _lock:
        for process in _running:
            _end(process)
