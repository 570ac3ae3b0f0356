"""How far each side is from the exact value: every op alone, and every tensor of a run made again.

The recorded TensorFlow is not right because it is the recorded one. What an op gives exactly, and how far rounding may
carry it, `worker/scripts/allowances.py` finds out; the exact value of a run is what it gives in float64.
"""
import typing
from collections.abc import Collection

import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.graphtable import Node, producer
from legacy.formats.values import Array, difference
from legacy.judge import units
from legacy.judge.findings import Deviation, norm
from legacy.judge.floors import Units, floor_of
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.side import Side
from legacy.judge.tensormeasures import rounding

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.judge.astray import Astray

WORSE = 2.0  # times as far from the exact value as the other side: as far is nobody's fault
# A share of what rounding allows that no sum reaches by luck (it is three and a half standard deviations), as where a
# narrow type adds up so many terms that the last ones are lost; and how many times nearer the other side then is.
BIASED, FAR = 0.5, 8.0
PORTABLE = 'portable'
LOOPS = ('Exit', 'RefExit', 'Merge', 'RefMerge')  # in which nobody has looked
MOST = 1e9  # floors


class Off(typing.NamedTuple):
    """How far a result is from the exact one, at the element that is furthest. share: of what rounding allows.
    relative: of the exact value, infinite where that is zero or only one of the two is finite. ulp: units in the last
    place of the exact value."""
    share: float
    relative: float
    ulp: float

    @property
    def words(self) -> str:
        if not self.ulp:
            return 'exact'
        if self.relative == float('inf'):
            return 'zero, infinite or no number where the exact value is not, or the other way round'
        if self.relative >= 10:
            return f'off by {self.relative:.2g} times the exact value'
        if self.relative >= 1e-4:
            return f'{float(f"{100 * self.relative:.2g}"):g} % off the exact value'
        ulp = max(1, round(self.ulp))
        return f'within {ulp} ulp' if ulp < 1000 else f'{self.relative:.1e} (relative) off the exact value'


class Near(typing.NamedTuple):
    """An op alone. node: graphtable.Node of the recording. by: 'portable', which is exact, or 'float64'. there, here:
    an Off each."""
    graph: int
    node: Node
    by: str
    there: Off
    here: Off

    @property
    def is_off_here(self) -> bool:
        """Whether this side is further from the exact value than rounding allows, and than the recorded side was."""
        return _is_off(self.here, self.there)

    @property
    def was_off(self) -> bool:
        """Whether the recorded side was, and this one is not; or was as far as no luck carries it, and this one is
        many times nearer. Noise, which has no bias, knows nothing of that, and runs add it up."""
        return _is_off(self.there, self.here) or BIASED < self.there.share and FAR * self.here.share <= self.there.share

    @property
    def is_off_alike(self) -> bool:
        """Whether both sides are further from the exact value than rounding allows, and about as far."""
        return self.here.share > 1 and self.there.share > 1 and not self.is_off_here and not self.was_off

    def words(self, release: str) -> str:
        """release: the recorded TensorFlow."""
        what = f"{release}'s {self.node.op_type}" + f' at {self.node.line}' * bool(self.node.line)
        exact = '' if self.by == PORTABLE else ', by its float64 kernel'
        return f'{what} was {self.there.words}{exact}; here it is {self.here.words}'


def _is_off(one: Off, other: Off) -> bool:
    return one.share > 1 and not one.share <= WORSE * other.share


def ops_alone(pairing: Pairing) -> list[Near]:
    """[Near] of the ops of the first steps, each alone, of which the exact result is known; the same inputs on both
    sides, so the same exact result."""
    found, there, here = [], pairing.there, pairing.here
    for number in there.answered:
        known = here.exact(number)
        if not known:
            continue
        graph = there.graph_of(there.by_number[number])
        ours, theirs, same = there.answers(number), here.answers(number), same_inputs(pairing, number)
        for name, by, exact, allowance in known:
            node, noted, item = there.node(graph, name), ours.get(name), theirs.get(name)
            if node is None or name not in same or noted is None or item is None or not (
                    noted.form == item.form and noted.shape == exact.shape):
                continue
            right, may_be_off = here.comparable(exact), here.comparable(allowance)
            epsilon = noted.epsilon if noted.is_float else 0.0
            found.append(Near(graph, node, by, _off(there.comparable(noted), right, may_be_off, epsilon),
                              _off(here.comparable(item), right, may_be_off, epsilon)))
    return found


def same_inputs(pairing: Pairing, number: int) -> set[str]:
    """{tensor name} of a step whose ops took the same bits in portable arithmetic on both sides: those that came to the
    same, and, of ops that portable arithmetic leaves as they are and that give something else, those that were given
    the same by the same ops."""
    there, here = ({tensor.name: tensor.digest for tensor in side.tensors(number)}
                   for side in (pairing.there, pairing.here))
    graph = pairing.there.graph_of(pairing.there.by_number[number])
    same = {name for name, digest in there.items() if here.get(name) == digest}
    return same | {name for name in there if name in here and name not in same
                   and _was_given_the_same(pairing, graph, name, there, same)}


