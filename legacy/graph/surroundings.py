"""What is seen from each node of two graphs, one edge farther at a time, until nothing more is told apart.

Nodes get labels, numbers that mean the same in both graphs: equal where all that is seen from two nodes so far is
equal. A label that one node of each graph has makes a pair. A pair keeps its label from then on: that tells its
neighbours more than what lies behind it would, and a difference elsewhere does not spread through it.
"""
import collections
import itertools

FARTHEST = 24  # edges: twice the ops from one end of the article's networks to the other
SHIFT = 20  # bits for the number of an output, in a label with it
KEPT = (4, 8, 16)  # distances at which labels are kept, beside the last


class Surroundings:
    """sides: two `edges.Side`s. pairs: [(node of the first, node of the second)] that are alike and like no other.
    views: [(labels of the first, labels of the second)], from the farthest look to the nearest that says something."""

    def __init__(self, *sides):
        self._sides = sides
        numbers = {}
        self._labels = [[numbers.setdefault(node.op_type, len(numbers)) for node in side.nodes] for side in sides]
        self._fresh = itertools.count(len(numbers))
        self._waiting = [range(len(side.nodes)) for side in sides]  # nodes whose label may yet change
        self.pairs, self.views = [], []
        self._look()

    def _look(self):
        told_apart = self._settle()
        for distance in range(1, FARTHEST + 1):
            pairs, before = len(self.pairs), told_apart
            self._look_farther()
            told_apart = self._settle()
            if distance in KEPT:
                self.views.insert(0, [list(labels) for labels in self._labels])
            if (len(self.pairs), told_apart) == (pairs, before) or not all(self._waiting):
                break
        self.views.insert(0, self._labels)

    def _settle(self):
        """Take what one graph has alone, and what makes a pair, off the waiting. Returns how many labels are left."""
        at = []
        for labels, waiting in zip(self._labels, self._waiting):
            at.append(collections.defaultdict(list))
            for k in waiting:
                at[-1][labels[k]].append(k)
        open_ = set()
        for label in at[0].keys() & at[1].keys():
            if len(at[0][label]) == len(at[1][label]) == 1:
                self.pairs.append((at[0][label][0], at[1][label][0]))
            else:
                open_.add(label)
        self._waiting = [[k for k in waiting if labels[k] in open_]
                         for labels, waiting in zip(self._labels, self._waiting)]
        return len(open_)

    def _look_farther(self):
        numbers = {}
        found = []
        for side, labels, waiting in zip(self._sides, self._labels, self._waiting):
            new = list(labels)
            for k in waiting:
                key = (labels[k], tuple([(labels[other] << SHIFT) + output for other, output in side.inputs[k]]),
                       tuple(sorted([labels[other] for other in side.controls[k]])),
                       tuple(sorted([(labels[taker], position, output)
                                     for taker, position, output in side.takers[k]])))
                if key not in numbers:
                    numbers[key] = next(self._fresh)
                new[k] = numbers[key]
            found.append(new)
        self._labels = found
