"""A command that is ended from without ends between two things, not in the middle of one. Runs on Python 3.6.

Python raises at whatever instruction a signal comes: also between the one that makes a temporary file and the one that
sees to its end.
"""
import contextlib
import signal
import threading
from typing import Any, Dict, Iterator, List

# What ends a command beside Ctrl-C: asked to, or its terminal has been closed, which Windows tells otherwise.
ENDING = [signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, 'SIGHUP') else [])


class Terminated(BaseException):
    """One of ENDING, its argument: what was started is ended, and what is half-written goes away, as at Ctrl-C."""


class _Ending(object):
    """What has come. held: how many blocks of `held` the main thread is in. due: signals that came meanwhile. before:
    {number: handler} before `heed`."""

    def __init__(self) -> None:
        self.held = 0
        self.due: List[int] = []
        self.before: Dict[int, Any] = {}

    def __call__(self, number: int, _: Any) -> None:
        """The handler. After one of ENDING the others are ignored: a second one would come in between."""
        if number in ENDING:
            for other in ENDING:
                signal.signal(other, signal.SIG_IGN)
        if self.held:
            self.due.append(number)
        else:
            self.end(number)

    def end(self, number: int) -> None:
        raise Terminated(number) if number in ENDING else KeyboardInterrupt()


_ending = _Ending()


def heed() -> None:
    """From now on SIGTERM and SIGHUP raise Terminated, Ctrl-C KeyboardInterrupt, but not inside a block of `held`. What
    is ignored, as under nohup, stays so."""
    for number in ENDING + [signal.SIGINT]:
        handler = signal.getsignal(number)
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            _ending.before[number] = handler
            signal.signal(number, _ending)


def let_go() -> None:
    """These signals do again what they did before `heed`, but for those that have come."""
    for number, handler in _ending.before.items():
        if signal.getsignal(number) is _ending:
            signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Context manager: what ends this command waits until the block has ended, which should be short. Signals come to
    the main thread alone: in another one this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _ending.held += 1
    try:
        yield
    finally:
        _ending.held -= 1
        if _ending.due and not _ending.held:
            _ending.end(_ending.due.pop(0))
