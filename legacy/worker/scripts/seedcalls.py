"""The seeds that a script's random ops get: noted, or given back as a recording has them. Runs on Python 3.6."""
import random
import sys
import weakref
from typing import Callable, List, MutableMapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy import shim  # before TensorFlow
from legacy.formats.opseeds import NO_OP
from legacy.worker.tfobjects import Graph

# isort: split
from tensorflow.python.framework import ops

# argument: the op seed that the caller passed, or None. graph_seed, op_seed: the answer, or None each. graph: number
# of the graph, in the order in which they first ask. scope: the name scope that is open. function: who asks.
Call = NamedTuple('Call', [
    ('argument', Optional[int]), ('graph_seed', Optional[int]), ('op_seed', Optional[int]), ('graph', int),
    ('scope', str), ('function', str)])
Answer = Tuple[Optional[int], Optional[int]]  # seeds of the graph and of the op


class SeedFault(Exception):
    """A call that the recording does not have. The message is one line, without the place in the script."""


class Seeds(object):
    """Every call of `random_seed.get_seed` in this process from `watch` on.

    recorded: [Call, ...] to give back, or None to leave the answers to TensorFlow. given: a graph seed for graphs that
    have none, or None. strict: whether a call that the recording does not have is a SeedFault; if not, TensorFlow
    answers it, and `unexpected` says so. `calls` are those so far, as answered. gives_back: whether there are recorded
    ones.
    """

    def __init__(self, recorded: Optional[Sequence[Call]] = None, given: Optional[int] = None,
                 strict: bool = True) -> None:
        self.calls: List[Call] = []
        self.unexpected: List[str] = []  # sentences
        self._strict = strict
        self.skipped: List[Call] = []  # recorded, and not asked for here
        self.moved = 0  # answered although the scope is another
        # of those that make no op a release asks as often as it likes
        self.gives_back = recorded is not None
        self._recorded = [call for call in recorded or () if call.function not in NO_OP]
        self._next = 0
        self.given = given
        self._graphs: MutableMapping[Graph, int] = weakref.WeakKeyDictionary()
        self._counts: MutableMapping[Graph, int] = weakref.WeakKeyDictionary()
        self._native: Callable[[Optional[int]], Answer]

    def watch(self) -> None:
        """Take the place of TensorFlow's own `get_seed`."""
        from tensorflow.python.framework import random_seed
        self._native = random_seed.get_seed
        random_seed.get_seed = self.get_seed

    def seed_generators(self) -> None:
        """Give the generators of Python and numpy the seed that graphs without one get, if there is one."""
        if self.given is not None:
            random.seed(self.given)
            np.random.seed(self.given)

    def get_seed(self, op_seed: Optional[int]) -> Answer:
        """(graph seed, op seed) for the op that the caller is about to make. Raises SeedFault."""
        graph = ops.get_default_graph()
        number = self._graphs.setdefault(graph, len(self._graphs))
        call = Call(op_seed, None, None, number, shim.name_scope(graph), sys._getframe(1).f_code.co_name)
        if not self.gives_back or call.function in NO_OP:
            answer = self._native_or_given(graph, op_seed)
        else:
            answer = self._recorded_answer(call, graph)
        self.calls.append(call._replace(graph_seed=answer[0], op_seed=answer[1]))
        return answer

    def note_op_seed(self, number: int, op_seed: int) -> None:
        """The call of this number was answered with this op seed: by `worker.building`, which knows those of TensorFlow
        1.15. What it asked meanwhile, to find out whether they hold, is nothing of the script's."""
        self.calls[number:] = [self.calls[number]._replace(op_seed=op_seed)]

    @property
    def unused(self) -> int:
        """How many recorded calls were not asked for by now."""
        return len(self._recorded) - self._next + len(self.skipped)

    @property
    def chosen_by_release(self) -> int:
        """How many answers depend on the TensorFlow release: a graph seed is set, and the op names none."""
        return sum(call.argument is None and call.graph_seed is not None for call in self.calls)

    def _native_or_given(self, graph: Graph, op_seed: Optional[int]) -> Answer:
        if self.given is None or graph.seed is not None or op_seed is not None:
            return self._native(op_seed)
        count = self._counts[graph] = self._counts.get(graph, -1) + 1
        return self.given, count

    def _recorded_answer(self, call: Call, graph: Graph) -> Answer:
        try:
            position = self._position(call)
        except SeedFault as error:
            if self._strict:
                raise
            self.unexpected.append(str(error))
            return self._native_or_given(graph, call.argument)
        self.skipped.extend(self._recorded[self._next:position])
        self._next = position + 1
        recorded = self._recorded[position]
        self.moved += recorded.scope != call.scope
        return self._graph_seed(graph, recorded), self._op_seed(call, recorded)

    def _graph_seed(self, graph: Graph, recorded: Call) -> Optional[int]:
        """The recorded seed of a graph; the script's own where that is another: only what TensorFlow derives is given
        back. Of a function's graph, which gets its seed from TensorFlow, the recorded one."""
        if type(graph) is not ops.Graph:
            return recorded.graph_seed
        if graph.seed is not None:
            return int(graph.seed)
        had_its_own = recorded.argument is None and recorded.graph_seed != self.given
        return self.given if had_its_own else recorded.graph_seed

    def _op_seed(self, call: Call, recorded: Call) -> Optional[int]:
        """The same of the seed of an op."""
        if call.argument is None or call.argument == recorded.argument:
            return recorded.op_seed
        return call.argument

    def _position(self, call: Call) -> int:
        """Where in the recording the call is: the next one, or the first further on that fits in graph, scope and
        function, or the next one if only the scope is another."""
        for position in range(self._next, len(self._recorded)):
            if _key(self._recorded[position]) == _key(call):
                return position
        if self._next < len(self._recorded) and _key(self._recorded[self._next])[::2] == _key(call)[::2]:
            return self._next
        raise SeedFault(_sentence(call, self._recorded[self._next:self._next + 1]))


def _key(call: Call) -> Tuple[int, str, str]:
    return call.graph, call.scope, call.function


def _sentence(call: Call, expected: Sequence[Call]) -> str:
    wanted = 'after its last' if not expected else 'in place of that of %s in %s' % (
        expected[0].function, _scope(expected[0]))
    return '%s in %s asks for a seed that the recording does not have, %s: it is of another graph' % (
        call.function, _scope(call), wanted)


def _scope(call: Call) -> str:
    return "the scope '%s' of graph %d" % (call.scope, call.graph)
