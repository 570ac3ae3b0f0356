"""Every variable's update along itself: what is off in one run and, over all runs, what is systematic."""
import typing

import numpy as np

from legacy.formats.values import Array, difference
from legacy.judge import exactness, units
from legacy.judge.astray import Astray
from legacy.judge.findings import Deviation, along, norm
from legacy.judge.pairing import Pair
from legacy.judge.side import Side
from legacy.judge.tensormeasures import Asked

ALIKE = 4  # runs



class Reach(typing.NamedTuple):
    """How far something is off, and how far it may be, in one unit."""
    off: float
    limit: float


class Share(typing.NamedTuple):
    """Of one update: how far it is off along itself, the floor of that, and how far it is from the exact one."""
    off: float
    floor: float
    exact: Reach | None


class Updates:
    """What is off along the updates of a recording's variables, from the recorded update or from the exact one: the
    nearer counts. astray: the astray.Astray, or None: what depends on an op that the recorded side had off may be off
    in the proportion of that."""

    def __init__(self, there: Side, astray: Astray | None = None) -> None:
        self._there, self._astray = there, astray
        self._shares: dict[str, list[Share]] = {}
        self._last: dict[str, tuple[Array, Array]] = {}

    def add(self, asked: Asked, pair: Pair, found: Deviation) -> None:
        """Add what one update is off to a tensormeasures.Asked. pair: of the variable afterwards. found: the Deviation
        of it here."""
        there, step, name = self._there, pair.step, pair.name
        if name not in step.before:
            return
        before, ours = there.before_at(step, name), there.content(pair.there)
        if found.obtained is None:
            return
        share = along(before, ours, found.obtained)
        unit = step.floors['float32']['along'].get(name)
        what = f'{there.where(step, "after", name)}, along its update'
        if share is not None and unit is None:
            asked.expected += 1
            asked.lacks.add('no floor', what)
        if share is None or not unit or not units.systematic(unit):
            return
        if abs(share) > unit:  # else it passes in any unit
            unit = max(unit, rounded_alike(before, ours, pair.there.epsilon))
        if self._astray is not None and self._astray.touches(there.graph_of(step), name):  # noise was at another place
            exact_floor, update = exactness.float64_floor(there, pair), norm(difference(before, ours))
            unit = max(unit, exact_floor.norm / update if exact_floor and update else 0.0)
        off, limit = abs(share) / unit, units.LIMIT
        exact = self._from_exact(pair, before, ours, found.obtained)
        if off > limit and exact is not None:
            off, limit = _nearest(Reach(off, limit), Reach(abs(exact.off) / unit, max(limit, exact.limit / unit)))
        asked.deviations.append(Deviation(what, off, limit, ours, found.obtained, there.place(step, name)))
        key = f'{name} of graph {there.graph_of(step)}'
        self._shares.setdefault(key, []).append(Share(share, unit, exact))
        self._last[key] = ours, found.obtained

    def _from_exact(self, pair: Pair, before: Array, ours: Array, obtained: Array) -> Reach | None:
        """The Reach of this side, as a share of the exact update, or None."""
        noted = exactness.exact_of(pair)
        if noted is None:
            return None
        exact = self._there.content(noted)
        if exact.shape != obtained.shape:
            return None
        exact = exact.astype(obtained.dtype)
        here, update = along(before, exact, obtained), norm(difference(before, exact))
        if here is None or not update:
            return None
        share = self._astray.may_be_off(self._there.graph_of(pair.step), pair.name) if self._astray else 0.0
        return Reach(here, share * norm(difference(exact, ours)) / update)

    def systematic(self) -> list[Deviation]:
        """[Deviation] over all runs of a variable."""
        return [Deviation(f'{name}, systematic over {len(found)} runs', *_pooled(found), *self._last[name])
                for name, found in self._shares.items() if len(found) > 1]


def rounded_alike(before: Array, ours: Array, epsilon: float) -> float:
    """What one rounding of each number of a variable, of one unit in the last place at most, does along its update.

    before, ours: the variable, before the run and after. epsilon: the unit in the last place of 1. Noise is drawn for
    each number by itself, and is little in the mean of a thousand; numbers that were equal and still are, as in a bias
    that starts from zeros, are all rounded the same way.
    """
    known = np.isfinite(ours) & np.isfinite(before)
    start, end = (np.where(known, values, 0).astype('f8') for values in (before, ours))
    update = (end - start).reshape(-1)
    square = float(np.sum(update * update))
    _, group = np.unique((start + 1j * end).reshape(-1), return_inverse=True)
    by_group = np.bincount(group.reshape(-1), update * np.abs(end.reshape(-1)))
    return epsilon / np.sqrt(3) * norm(by_group) / square if square else 0.0


def _pooled(found: list[Share]) -> Reach:
    """Of all: `units.pooled`, but as if there were at most ALIKE runs: a kernel's own bias (of
    tanh, say) is rounding too, and comes again in every run."""
    shares, unit, exact = zip(*found)
    few = min(1.0, np.sqrt(ALIKE / len(found)))
    off = units.pooled(shares, unit) * few
    if off > units.LIMIT and None not in exact:
        here, may_be = zip(*exact)
        other = Reach(units.pooled(here, unit) * few, max(units.LIMIT, units.pooled(may_be, unit) * few))
        return _nearest(Reach(off, units.LIMIT), other)
    return Reach(off, units.LIMIT)


def _nearest(*known: Reach) -> Reach:
    """The one that uses least of what may be."""
    return min(known, key=lambda reach: reach.off / reach.limit)
