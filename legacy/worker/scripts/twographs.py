"""The recorded graph and the one built here on the same inputs: which line computes another value. Runs on Python 3.6.
"""
import collections
from typing import Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy.formats import causes, signatures
from legacy.formats.causes import Cause
from legacy.formats.contents import label, values
from legacy.formats.dtypes import is_float
from legacy.formats.signatures import Difference
from legacy.formats.values import Array, difference
from legacy.worker.scripts import departures
from legacy.worker.scripts.departures import Part
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.sides import Group, Side
from legacy.worker.scripts.steps import Looked, Step

LEAST = 2.0 ** -20  # relative: less is what constants make that another release rounds otherwise, 0.9 as 1 - 0.1
FEW = 6  # op types that are named of a line

# nodes: names of the ops of a line that computes another value, there and here.
Formula = NamedTuple('Formula', [('cause', Cause), ('nodes', Sequence[List[str]])])
# A result of the recorded side that the other gives otherwise. off: how far, relative.
Departing = NamedTuple('Departing', [('off', float), ('name', str)])


def formula_causes(there: Side, here: Side, names: Mapping[str, str], steps: Sequence[Step],
                   replayers: Sequence[Replayer], arithmetic: str, exactly: bool = False,
                   edited: Collection[str] = ()) -> Optional[List[Formula]]:
    """[Formula] of a step: lines that compute another value of the same inputs, most likely the first of them. None
    where the step cannot be made on one of the sides.

    there, here: sides.Side. names: {name there: name here} of what is fetched and of variables. steps, replayers: of
    the two sides. arithmetic: in which both are made, see `replayer.RULES`. exactly: whether one other bit departs.
    edited: lines that are not as they were recorded: of several that may be it, such a one is.
    """
    outcomes: List[Looked] = []
    for side, step, replayer in zip((there, here), steps, replayers):
        looked = replayer.looked_at(step, arithmetic, side.tensors())
        if looked is None:
            return None
        side.measure(looked.tensors)
        outcomes.append(looked)
    departing = _departing(outcomes[0], outcomes[1], names, steps[0], 0.0 if exactly else LEAST)
    for tolerance in ((0.0,) if exactly else departures.TOLERANCES) if departing else ():
        found = _parts(there, here, [item.name for item in departing], names, tolerance)
        if any(found):
            size, name = max(departing, key=lambda item: item.off)
            return [Formula(item._replace(departs=name, size=None if np.isinf(size) else size), lists)
                    for item, lists in _causes(there, here, found[0], found[1], edited)]
    return []


def _departing(there: Looked, here: Looked, names: Mapping[str, str], step: Step, least: float) -> List[Departing]:
    found: List[Departing] = []
    before = step.read().before
    for written, ours, theirs in ((False, there.fetched, here.fetched), (True, there.after, here.after)):
        for name, array in ours.items():
            other = theirs.get(names.get(name, name))
            if other is None or not label(array) or not is_float(label(array)):
                continue
            off = relative(array, other, before.get(name) if written else None)
            if off > least:
                found.append(Departing(off, name))
    return found


def relative(array: Array, other: Array, before: Optional[Array] = None) -> float:
    """Norm of a difference by that of an array, or of its change; infinite where only one is finite."""
    return share_off(values(array, label(array)), values(other, label(other)),
                     None if before is None else values(before, label(before)))


def share_off(array: Array, other: Array, before: Optional[Array] = None, allowed: float = 0.0) -> float:
    """The same of arrays of floats. allowed: norm of a difference that is none."""
    if array.shape != other.shape or (np.isfinite(array) != np.isfinite(other)).any():
        return float('inf')
    off = float(np.linalg.norm(difference(array, other)))
    if off <= allowed:
        return 0.0
    start = np.zeros_like(array) if before is None or before.shape != array.shape else before
    size = float(np.linalg.norm(difference(start, array)))
    return off / size if size else float('inf')


def _parts(there: Side, here: Side, departing: List[str], names: Mapping[str, str],
           tolerance: float) -> List[List[Part]]:
    """([departures.Part] there, the same here)"""
    found = []
    for one, other, results in ((there, here, departing), (here, there, [names.get(name, name) for name in departing])):
        ops = [op for name in results for op in one.writers.get(name, [name.partition(':')[0]])]
        found.append(departures.parts(departures.Matching(one, other, tolerance), ops))
    return found


# Ops of a group that are others on the two sides. rank: those with other ops first, of these those of a line that was
# edited, then in the order of the graph.
# apart: in what. nodes: names of those there that depart. lists: of those of each side that were compared.
Suspect = NamedTuple('Suspect', [('rank', Tuple[bool, bool, bool, bool, bool, float]), ('group', Group),
                                 ('apart', Difference), ('nodes', List[str]), ('lists', List[List[str]])])