def _was_given_the_same(pairing: Pairing, graph: int, name: str, known: Collection[str],
                        same: Collection[str]) -> bool:
    """Whether an op took the same values on both sides: what is known of them agrees, and what lies between, or is no
    result of an op, is the same ops and constants. known: names of the tensors whose values are; same: of those that
    agree."""
    seen, pending = set(), [name.partition(':')[0]]
    while pending:
        op = pending.pop()
        node, namesake = pairing.there.node(graph, op), pairing.here.node(graph, op)
        if node is None or namesake is None or node.op_type in LOOPS or (node.op_type, node.inputs) != (
                namesake.op_type, namesake.inputs) or node.value != namesake.value:
            return False
        for given, output in map(producer, node.inputs):
            tensor = f'{given}:{output}'
            if output < 0 or tensor in same or given in seen:
                continue
            if tensor in known:
                return False
            seen.add(given)
            pending.append(given)
    return True


def _off(values: Array, exact: Array, allowed: Array, epsilon: float) -> Off:
    """The Off of an array."""
    values, exact, allowed = (np.ravel(np.asarray(array, 'f8')) for array in (values, exact, allowed))
    if not values.size:
        return Off(0.0, 0.0, 0.0)
    same = (values == exact) | (np.isnan(values) & np.isnan(exact))
    with np.errstate(invalid='ignore', divide='ignore', over='ignore'):
        off = np.where(same, 0.0, np.where(np.isfinite(values) & np.isfinite(exact), np.abs(values - exact), np.inf))
        share = np.where(same, 0.0, off / np.where(np.isfinite(allowed), allowed, np.inf))
        share = np.where(~same & np.isinf(off), np.inf, share)
        at = int(np.argmax(share))
        size = abs(exact[at])
        relative = off[at] / size if size else float('inf') if off[at] else 0.0
        ulp = off[at] / max(epsilon * 2.0 ** np.floor(np.log2(size)) if size else 0.0, 1e-300)
    return Off(float(share[at]), float(relative), float(min(ulp, 1e300)))


# ---- runs made again

def exact_of(pair: Pair) -> ArrayNote | None:
    """The noted array that a step gives in float64, or None: the exact value of its formulas."""
    return pair.step.noted('float64', pair.group, pair.name)


def is_exact_whole(pair: Pair) -> bool:
    """Whether a result here that is no float is what both exact arithmetics gave where it was recorded."""
    known = [pair.step.noted(arithmetic, pair.group, pair.name) for arithmetic in ('float64', PORTABLE)]
    return pair.here is not None and not pair.here.is_float and all(
        exact is not None and exact.digest == pair.here.digest for exact in known)


def float64_floor(there: Side, pair: Pair) -> Units | None:
    """(norm, projection) of the floor of float64, in units in the last place of float32; None where there is none."""
    exact, floor = exact_of(pair), floor_of(pair.step, 'float64', pair.group, pair.name)
    if exact is None or floor is None or not floor.norm:
        return None
    ratio = pair.there.epsilon / exact.epsilon
    least = rounding(there, exact)
    return Units(*[ratio * max(own or 0.0, half) for own, half in zip(floor, least)])


def deviations(pairing: Pairing, pair: Pair, side: Side, item: ArrayNote | None,
               floor: Units) -> list[Deviation] | None:
    """[Deviation] of a result in float32 from the exact one, in floors; None where that is not known. side: that has
    the item. floor: (norm, projection)."""
    there, exact = pairing.there, exact_of(pair)
    if exact is None or item is None or exact.shape != item.shape or not item.is_float:
        return None
    what = f'{pairing.where(pair)}, from the exact value'
    ours, theirs = there.content(exact), side.content(item)
    if ours.shape != theirs.shape or not floor.norm:
        return None
    same_state = (np.isfinite(ours) == np.isfinite(theirs)).all()
    with np.errstate(over='ignore'):  # what is too large for the narrower type is infinite there
        expected = ours.astype(theirs.dtype)
    found = [Deviation(what, norm(difference(ours, theirs)) / floor.norm if same_state else float('inf'), units.LIMIT,
                       expected, theirs)]
    a, b = there.whole(exact), side.whole(item)
    if a and b and floor.projection:
        share = a.apart(b) / floor.projection if a.not_finite == b.not_finite else float('inf')
        found.append(Deviation(f'{what}, all elements', share, units.LIMIT, expected, theirs))
    return found


def nearer(pairing: Pairing, pair: Pair, floor: Units, astray: 'Astray | None' = None) -> list[Deviation] | None:
    """[Deviation] of this side's result from the exact value, where it is as near as rounding allows; None where it is
    not, or nothing is known. An op that the recorded side had off may be off here in its proportion: then what depends
    on it is, too."""
    here = deviations(pairing, pair, pairing.here, pair.here, floor)
    there = deviations(pairing, pair, pairing.there, pair.there, floor)
    if here is None or there is None:
        return None
    share = astray.may_be_off(pairing.there.graph_of(pair.step), pair.name) if astray else 0.0
    found = [off._replace(tolerance=max(units.LIMIT, share * min(was.relative, MOST)) if was.relative < float('inf')
                          else units.LIMIT) for off, was in zip(here, there)]
    return found if all(off.relative <= off.tolerance for off in found) else None
