"""The steps of a script's recording, made again here, against what they gave where they were recorded.

A step is a run of a session that was made again from the variables and feeds that it had (see
`formats.recordings`). Names are the recording's.
"""
import functools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace

import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.stepnotes import StepNote
from legacy.formats.unrounded import labelled
from legacy.formats.values import difference
from legacy.judge import exactness, units, updateshares
from legacy.judge.astray import Astray
from legacy.judge.findings import Deviation, Finding, norm
from legacy.judge.floors import Floor, Units, floor_of
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.side import Side
from legacy.judge.tensormeasures import Asked, exactly, pairs, rounding, within

FOURIER = frozenset(labelled(f'{kind}FFT{size}', ['float32' if kind == 'IR' else 'complex64'])
                    for kind in ('', 'I', 'R', 'IR') for size in ('', '2D', '3D'))
CONSTANTS = 2.0 ** -20  # relative: what a few constants make that another release rounds otherwise, 0.9 as 1 - 0.1
# Of what noise in every op makes in float32, where that is more: a constant has its rounding there. Adam's first steps
# carry it far where a gradient is as small as its epsilon.
CONSTANTS_OF_FLOOR = 0.25

UnitsOf = Callable[[Side, Pair, Floor], Units]


def float32(pairing: Pairing, steps: Sequence[StepNote], astray: Astray | None = None) -> Finding:
    """Finding on these steps in float32: every tensor in units of its noise floor, every variable's update also along
    itself, and over all steps what is systematic. What is further than that from the recorded value, and near the
    exact one, passes: then the recorded one was off. Where that is further from the exact one than rounding allows, it
    widens its own unit so far that what is exact here is always just below LIMIT; so what is said is the distance from
    the exact one, if that is less. astray: the astray.Astray, or None."""
    there, asked, updates = pairing.there, Asked(), updateshares.Updates(pairing.there, astray)
    for pair, found in _in_floors(pairing, steps, 'float32', asked, _units, units.LIMIT, astray):
        if found is None:
            asked.lacks.add('sample', pairing.where(pair))
            continue
        floor = _at_least_rounding(there, pair.there, floor_of(pair.step, 'float32', pair.group, pair.name)) \
            or _floor_of_exact(there, pair)
        if _is_astray(there, astray, pair):  # noise was at another place
            exact = exactness.float64_floor(there, pair)
            floor = Units(*map(max, floor or exact, exact)) if exact else floor
        if _most(found) > 1 or floor and _own_error(there, pair).norm > units.LIMIT * floor.norm:
            better = floor and exactness.nearer(pairing, pair, floor, astray)
            if better and _most(better) < _most(found):
                asked.nearer += 1
                found = better
        asked.deviates(*found, place=pairing.place(pair))
        if pair.group == 'after' and pair.is_alike:
            updates.add(asked, pair, found[0])
    asked.deviations += updates.systematic()
    return asked.finding(units.UNIT)


def _most(deviations: Sequence[Deviation]) -> float:
    """The largest share of its tolerance; infinite where there is none to measure it by."""
    return max(off.relative / off.tolerance if off.relative == off.relative else np.inf for off in deviations)


def _in_floors(pairing: Pairing, steps: Sequence[StepNote], arithmetic: str, asked: Asked, units_of: UnitsOf,
               tolerance: float, astray: Astray | None = None) -> Iterator[tuple[Pair, list[Deviation] | None]]:
    """Yields (Pair, how far it is off: see `within`) of the floats of some steps that are other bits. What is the same,
    must be, or has no floor is added to `asked`.

    units_of: function of (recorded side, Pair, Floor) that returns what (norm, projection) may be off.
    astray: whole numbers that depend on such an op may be the exact ones instead of the recorded ones.
    """
    there, here = pairing.there, pairing.here
    for pair in pairs(pairing, steps, arithmetic, asked):
        what, floor = pairing.where(pair), floor_of(pair.step, arithmetic, pair.group, pair.name)
        if not pair.there.is_float or pair.is_same:
            if _is_astray(there, astray, pair) and exactness.is_exact_whole(pair):
                asked.nearer += not pair.is_same
                asked.same(exact=True)
            else:
                exactly(pairing, asked, pair)
        elif pair.here is not None and floor is None:
            asked.lacks.add('no floor', there.why_not(pair.step, 'noise in ' + arithmetic) or what)
        else:
            may_be_off = units_of(there, pair, floor or Floor(0.0, None))
            yield pair, within(there, here, what, pair.there, pair.here, may_be_off, tolerance)


