"""Every run of every session, made on the graph rewritten in another arithmetic. Runs on Python 3.6.

The script builds its graph as ever and asks its session as ever. Beside each of its sessions there is another one, on
the rewritten graph, which holds all state: variables, iterators, queues, random ops. Whatever passes
`BaseSession._do_run` is made there; names are the same, so that targets, fetches and feeds are found by theirs. What
the script feeds and gets has the types that its own graph says.
"""
import functools
import os
import threading
import weakref
from typing import Any, Callable, Dict, List, MutableMapping, NoReturn, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.formats.errors import LegacyError, in_one_line
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.growing import Growing
from legacy.worker.rewriting.portable import Portable
from legacy.worker.scripts import callables, children, dropout
from legacy.worker.scripts.callables import BaseSession
from legacy.worker.scripts.lines import Lines
from legacy.worker.scripts.notpinned import NotPinned
from legacy.worker.scripts.sessionhook import OF_THE_RUN
from legacy.worker.tfobjects import Graph, Operation, Session, Tensor

RULES = {'portable': Portable, 'float64': Float64}


class ArithmeticFault(LegacyError):
    """A run cannot be made in this arithmetic; the script is not at fault. The message is one line."""


# Called with the number of a session, its graph and a function of [tensor name] that returns {tensor name: value}.
Ended = Callable[[int, Graph, Callable[[Sequence[str]], Dict[str, Array]]], None]


class RewrittenRuns(object):
    """arithmetic: of RULES. lines: of the script. ended: None, or called before a session is closed; no session goes
    unnoticed then.

    runs: how many were made. fault: that the script met, or None: it may have caught it.
    """

    def __init__(self, arithmetic: str, lines: Lines) -> None:
        self.arithmetic, self.not_pinned, self.runs = arithmetic, NotPinned(lines), 0
        self.fault: Optional[ArithmeticFault] = None
        self.ended: Optional[Ended] = None
        self._lock = threading.Lock()
        self._graphs: MutableMapping[Graph, Growing] = weakref.WeakKeyDictionary()
        self._sessions: MutableMapping[Session, '_Twin'] = weakref.WeakKeyDictionary()
        self._twins = 0  # sessions so far
        self._open: List[Session] = []  # that stay until they are closed
        self._suspects: List[Tuple[BaseException, str]] = []  # with the name of an op, that may be of the rewriting

    def begin(self) -> None:
        """Take the place of TensorFlow's own methods."""
        ours, native, close = self, shim.do_run_of_elements(BaseSession._do_run), BaseSession.close
        self._native = native

        def do_run(session: Session, handle: Any, target_list: List[Operation], fetch_list: List[Tensor],
                   feed_dict: Dict[Any, Any], options: Any, run_metadata: Any) -> List[Any]:
            return ours._run(session, target_list, fetch_list, feed_dict, options, run_metadata)

        def close_both(session: Session) -> None:
            ours._close(session)
            close(session)

        def partial_run_setup(session: Session, fetches: Any, feeds: Any = None) -> None:
            ours._refuse('partial runs cannot be made')
        BaseSession._do_run, BaseSession.close = shim.in_place_of_do_run(do_run), close_both
        BaseSession.partial_run_setup = partial_run_setup
        callables.become_runs(lambda: ours._refuse('a call that hands on tensors inside cannot be made'))
        os.environ[children.ARITHMETIC] = self.arithmetic
        dropout.give_back()

    def end(self) -> None:
        """The script has ended: what is still open is ended, too."""
        for session in sorted(self._sessions, key=lambda session: self._sessions[session].number):
            self._close(session)

    def refusal(self, error: Optional[BaseException]) -> str:
        """What is to be said where a run could not be made, or where an exception, or None, that has ended the script
        may be none of its own; else ''."""
        if self.fault is not None:
            return str(self.fault)
        while error is not None:
            for suspect, name in self._suspects:
                if suspect is error:
                    return 'in %s arithmetic a run failed at %s, which the rewriting has written (%s); without ' \
                           '--arithmetic the script may run' % (self.arithmetic, name or 'an op', _one_line(error))
            error = error.__cause__ or error.__context__
        return ''

    # ---- one run

    def _run(self, session: Session, targets: List[Operation], fetches: List[Tensor], feeds: Dict[Any, Any],
             options: Any, metadata: Any) -> List[Any]:
        twin = self._twin(session)
        try:
            growing = self._following(twin, session.graph, targets, fetches, feeds)
            find = growing.graph.get_operation_by_name
            there = [find(op.name) for op in targets], [growing.tensor(tensor.name) for tensor in fetches]
            fed = dict(self._fed(growing, key, value) for key, value in feeds.items())
        except ArithmeticFault:
            raise
        except Exception as error:
            self._refuse('a run cannot be made (%s)' % _one_line(error))
        try:
            values = self._native(twin.session, None, there[0], there[1], fed, options, metadata)
        except OF_THE_RUN:
            raise
        except tf.errors.OpError as error:
            self._suspect(error, growing)
            raise
        return [_as_declared(value, tensor) for value, tensor in zip(values, fetches)]

    def _following(self, twin: '_Twin', graph: Graph, targets: List[Operation], fetches: List[Tensor],
                   feeds: Dict[Any, Any]) -> Growing:
        with self._lock:
            if self.fault is not None:
                raise self.fault
            growing = twin.growing
            growing.follow(graph)
            self.runs += 1
            self.not_pinned.note(growing, targets, fetches, [_tensor(key) for key in feeds])
            return growing

    def _twin(self, session: Session) -> '_Twin':
        with self._lock:
            if session not in self._sessions:
                graph = session.graph
                if graph not in self._graphs:
                    self._graphs[graph] = Growing(RULES[self.arithmetic]())
                self._sessions[session] = _Twin(session, self._graphs[graph], self._twins)
                self._twins += 1
                if self.ended is not None:
                    self._open.append(session)
            return self._sessions[session]

    def _fed(self, growing: Growing, key: Any, value: Any) -> Tuple[Any, Any]:
        """(key, value) for the rewritten graph. Newer releases have references of tensors as keys."""
        there = growing.tensor(_tensor(key).name)
        if there.dtype.base_dtype != _tensor(key).dtype.base_dtype:
            value = np.asarray(value).astype(there.dtype.base_dtype.as_numpy_dtype)
        return type(key)(there) if hasattr(key, 'deref') else there, value

    def _refuse(self, why: str) -> NoReturn:
        """Raises ArithmeticFault, and goes on to."""
        self.fault = self.fault or ArithmeticFault('in %s arithmetic %s' % (self.arithmetic, why))
        raise self.fault

    def _suspect(self, error: Any, growing: Growing) -> None:
        found = BaseSession._NODEDEF_NAME_RE.search(str(error.message))
        name = error.op.name if error.op is not None else ''
        if not name and found is not None:
            self._suspects.append((error, found.group(3).partition('/%s/' % self.arithmetic)[0]))
        elif not name or any(name in names for names in growing.report.replaced.values()):
            self._suspects.append((error, name))

    def _close(self, session: Session) -> None:
        twin = self._sessions.pop(session, None)
        self._open = [other for other in self._open if other is not session]
        if twin is not None:
            if self.ended is not None:
                twin.growing.follow(session.graph)
                self.ended(twin.number, session.graph, functools.partial(twin.read, self._native))
            twin.session.close()


