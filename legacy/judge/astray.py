"""What depends on ops of which the recorded side alone was off, or on what is fed otherwise. See `exactness`."""
import re
from collections.abc import Iterable

import numpy as np

from legacy.formats import graphtable
from legacy.formats.graphtable import producer
from legacy.judge.exactness import Near
from legacy.judge.side import Side

WIDER = 10.0  # times the op's own share that what depends on it may be off: one element may be worse than another
WRITES = re.compile('(Resource)?(Sparse)?Apply|Assign|(Resource)?Scatter')
VARIABLES = ('Variable', 'VariableV2', 'VarHandleOp')


class Astray:
    """The ops of which the recorded side alone was off, and what depends on them or on what is fed otherwise:
    downstream in the graph, and through the variables that are written. near: [Near] of all ops alone. given: [(graph,
    tensor or variable)] that differ by rounding before any op does."""

    def __init__(self, there: Side, near: Iterable[Near] = (), given: Iterable[tuple[int, str]] = ()) -> None:
        self.ops: dict[tuple[int, str], Near] = {}
        self._share: dict[tuple[int, str], float] = {}
        self._there = there
        for item in near:
            key = item.graph, item.node.name
            if item.was_off and (key not in self.ops or self.ops[key].there.share < item.there.share):
                self.ops[key] = item
        given = [(graph, name.partition(':')[0]) for graph, name in given]
        for graph in sorted({graph for graph, _ in [*self.ops, *given]}):
            self._follow(graph, [(name, 0.0) for number, name in given if number == graph])

    def _follow(self, graph: int, pending: list[tuple[str, float]]) -> None:
        consumers = graphtable.consumers(self._there.tables[graph])
        pending += [(name, _ratio(item)) for (number, name), item in self.ops.items() if number == graph]
        while pending:
            name, ratio = pending.pop()
            if self._share.get((graph, name), -1.0) >= ratio:
                continue
            self._share[graph, name] = ratio
            behind = self._there.node(graph, name)
            if behind is not None and WRITES.match(behind.op_type):
                pending += [(producer(given)[0], ratio) for given in behind.inputs if self._is_variable(graph, given)]
            pending += [(other.name, ratio) for other in consumers[name]]

    def _is_variable(self, graph: int, given: str) -> bool:
        node = self._there.node(graph, producer(given)[0])
        return node is not None and node.op_type in VARIABLES

    def touches(self, graph: int, name: str) -> bool:
        """Whether a tensor or a variable depends on such an op."""
        return (graph, name.partition(':')[0]) in self._share

    def may_be_off(self, graph: int, name: str) -> float:
        """As a share of how far the recorded value is from the exact one, how far this side's may be where a tensor or
        a variable depends on such an op: as far as the op here is off, beside the op there. 0 where it does not."""
        return self._share.get((graph, name.partition(':')[0]), 0.0)

    def words(self, release: str) -> list[str]:
        """[sentence], of each line the op that was furthest off. release: the recorded TensorFlow."""
        found: dict[tuple[str, str], str] = {}
        for item in sorted(self.ops.values(), key=lambda item: -item.there.share):
            found.setdefault((item.node.op_type, item.node.line), item.words(release))
        return list(found.values())


def _ratio(item: Near) -> float:
    here, there = item.here.relative, item.there.relative
    if np.isfinite([here, there]).all() and there:
        return min(1.0, WIDER * here / there)
    return min(1.0, WIDER * item.here.share / item.there.share) if np.isfinite(item.there.share) else 0.0
