"""Every run of every session, handed to an observer before it is made. Runs on Python 3.6.

`Session.run`, `eval`, `op.run`, Saver, MonitoredSession and Estimator all pass `BaseSession._do_run`; functions that
`make_callable` returns, and with them tf.keras, pass it here too. Runs of all threads are handed over, one at a time:
the lock is held while something is noted and never while a run is made, which may wait for a run of another thread.
What is not handed over is counted.
"""
import os
import sys
import threading
import types
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from tensorflow.python.client import session as sessions
from tensorflow.python.framework import errors

from legacy import shim
from legacy.worker.scripts import callables, children
from legacy.worker.scripts.lines import Lines
from legacy.worker.tfobjects import Operation, Session, Tensor

BaseSession = sessions.BaseSession
# Errors that say something of the run itself, and nothing of what was fetched beside it
OF_THE_RUN = (errors.OutOfRangeError, errors.CancelledError, errors.AbortedError, errors.DeadlineExceededError)
QUEUES, TIMERS = 'queue_runner_impl.py', 'coordinator.py'  # files of TensorFlow in whose threads it makes runs itself


Values = Tuple[List[Any], List[Any]]  # of the fetches of a run, and of what was fetched beside them


class Watching(object):
    """observer: with `run(session, targets, fetches, feeds, make, thread)`, which returns the values of the fetches,
    and `unseen(code, place, detail, count)`. lines: a lines.Lines of the script.

    targets: [tf.Operation]. fetches: [tf.Tensor]. feeds: {tf.Tensor: value}. thread: 0 for the one that began to watch,
    then 1, 2, ... in the order of their first runs. make: function of a list of further tensors to fetch, and of a
    function that sets back what the run has changed; it makes the run and returns (values of the fetches, values of
    these). Where the run cannot be made with these, it is set back and made as the script asks for it, and the second
    is None.
    """

    def __init__(self, observer: Any, lines: Lines, until: Optional[int] = None,
                 enough: Callable[[], None] = lambda: None) -> None:
        """until: after so many runs, as soon as none is being made, nothing is handed over any more, and `enough` is
        called in the thread that has made the last; None for all runs of the script."""
        self.observer, self._lines = observer, lines
        self._until, self._enough = until, enough
        self._handed = self._making = 0
        self._process, self._lock, self._here = os.getpid(), threading.Lock(), threading.local()
        self._here.thread, self._threads = 0, 1
        self._ended = False
        self._counts: Dict[str, int] = {}
        self._native = shim.do_run_of_elements(BaseSession._do_run)

    def begin(self) -> None:
        """Take the place of TensorFlow's own methods."""
        watching = self

        def do_run(session: Session, handle: Any, target_list: List[Operation], fetch_list: List[Tensor],
                   feed_dict: Dict[Any, Any], options: Any, run_metadata: Any) -> List[Any]:
            return watching.do_run(session, handle, target_list, fetch_list, feed_dict, options, run_metadata)
        BaseSession._do_run = shim.in_place_of_do_run(do_run)
        callables.become_runs(lambda: self.count('callable-runs'), self.is_watching)

    def end(self) -> None:
        """Hand over nothing any more, and tell the observer what was not handed over."""
        with self._lock:
            self._ended = True
            for code, count in sorted(self._counts.items()):
                self.observer.unseen(code, '', count=count)
            children.tell(self.observer.unseen)

    def count(self, code: str) -> None:
        """A run that is not handed over, under a code of `formats.unseen`."""
        if self.is_watching():
            with self._lock:
                self._counts[code] = self._counts.get(code, 0) + 1

    def is_watching(self) -> bool:
        """Whether this thread's runs are the script's, and not the observer's own; of a child process none are."""
        if os.getpid() != self._process:
            children.count_run()
            return False
        return not self._ended and not getattr(self._here, 'noting', False)

    def do_run(self, session: Session, handle: Any, target_list: List[Operation], fetch_list: List[Tensor],
               feed_dict: Dict[Any, Any], options: Any, run_metadata: Any) -> List[Any]:
        def made(further: Iterable[Tensor] = ()) -> Values:
            found = self._native(session, handle, target_list, list(fetch_list) + list(further), feed_dict, options,
                                 run_metadata)
            return found[:len(fetch_list)], found[len(fetch_list):]
        if not self.is_watching():
            return made()[0]
        code = 'partial-runs' if handle is not None else self._of_tensorflow()
        if code:
            self.count(code)
            return made()[0]
        feeds = {key.deref() if hasattr(key, 'deref') else key: value for key, value in feed_dict.items()}
        run = _Run(made, self._lock, self._here)
        with self._lock:
            values = None if self._ended else self._observed(run, session, target_list, fetch_list, feeds)
            is_enough = (self._until is not None and self._handed >= self._until and not self._making
                         and not self._ended)
            self._ended = self._ended or is_enough
        if is_enough:
            self._enough()
        return made()[0] if values is None else values

    def _observed(self, run: '_Run', session: Session, targets: List[Operation], fetches: List[Tensor],
                  feeds: Dict[Any, Any]) -> Optional[List[Any]]:
        """Hand a run over, with the lock. The values of its fetches, or None where the observer has not made it. Raises
        what the run itself raises."""
        self._here.noting = True  # the observer's own runs are nobody's
        self._handed, self._making = self._handed + 1, self._making + 1
        values: Optional[List[Any]]
        try:
            values = self.observer.run(session, list(targets), list(fetches), feeds, run.make, self._thread())
        except BaseException as error:
            if run.raised is not None or not isinstance(error, Exception):
                raise
            run.faults.append(error)  # of the observer's: it is no reason why a script should end
            values = run.values
        finally:
            self._here.noting = False
            self._making -= 1
        for fault in run.faults:
            self.observer.unseen('watching-failed', detail='%s: %s' % (type(fault).__name__, fault))
        return values

    def _thread(self) -> int:
        """The number of this thread."""
        if not hasattr(self._here, 'thread'):
            self._here.thread, self._threads = self._threads, self._threads + 1
        return int(self._here.thread)

    def _of_tensorflow(self) -> str:
        """Under which code a run counts that TensorFlow makes by itself, in a thread of its own; '' for all others."""
        if getattr(self._here, 'thread', None) == 0:
            return ''
        frame: Optional[types.FrameType] = sys._getframe(2)
        files: Set[str] = set()
        while frame is not None:
            files.add(os.path.basename(frame.f_code.co_filename))
            frame = frame.f_back
        if QUEUES in files:
            return 'queue-runs'
        return 'timer-runs' if TIMERS in files and not self._lines.here() else ''


