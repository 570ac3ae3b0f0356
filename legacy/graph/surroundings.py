"""What is seen from each node of two graphs, one edge farther at a time, until nothing more is told apart.

Nodes get labels, numbers that mean the same in both graphs: equal where all that is seen from two nodes so far is
equal. A label that one node of each graph has makes a pair. A pair keeps its label from then on: that tells its
neighbours more than what lies behind it would, and a difference elsewhere does not spread through it.
"""
import collections
import itertools
from collections.abc import Iterable, Sequence
from typing import TypeVar

from legacy.graph.side import Side

FARTHEST = 24  # edges: twice the ops from one end of the article's networks to the other
SHIFT = 20  # bits for the number of an output, in a label with it
KEPT = (4, 8, 16)  # distances at which labels are kept, beside the last
T = TypeVar('T')
Pair = tuple[T, T]  # of the two graphs
Seen = tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[int, int, int], ...]]


class Surroundings:
    """sides: two `Side`s. pairs: [(node of the first, node of the second)] that are alike and like no other.
    views: [(labels of the first, labels of the second)], from the farthest look to the nearest that says something."""

    def __init__(self, *sides: Side) -> None:
        self._sides = sides
        numbers: dict[str, int] = {}
        self._labels = [[numbers.setdefault(node.op_type, len(numbers)) for node in side.nodes] for side in sides]
        self._fresh = itertools.count(len(numbers))
        # the nodes of each label, in each graph
        self._members: dict[int, Pair[set[int]]] = collections.defaultdict(lambda: (set(), set()))
        for which, labels in enumerate(self._labels):
            for k, label in enumerate(labels):
                self._members[label][which].add(k)
        self._waiting = [set(range(len(side.nodes))) for side in sides]  # nodes whose label may yet change
        self.pairs: list[Pair[int]] = []
        self.views: list[list[list[int]]] = []
        self._look()

    def _look(self) -> None:
        self._settle(list(self._members))
        stirred = self._waiting
        for distance in range(1, FARTHEST + 1):
            changed = self._tell_apart(stirred)
            if not any(changed):
                break
            stirred = [self._around(which, nodes) for which, nodes in enumerate(changed)]
            if distance in KEPT:
                self.views.insert(0, [list(labels) for labels in self._labels])
        self.views.insert(0, self._labels)

    def _around(self, which: int, nodes: set[int]) -> set[int]:
        """The waiting neighbours of nodes."""
        side = self._sides[which]
        found: set[int] = set()
        for k in nodes:
            found.update([other for other, _ in side.inputs[k]], side.controls[k],
                         [taker for taker, _, _ in side.takers[k]])
        return found & self._waiting[which]

    def _tell_apart(self, stirred: Sequence[set[int]]) -> Pair[set[int]]:
        """Give new labels to the waiting nodes that are no longer like all others of their label. Returns which they
        are, in each graph. stirred: those one of whose neighbours has a new label."""
        seen: dict[int, dict[Seen, Pair[list[int]]]] = collections.defaultdict(dict)
        for which, nodes in enumerate(stirred):
            for k in nodes:
                alike = seen[self._labels[which][k]].setdefault(self._seen_from(which, k), ([], []))
                alike[which].append(k)
        changed: Pair[set[int]] = (set(), set())
        touched: list[int] = []
        for label, kinds in seen.items():
            count = sum(map(len, self._members[label]))
            for alike in kinds.values():
                if sum(map(len, alike)) == count:
                    continue  # all of the label, still alike
                touched.append(self._relabel(label, alike))
                for which, members in enumerate(alike):
                    changed[which].update(members)
            touched.append(label)
        self._settle(touched)
        return changed

    def _relabel(self, label: int, alike: Pair[list[int]]) -> int:
        new = next(self._fresh)
        for which, nodes in enumerate(alike):
            self._members[label][which].difference_update(nodes)
            self._members[new][which].update(nodes)
            for k in nodes:
                self._labels[which][k] = new
        return new

    def _seen_from(self, which: int, k: int) -> Seen:
        side, labels = self._sides[which], self._labels[which]
        return (tuple([(labels[other] << SHIFT) + output for other, output in side.inputs[k]]),
                tuple(sorted([labels[other] for other in side.controls[k]])),
                tuple(sorted([(labels[taker], position, output) for taker, position, output in side.takers[k]])))

    def _settle(self, labels: Iterable[int]) -> None:
        """Take what one graph has alone, and what makes a pair, off the waiting."""
        for label in labels:
            ones, twos = self._members[label]
            if len(ones) == len(twos) == 1:
                self.pairs.append((min(ones), min(twos)))
            elif ones and twos:
                continue
            for waiting, settled in zip(self._waiting, (ones, twos)):
                waiting -= settled