def _units(there: Side, pair: Pair, floor: Floor) -> Units:
    """(norm, projection): a floor, but not less than rounding the result costs, and wider by the recorded value's own
    distance from the same in float64 (see `_own_error`); 0 for what noise does not move, but for the rounding
    of an optimizer's own op: Adam's first update is so near to the rate that noise in a gradient does not show."""
    if not floor.norm and not floor.projection:
        if pair.group != 'after' or not _is_updated(there, pair):
            return Units(0.0, 0.0)
        floor = Floor(*rounding(there, pair.there))
    # none where no recorded element is a number
    floors = _at_least_rounding(there, pair.there, floor) or Units(0.0, 0.0)
    own = _own_error(there, pair)
    return Units(*[unit + min(off / units.LIMIT, units.MOST_OWN * unit) for unit, off in zip(floors, own)])


def _is_updated(there: Side, pair: Pair) -> bool:
    """Whether an optimizer's op gives a variable its value, which rounds what it computes."""
    node = there.giver(there.graph_of(pair.step), pair.name)
    return node is not None and node.op_type.startswith(('Apply', 'ResourceApply'))


def _at_least_rounding(there: Side, noted: ArrayNote, floor: Floor | None) -> Units | None:
    """(norm, projection) of a floor, but not less than rounding the result costs; None for what noise does not move."""
    if floor is None or not floor.norm and not floor.projection:
        return None
    least = rounding(there, noted)
    return Units(max(floor.norm, least.norm), max(floor.projection or 0.0, least.projection))


def _floor_of_exact(there: Side, pair: Pair) -> Units | None:
    """(norm, projection) of what the recorded side has no floor of since it came to no number, where the exact value is
    one: the floor of float64, in units in the last place of float32. None where that is not so."""
    exact = exactness.exact_of(pair)
    if exact is None or np.isfinite(there.content(pair.there)).all() or not np.isfinite(there.content(exact)).all():
        return None
    return exactness.float64_floor(there, pair)


def _is_astray(there: Side, astray: Astray | None, pair: Pair) -> bool:
    """Whether what a step gives depends on an op that the recorded side alone had off."""
    return astray is not None and astray.touches(there.graph_of(pair.step), pair.name)


def _own_error(there: Side, pair: Pair) -> Units:
    """How far the recorded (sample, projections) are from the same in float64, where that is known."""
    exact = pair.step.noted('float64', pair.group, pair.name)
    if exact is None or exact.shape != pair.there.shape:
        return Units(0.0, 0.0)
    ours, theirs = there.content(pair.there), there.content(exact)
    off = norm(difference(ours, theirs)) if ours.shape == theirs.shape else 0.0
    a, b = there.whole(pair.there), there.whole(exact)
    return Units(off, a.apart(b) if a and b else 0.0)


def portable(pairing: Pairing) -> Finding:
    """Finding: every step in portable arithmetic, bit for bit, by digest. Other bits may be those of another formula of
    the same value: then they are within the noise floor of float32, or it is a regression."""
    there, asked, beyond = pairing.there, Asked(), False
    for pair in pairs(pairing, there.steps, 'portable', asked):
        exactly(pairing, asked, pair)
        floor = floor_of(pair.step, 'float32', pair.group, pair.name)
        if pair.here is not None and not pair.is_same and pair.there.is_float and floor is not None:
            found = within(there, pairing.here, pairing.where(pair), pair.there, pair.here, _units(there, pair, floor))
            beyond |= any(not off.relative <= off.tolerance for off in found or ())
    unknown = not_pinned(there)
    more = f'; not pinned: {", ".join(unknown)}' if unknown else ''
    finding = asked.finding('', more)
    return replace(finding, tolerance=0, fails=beyond or asked.compared + len(asked.lacks) < asked.expected)