class _Run(object):
    """Makes a run for an observer, without the lock. values: of the fetches, when it is made. raised: what it raised.
    faults: [exception] of what was added to the run."""

    def __init__(self, made: Callable[..., Values], lock: threading.Lock, here: threading.local) -> None:
        self._made, self._lock, self._here = made, lock, here
        self.values: Optional[List[Any]] = None
        self.raised: Optional[BaseException] = None
        self.faults: List[Exception] = []

    def make(self, further: Iterable[Tensor] = (),
             set_back: Optional[Callable[[], None]] = None) -> Tuple[List[Any], Optional[List[Any]]]:
        """See Watching."""
        try:
            self.values, found = self._apart(further)
            return self.values, found
        except OF_THE_RUN as error:
            self.raised = error
            raise
        except Exception as error:
            if not further:
                self.raised = error
                raise
            self.faults.append(error)
        except BaseException as error:
            self.raised = error
            raise
        if set_back is not None:
            set_back()
        try:
            self.values, _ = self._apart(())
            return self.values, None
        except BaseException as error:  # so it was not what was added
            self.faults.pop()
            self.raised = error
            raise

    def _apart(self, further: Iterable[Tensor]) -> Values:
        self._here.noting = False
        self._lock.release()
        try:
            return self._made(further)
        finally:
            self._lock.acquire()
            self._here.noting = True