def _causes(there: Side, here: Side, parts_there: Sequence[Part], parts_here: Sequence[Part],
            edited: Collection[str]) -> List[Formula]:
    """[Formula], the likeliest first."""
    grouped: List[Tuple[Side, Part, List[List[str]]]] = []  # where a part departs, and its group's ops on both sides
    left = list(parts_here)
    for part in parts_there:
        fitting = _fitting(there, here, part, [other for other in left if other.group == part.group])
        grouped.append((there, part, [part.nodes, fitting.nodes] if fitting else _on_both(there, here, part.group)))
        left = [other for other in left if other is not fitting]
    found: List[Suspect] = []
    for side, part, lists in grouped + [(here, part, _on_both(there, here, part.group)) for part in left]:
        apart = _apart((there, here), lists)
        place = side.order[part.nodes[0]] / float(len(side.order))
        is_edited = not {part.group.line, *part.group.callers}.isdisjoint(edited)
        rank = not signatures.differs(apart), not is_edited, part.settled, side is here, part.weak, place
        found.append(Suspect(rank, part.group, apart, part.nodes if side is there else lists[0], lists))
    found.sort(key=lambda item: item.rank)
    differing = [item for item in found if signatures.differs(item.apart)]
    chosen: Dict[Tuple[str, str], Suspect] = collections.OrderedDict()
    for item in differing or found[:1]:  # without any, the first: its ops are joined otherwise
        chosen.setdefault((item.group.line, item.group.part), item)
    return [Formula(_cause(there, here, item.group, item.apart, item.nodes), item.lists) for item in chosen.values()]


def _fitting(there: Side, here: Side, part: Part, others: Sequence[Part]) -> Optional[Part]:
    """Of parts of the same line here the one that is likest to one there: a line that updates has one for each
    variable."""
    def unlikeness(other: Part) -> Tuple[bool, int]:
        apart = _apart((there, here), [part.nodes, other.nodes])
        return signatures.differs(apart), _types(apart)
    return min(others, key=unlikeness) if others else None


def _apart(sides: Sequence[Side], lists: Sequence[List[str]]) -> Difference:
    """The signatures.Difference of ops of two sides: of those that compute with floats, or, where these are the same,
    of all, as those that find out a shape. lists: names of ops of each side."""
    floats = [[name for name in names if side.computes_floats(name)] for side, names in zip(sides, lists)]
    for chosen in (floats, lists):
        found = signatures.difference(*[signatures.signature(side, names) for side, names in zip(sides, chosen)])
        if signatures.differs(found):
            break
    return found


def _on_both(there: Side, here: Side, group: Group) -> List[List[str]]:
    return [_group_of(side, group) for side in (there, here)]


def _group_of(side: Side, group: Group) -> List[str]:
    return [name for name in side.nodes if side.group(name) == group]


def _cause(there: Side, here: Side, group: Group, apart: Difference, nodes: List[str]) -> Cause:
    """nodes: names of those there that depart; of a line that departs here alone, of all of it."""
    line, callers = group.line, list(group.callers)
    whole = _apart((there, here), _on_both(there, here, group))
    if _types(whole) < _types(apart) and signatures.differs(whole):  # what departs on one side alone the other has, too
        apart = whole
    if apart.constants and not (apart.there or apart.here or apart.attributes):
        apart = whole
        line, callers = _line_of_constant(there, here, apart, group) or (line, callers)
    if callers and _only_this_call(there, here, group):
        callers, line = callers[:-1], callers[-1]
    computing = [name for name in nodes if not there.moves(name)] or list(nodes)
    types = [there.nodes[name].op for name in computing]
    return causes.cause(
        'formula', '' if line.startswith('(') else line, callers=callers, part=group.part,
        of=sorted({there.of[name] for name in nodes if there.of.get(name)})[:FEW],
        text=here.text(line) or there.text(line), op=computing[0] if computing else '',
        types=sorted(set(types), key=types.index)[:FEW], there=apart.there, here=apart.here,
        attributes=[list(item) for item in apart.attributes], constants=[list(item) for item in apart.constants])


def _types(apart: Difference) -> int:
    """How many ops only one side has."""
    return sum(apart.there.values()) + sum(apart.here.values())


def _line_of_constant(there: Side, here: Side, apart: Difference, group: Group) -> Optional[Tuple[str, List[str]]]:
    """(line, callers) of the constants that are others, where that is another line than that of the ops."""
    for side, k in ((here, 2), (there, 1)):
        known = signatures.constants_of(side, _group_of(side, group))
        for item in apart.constants:
            for name in sorted(name for value in item[k] for name in known.get(value, ())):
                found = side.group(name)
                if not found.line.startswith('('):
                    return found.line, list(found.callers)
    return None


def _only_this_call(there: Side, here: Side, group: Group) -> bool:
    """Whether a line of a helper, called from several lines, differs for this one alone: then the call is another."""
    others = {side.group(name) for side in (there, here) for name in side.nodes}
    others = {other for other in others if other.line == group.line and other.part == group.part and other != group}
    return bool(others) and not any(
        signatures.differs(_apart((there, here), _on_both(there, here, other))) for other in others)