class _Twin(object):
    """The session on the rewritten graph beside one of the script's. number: in the order of their first runs."""

    def __init__(self, session: Session, growing: Growing, number: int) -> None:
        self.growing, self.number = growing, number
        config = tf.ConfigProto()
        if session._config is not None:
            config.CopyFrom(session._config)
        self.session = tf.Session(session._target, growing.graph, shim.without_optimizers(config))
        reference = weakref.ref(session)

        def do_call(*args: Any) -> Any:  # which finds the op of an error, and its line, in the script's graph
            return BaseSession._do_call(reference(), *args)
        self.session._do_call = do_call

    def read(self, native: Callable[..., List[Any]], names: Sequence[str]) -> Dict[str, Array]:
        """{tensor name: array} of tensors of the script's graph, by themselves."""
        tensors = [self.growing.tensor(name) for name in names]
        return dict(zip(names, native(self.session, None, [], tensors, {}, None, None)))


def _one_line(error: Any) -> str:
    return in_one_line('%s: %s' % (type(error).__name__, getattr(error, 'message', error)))


def _tensor(key: Any) -> Tensor:
    return key.deref() if hasattr(key, 'deref') else key


def _as_declared(value: Any, tensor: Tensor) -> Any:
    """A fetched value in the type that the script's tensor has."""
    declared = tensor.dtype.base_dtype
    if declared == tf.float32 and isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float64:
        return value.astype(np.float32)
    return value