def not_pinned(side: Side, arithmetic: str = 'portable') -> list[str]:
    """Op types of a side's steps that an arithmetic leaves as they are."""
    return sorted(side.header['unknown'].get(arithmetic, []))


def float64(pairing: Pairing) -> Finding:
    """Finding: every step in float64. A deviation may be LIMIT floors of float64, and a few constants' rounding of what
    the step changed, or as much of the floor of float32. Behind an op that stays in float32 and has no rule in portable
    arithmetic, as a Fourier transform or a CTC loss, it may be LIMIT floors of float32: its kernel rounds as that
    allows, not as noise in float64 does. So may it be behind an op that stayed in float32 where it was recorded alone,
    by a program of before."""
    there, asked = pairing.there, Asked()
    narrow = not_pinned(there, 'float64')
    there_alone = set(narrow) - set(not_pinned(pairing.here, 'float64'))
    units_of = functools.partial(_float64_units, FOURIER | set(narrow) & set(not_pinned(there)) | there_alone)
    for pair, found in _in_floors(pairing, there.steps, 'float64', asked, units_of, 1.0):
        narrow_here = '' if found is None else _narrow_here(pairing, pair, found)
        if found is None or narrow_here:
            asked.lacks.add('not here' if narrow_here else 'sample', narrow_here or pairing.where(pair))
        else:
            asked.deviates(*found, place=pairing.place(pair))
    more = f'; {", ".join(narrow)} in its own, narrower type, which has no float64' if narrow else ''
    return asked.finding(' of what rounding and constants allow', more)


def _float64_units(kernels: Set[str], there: Side, pair: Pair, floor: Floor) -> Units:
    """kernels: op types behind which the unit is that of float32."""
    narrow = floor_of(pair.step, 'float32', pair.group, pair.name) or Floor(0.0, None)
    if there.behind(there.graph_of(pair.step), pair.name) & kernels:
        floor = Floor(max(floor.norm, narrow.norm), max(floor.projection or 0.0, narrow.projection or 0.0))
    changed = _rounding_of_constants(there, pair)
    return Units(*[units.LIMIT * (own or 0.0) + max(constants, CONSTANTS_OF_FLOOR * (rounded or 0.0))
                   for own, constants, rounded in zip(floor, changed, narrow)])


def _rounding_of_constants(there: Side, pair: Pair) -> Units:
    """(norm, projection): that of a few constants, of what a step changed."""
    changed = CONSTANTS * there.size(pair.step, pair.group, pair.name, pair.there)
    whole = there.whole(pair.there)
    if whole is None:
        return Units(changed, 0.0)
    if pair.group == 'after' and pair.name in pair.step.before:  # the change of all elements, from that of the sample
        share = whole.norm and changed / max(CONSTANTS * norm(there.content(pair.there)), 1e-300)
        return Units(changed, CONSTANTS * share * whole.norm)
    return Units(changed, CONSTANTS * whole.norm)


def _narrow_here(pairing: Pairing, pair: Pair, found: Sequence[Deviation]) -> str:
    """Which ops behind a tensor that is too far off have no float64 on this TensorFlow alone, in words, or ''."""
    here, made = pairing.here, pairing.step(pair.step)
    narrow = set(not_pinned(here, 'float64')) - set(not_pinned(pairing.there, 'float64'))
    if not narrow or made is None or all(item.relative <= item.tolerance for item in found):
        return ''
    behind = narrow & here.behind(here.graph_of(made), here.kind_of(made)['names'].get(pair.name, pair.name))
    return f'{", ".join(sorted(behind))} has no float64' if behind else ''
