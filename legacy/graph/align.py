"""Which node of one graph is which node of another: by what they do and what they are joined to, not by position.

Names are a hint only, since TensorFlow numbers them: one op more, and every later name of its kind moves on. Pairs grow
from what is certain along the edges: of all pairs of one op type that touch a pair already made, the one with most
edges in common goes next. Certain are nodes that are the same, names too, down to the leaves; where the names have
little in common, nodes whose surroundings are found once in each graph. Of parts that are found several times, one of
the first graph goes with one of the other, in the order of creation, each grown before the next. What shares no edge
with any pair stays alone, but for loose ends of the same name.
"""
import collections
import heapq
from collections.abc import Iterable

from legacy.formats.graphtable import Table
from legacy.graph.side import CONTROL, Side
from legacy.graph.surroundings import Surroundings

MANY = 64  # pairs of takers of one pair that are offered each with each
NEAR = 2  # places in the order of creation that takers may be apart beyond that
Rank = tuple[int, int, int, bool, bool, int, int, int]


def align(a: Table, b: Table) -> dict[int, int]:
    """{index in a.nodes: index in b.nodes} of the nodes that are in both Tables. Where a pair differs in op type, its
    name and all its edges are the same."""
    return _Alignment(Side(a), Side(b)).run()


class _Alignment:

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.pairs: dict[int, int] = {}
        self.back: dict[int, int] = {}
        self.waiting: list[tuple[Rank, int, int]] = []  # a heap; index in a, index in b
        self.views: list[list[list[int]]] = []  # of `Surroundings`, where the names have little in common

    def run(self) -> dict[int, int]:
        for k, other in self._same_to_the_leaves():
            self._pair(k, other)
        if len(self.pairs) < min(len(self.a.nodes), len(self.b.nodes)) / 4:
            self._pair_by_surroundings()
        for k, other in list(self.pairs.items()):
            self._offer_around(k, other)
        for k, other in self._same_name():
            self._offer(k, other)
        self._grow()
        while self._another_type():
            self._grow()
        self._pair_repeated()
        self._pair_loose_ends()
        return self.pairs

    def _pair(self, k: int, other: int) -> None:
        self.pairs[k], self.back[other] = other, k

    def _same_name(self) -> list[tuple[int, int]]:
        return [(k, self.b.at[node.name]) for k, node in enumerate(self.a.nodes) if node.name in self.b.at]

    def _same_to_the_leaves(self) -> Iterable[tuple[int, int]]:
        """Pairs of the same type, name and inputs, whose inputs are such pairs too. A leaf must also go to the same
        place, for its name says little."""
        same: dict[int, int] = {}
        for k, other in sorted(self._same_name()):
            one, two = self.a.nodes[k], self.b.nodes[other]
            if (one.op_type, one.inputs) != (two.op_type, two.inputs):
                continue
            if any(producer not in same for producer in [n for n, _ in self.a.inputs[k]] + list(self.a.controls[k])):
                continue
            if one.inputs or self._goes_to_the_same(k, other):
                same[k] = other
        return same.items()

    def _goes_to_the_same(self, k: int, other: int) -> bool:
        taken, taken_too = ({(side.nodes[taker].name, position) for taker, position, _ in side.takers[at]}
                            for side, at in ((self.a, k), (self.b, other)))
        return bool(taken & taken_too) or not taken | taken_too

    def _pair_by_surroundings(self) -> None:
        """Pair nodes that look alike and like no other."""
        found = Surroundings(self.a, self.b)
        self.views = found.views
        for k, other in found.pairs:
            if k not in self.pairs and other not in self.back:
                self._pair(k, other)

    def _pair_repeated(self) -> None:
        """Pair what looks alike and is there several times, in the order of creation, and grow from each."""
        for labels, labels_too in self.views:
            alike: dict[int, collections.deque[int]] = collections.defaultdict(collections.deque)
            for other, label in enumerate(labels_too):
                if other not in self.back and not self._is_loose(self.b, other, False):
                    alike[label].append(other)
            for k, label in enumerate(labels):
                fits = alike.get(label)
                while fits and fits[0] in self.back:
                    fits.popleft()
                if fits and k not in self.pairs:
                    other = fits.popleft()
                    self._pair(k, other)
                    self._offer_around(k, other)
                    self._grow()

    # ---- growing

    def _offer_around(self, k: int, other: int) -> None:
        """Offer the pairs that touch this one."""
        for (one, _), (two, _) in zip(self.a.inputs[k], self.b.inputs[other]):
            self._offer(one, two)
        self._offer_each([(one, CONTROL) for one in self.a.controls[k]],
                         [(two, CONTROL) for two in self.b.controls[other]])
        self._offer_each(self.a.takers[k], self.b.takers[other])

    def _offer_each(self, ones: Iterable[tuple[int, ...]], twos: Iterable[tuple[int, ...]]) -> None:
        """Offer nodes of `ones` with those of `twos`, [(node, *edge)], where edge and op type are the same. Of too many
        those of one name, and those that come at about the same place: the others have other edges to be found by."""
        groups: dict[tuple[str | int, ...], tuple[list[int], list[int]]] = collections.defaultdict(lambda: ([], []))
        for number, (side, paired, edges) in enumerate(((self.a, self.pairs, ones), (self.b, self.back, twos))):
            for node, *edge in edges:
                if node not in paired:
                    kind: tuple[str | int, ...] = (side.nodes[node].op_type, *edge)
                    groups[kind][number].append(node)
        for few, few_too in groups.values():
            if len(few) * len(few_too) <= MANY:
                for one in few:
                    for two in few_too:
                        self._offer(one, two)
            else:
                self._offer_near(sorted(few), sorted(few_too))

    def _offer_near(self, ones: list[int], twos: list[int]) -> None:
        there = set(twos)
        for place, one in enumerate(ones):
            namesake = self.b.at.get(self.a.nodes[one].name)
            near = set(twos[max(place - NEAR, 0):place + NEAR + 1])
            if namesake is not None and namesake in there:
                near.add(namesake)
            for two in near:
                self._offer(one, two)

    def _offer(self, k: int, other: int) -> None:
        if (k not in self.pairs and other not in self.back
                and self.a.nodes[k].op_type == self.b.nodes[other].op_type):
            heapq.heappush(self.waiting, (self._rank(k, other), k, other))

    def _grow(self) -> None:
        while self.waiting:
            rank, k, other = heapq.heappop(self.waiting)
            if k in self.pairs or other in self.back:
                continue
            now = self._rank(k, other)
            if now > rank:  # worse than when it was offered
                heapq.heappush(self.waiting, (now, k, other))
                continue
            before, after, against = self._edges(k, other)
            same_name = self.a.nodes[k].name == self.b.nodes[other].name
            if before + after > against or before + after == against > 0 and same_name:
                self._pair(k, other)
                self._offer_around(k, other)

    def _rank(self, k: int, other: int) -> Rank:
        """Smaller is better: edges in common less those against; then those to takers, which leave no choice; then what
        is seen around; then the same name; then the same value; then the order of creation."""
        before, after, against = self._edges(k, other)
        one, two = self.a.nodes[k], self.b.nodes[other]
        unlike = sum([labels[k] != labels_too[other] for labels, labels_too in self.views])
        return (against - before - after, -after, unlike, one.name != two.name, one.value != two.value, abs(k - other),
                k, other)

    def _edges(self, k: int, other: int) -> tuple[int, int, int]:
        """Edges of this pair that lead to pairs: (from inputs in common, to takers in common, that one of the two has
        alone). The same neighbour in another position counts for neither."""
        inputs = [(self.pairs.get(one), output) for one, output in self.a.inputs[k]]
        before = sum(one == two and one[0] is not None for one, two in zip(inputs, self.b.inputs[other]))
        takers = {(self.pairs[one], *edge) for one, *edge in self.a.takers[k] if one in self.pairs}
        takers_too = {(two, *edge) for two, *edge in self.b.takers[other] if two in self.back}
        controls = {self.pairs[one] for one in self.a.controls[k] if one in self.pairs}
        controls_too = {two for two in self.b.controls[other] if two in self.back}
        alone = [{one for one, _ in inputs if one is not None} ^ {two for two, _ in self.b.inputs[other]
                                                                  if two in self.back},
                 {taker for taker, *_ in takers} ^ {taker for taker, *_ in takers_too}, controls ^ controls_too]
        return (before + len(controls & controls_too), len(takers & takers_too),
                sum(map(len, alone)) + abs(len(inputs) - len(self.b.inputs[other])))

    def _another_type(self) -> int:
        """Pair nodes of one name whose edges all agree, inputs to the last: the same node as another op. Returns how
        many there were."""
        found = 0
        for k, other in self._same_name():
            if k in self.pairs or other in self.back:
                continue
            before, after, against = self._edges(k, other)
            inputs = len(self.a.inputs[k]) + len(self.a.controls[k])
            if not against and before == inputs and before + after:
                self._pair(k, other)
                self._offer_around(k, other)
                found += 1
        return found

    def _pair_loose_ends(self) -> None:
        """Pair what takes nothing, or what nothing takes, by type, name and value, since it has few edges or none to be
        told by; then what has no edges at all by type, value and order."""
        for told_by_name in (True, False):
            loose: dict[tuple[str, str, str], collections.deque[int]] = collections.defaultdict(collections.deque)
            for other, node in enumerate(self.b.nodes):
                if other not in self.back and self._is_loose(self.b, other, told_by_name):
                    loose[node.op_type, node.value, node.name if told_by_name else ''].append(other)
            for k, node in enumerate(self.a.nodes):
                fits = loose[node.op_type, node.value, node.name if told_by_name else '']
                if k not in self.pairs and fits and self._is_loose(self.a, k, told_by_name):
                    self._pair(k, fits.popleft())

    @staticmethod
    def _is_loose(side: Side, k: int, at_either_end: bool) -> bool:
        ends = [not side.nodes[k].inputs, not side.takers[k]]
        return any(ends) if at_either_end else all(ends)
