"""Who answers a random op of the article's that asks for its seed: TensorFlow, or the record of 1.15's seeds.

TensorFlow 1.15 takes an op seed from the number of nodes that the graph has so far. No other release has 1.15's nodes,
so its seeds are given back from a record, and only where the same is asked as was recorded. Runs on Python 3.6.
"""
from typing import List, Optional, Tuple, Union

from legacy import shim
from legacy.formats import opseeds
from legacy.formats.errors import NotComparable
from legacy.worker import port
from legacy.worker.tfobjects import Graph

PROFILES = ('1.15', 'native')
REMEDY = ('1.15 counts nodes, so ask it: `record --release 1.15.5 --out changed.npz`, then '
          "`run --op-seeds changed.npz`; or take this release's own, --op-seeds native")

OpSeeds = str  # one of PROFILES


class SeedsUnknown(NotComparable):
    """The op seeds asked for are not those of this graph. The message is one line, and says what to do."""


class Native(object):
    """TensorFlow's own answer."""

    def op_seed(self, graph: Graph, k: int, own: Optional[int]) -> Optional[int]:
        """The op seed of call number `k` (from 0) in `graph`, where `own` is what this TensorFlow derives."""
        return own


class Articles(object):
    """The seeds that were recorded for the article's 16 random ops.

    trusted: whether the caller knows that the graph is the article's. Otherwise the nodes so far must be those that
    the article's port makes here before the same call: then 1.15 has as many nodes by then as were recorded, too.
    """

    def __init__(self, trusted: bool) -> None:
        self._trusted = trusted
        self._recorded = next(family['op_seeds'] for family in opseeds.families() if family['name'] == '1.15')
        self._nodes: Optional[List[Tuple[str, str]]] = None
        self._asking = False

    def op_seed(self, graph: Graph, k: int, own: Optional[int]) -> Optional[int]:
        """As of Native. Raises SeedsUnknown where the call is not the article's."""
        if self._asking:
            return own
        if k >= len(self._recorded):
            raise SeedsUnknown("no op seed of TensorFlow 1.15 is recorded for random op number %d of a graph; the "
                               "article's has %d. %s" % (k + 1, len(self._recorded), REMEDY))
        if not self._trusted:
            self._compare(graph, k)
        op_seed: Optional[int] = self._recorded[k]
        return op_seed

    def _compare(self, graph: Graph, k: int) -> None:
        if self._nodes is None:
            self._asking = True
            try:
                self._nodes = port.nodes()
            finally:
                self._asking = False
        random_ops = [number for number, (op_type, _) in enumerate(self._nodes) if op_type == 'RandomStandardNormal']
        expected = self._nodes[:random_ops[k]]
        obtained = [(op.type, op.name) for op in graph.get_operations()]
        if obtained == expected:
            return
        number = next((number for number, pair in enumerate(zip(expected, obtained)) if pair[0] != pair[1]),
                      min(len(expected), len(obtained)))
        theirs, ours = (found[number][1] if number < len(found) else 'none' for found in (expected, obtained))
        raise SeedsUnknown(
            "op seeds of TensorFlow 1.15 are recorded for the article's graph only, and this is another: before random "
            "op number %d, node %d is %s, the article's is %s. %s" % (k + 1, number + 1, ours, theirs, REMEDY))


Answering = Union[Native, Articles]  # what answers a random op that asks for its seed


def answering(op_seeds: OpSeeds, trusted: bool) -> Answering:
    """What answers. op_seeds: one of PROFILES. TensorFlow 1.15 has no need to be told its own rule."""
    return Articles(trusted) if op_seeds == '1.15' and not shim.derives_op_seeds_as_1_15() else Native()
