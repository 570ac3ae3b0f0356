"""Where two graphs that are given the same first compute something else, and which lines made that. Runs on Python 3.6.

Tensors are matched by what they are, not by name: where a formula is written otherwise, names change, and those of
innocent ops behind it with them.
"""
import collections
from typing import Collection, Dict, Iterable, List, NamedTuple, Optional, Set

from legacy.worker.scripts import sketches
from legacy.worker.scripts.sides import Group, Side

TOLERANCES = (2.0 ** -20, 2.0 ** -26, 2.0 ** -32)  # of a tensor's norm, from what constants' rounding makes on

# Ops of one group behind a departure. nodes: their names, in the graph's order. group: their sides.Group. weak: whether
# nothing is known of what they gave. settled: whether all that comes of them forwards agrees again before it is a
# result, as behind another formula of the same value, while some other part's does not.
Part = NamedTuple('Part', [('group', Group), ('nodes', List[str]), ('weak', bool), ('settled', bool)])


class Matching(object):
    """Which tensors of one Side are on the other. tolerance: part of a tensor's norm."""

    def __init__(self, one: Side, other: Side, tolerance: float) -> None:
        self.one, self.other, self.tolerance = one, other, tolerance
        self._index = sketches.Index(other.values)
        self._known: Dict[str, Optional[bool]] = {}

    def agrees(self, name: str) -> Optional[bool]:
        """Whether the other side has this tensor: under its name, or in the same line; or, where its values are like no
        other's, anywhere. None where it is not known what it is."""
        if name not in self._known:
            self._known[name] = self._agrees(name)
        return self._known[name]

    def _agrees(self, name: str) -> Optional[bool]:
        found = self.one.values.get(name)
        if found is None:
            return None
        namesake = self.other.values.get(name)
        if namesake is not None and sketches.near(found, namesake, self.tolerance):
            return True
        line = self.one.group(name.partition(':')[0]).line
        return any(found.distinct or not found.floats or self.other.group(like.partition(':')[0]).line == line
                   for like in self._index.like(found, self.tolerance))


def parts(matching: Matching, results: Collection[str]) -> List[Part]:
    """[Part] of one side that first depart: all that is put into them agrees, and what they give does not.

    results: names of the ops that give what departs, of that side. Parts that are weak come with those behind them.
    What a line keeps to itself and its own gradient, as an intermediate result that another formula has not, is no
    evidence: it is weak as long as all that other lines take from it agrees.
    """
    side, found = matching.one, _suspects(matching, results)
    of = _components(side, found)
    before: Dict[int, Set[int]] = collections.defaultdict(set)  # of each part those that give it something
    for name in found:
        for given, _ in side.inputs[name]:
            if given in of and of[given] != of[name]:
                before[of[name]].add(of[given])
    members: Dict[int, List[str]] = collections.OrderedDict()
    for name in sorted(found, key=lambda name: side.order[name]):
        members.setdefault(of[name], []).append(name)
    handed_on = _handed_on(side) | set(results)
    strong = {number for number, nodes in members.items()
              if any(_departs(matching, name) for name in handed_on.intersection(nodes)) or set(nodes) & set(results)}
    first = {number for number in members if not before[number]}
    for number in members:
        if before[number] and before[number] <= first - strong:
            first.add(number)
    chosen = [nodes for number, nodes in members.items() if number in first]
    reaching = _reaching_forwards(side, found, results)
    settles = any(not reaching.isdisjoint(nodes) for nodes in chosen if not side.group(nodes[0]).part)
    return [Part(side.group(nodes[0]), nodes, of[nodes[0]] not in strong, settles and not side.group(nodes[0]).part
                 and reaching.isdisjoint(nodes)) for nodes in chosen]


def _reaching_forwards(side: Side, found: Collection[str], results: Iterable[str]) -> Set[str]:
    """Names of those of some ops that lead to a result through these, and through no gradient."""
    pending = [name for name in results if name in found and not side.is_gradient(name)]
    seen: Set[str] = set()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending += [given for given, _ in side.inputs[name] if given in found and not side.is_gradient(given)]
    return seen


def _suspects(matching: Matching, results: Iterable[str]) -> Set[str]:
    """Names of the ops behind some others, as far as what they are given departs, or is not known."""
    side, pending = matching.one, [name for name in results if name in matching.one.nodes]
    seen: Set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        for given, output in side.inputs[name]:
            if not side.is_given(given) and given not in side.constants and not matching.agrees(
                    '%s:%d' % (given, output)):
                pending.append(given)
    return seen


def _handed_on(side: Side) -> Set[str]:
    """Names of the ops of which another line, or one that is not known, takes a result."""
    return {given for name, inputs in side.inputs.items() for given, _ in inputs
            if not side.group(name).line or side.group(name).line != side.group(given).line}


def _departs(matching: Matching, name: str) -> bool:
    outputs = matching.one.kind.graph.get_operation_by_name(name).outputs
    return any(matching.agrees(tensor.name) is False for tensor in outputs)


def _components(side: Side, found: Collection[str]) -> Dict[str, int]:
    """{name: number of its part}: ops of one group that are connected."""
    leader = {name: name for name in found}

    def top(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name
    for name in found:
        for given, _ in side.inputs[name]:
            if given in leader and side.group(given) == side.group(name):
                leader[top(given)] = top(name)
    return {name: side.order[top(name)] for name in found}
