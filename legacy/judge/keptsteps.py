"""The steps of a script's recording, made again here, against what they gave where they were recorded.

A step is a run of a session that was made again from the variables and feeds that it had (see
`formats.recordings`). Names are the recording's.
"""
import functools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace

import numpy as np

from legacy.formats import contents
from legacy.formats.contents import Noted
from legacy.formats.recordings import Recording
from legacy.formats.unrounded import labelled
from legacy.formats.values import JsonObject, difference
from legacy.judge import exactness, units, updateshares
from legacy.judge.astray import Astray
from legacy.judge.findings import Deviation, Finding, norm
from legacy.judge.floors import Floor, Units, floor_of
from legacy.judge.noted import digest_of, dtype_of, form_of, shape_of
from legacy.judge.recordedside import Recorded, found_here, obtained, size
from legacy.judge.tensormeasures import Asked, exactly, pairs, rounding, why_not, within

FOURIER = frozenset(labelled(f'{kind}FFT{size}', ['float32' if kind == 'IR' else 'complex64'])
                    for kind in ('', 'I', 'R', 'IR') for size in ('', '2D', '3D'))
CONSTANTS = 2.0 ** -20  # relative: what a few constants make that another release rounds otherwise, 0.9 as 1 - 0.1
# Of what noise in every op makes in float32, where that is more: a constant has its rounding there. Adam's first steps
# carry it far where a gradient is as small as its epsilon.
CONSTANTS_OF_FLOOR = 0.25

UnitsOf = Callable[[Recorded, JsonObject, str, str, Noted, Floor], Units]
# step, group, name, noted, noted here, how far it is off
InFloors = tuple[JsonObject, str, str, Noted, Noted | None, list[Deviation] | None]


def float32(recorded: Recorded, candidate: Recording, steps: Sequence[JsonObject],
            astray: Astray | None = None) -> Finding:
    """Finding on these steps in float32: every tensor in units of its noise floor, every variable's update also along
    itself, and over all steps what is systematic. What is further than that from the recorded value, and near the
    exact one, passes: then the recorded one was off. Where that is further from the exact one than rounding allows, it
    widens its own unit so far that what is exact here is always just below LIMIT; so what is said is the distance from
    the exact one, if that is less. astray: the astray.Astray, or None."""
    asked, updates = Asked(), updateshares.Updates(recorded, astray)
    for step, group, name, noted, item, found in _in_floors(recorded, candidate, steps, 'float32', asked, _units,
                                                            units.LIMIT, astray):
        if found is None:
            asked.lacks.add('sample', recorded.where(step, group, name))
            continue
        floor = _at_least_rounding(recorded, noted, floor_of(step, 'float32', group, name)) \
            or _floor_of_exact(recorded, step, group, name, noted)
        if _is_astray(recorded, astray, step, name):  # noise was at another place
            exact = exactness.float64_floor(recorded, step, group, name, noted)
            floor = Units(*map(max, floor or exact, exact)) if exact else floor
        if _most(found) > 1 or floor and _own_error(recorded, step, group, name, noted).norm > units.LIMIT * floor.norm:
            better = floor and exactness.nearer(recorded, candidate, step, group, name, noted, item, floor, astray)
            if better and _most(better) < _most(found):
                asked.nearer += 1
                found = better
        asked.deviates(*found, place=recorded.place(step, name))
        if group == 'after' and item is not None and form_of(item) == form_of(noted):
            updates.add(asked, step, name, noted, found[0])
    asked.deviations += updates.systematic()
    return asked.finding(units.UNIT)


def _most(deviations: Sequence[Deviation]) -> float:
    """The largest share of its tolerance; infinite where there is none to measure it by."""
    return max(off.relative / off.tolerance if off.relative == off.relative else np.inf for off in deviations)


def _in_floors(recorded: Recorded, candidate: Recording, steps: Sequence[JsonObject], arithmetic: str,
               asked: Asked, units_of: UnitsOf, tolerance: float, astray: Astray | None = None) -> Iterator[InFloors]:
    """Yields (step, group, name, noted, noted here or None, see `within`) of the floats of some steps that are other
    bits. What is the same, must be, or has no floor is added to `asked`.

    units_of: function of (recorded, step, group, name, noted, floor) that returns what (norm, projection) may be off.
    astray: whole numbers that depend on such an op may be the exact ones instead of the recorded ones.
    """
    for step, group, name, noted, item in pairs(recorded, candidate, steps, arithmetic, asked):
        what, floor = recorded.where(step, group, name), floor_of(step, arithmetic, group, name)
        if not contents.is_float(dtype_of(noted)) or item is not None and digest_of(item) == digest_of(noted):
            if _is_astray(recorded, astray, step, name) and exactness.is_exact_whole(recorded, step, group, name, item):
                asked.nearer += item is not None and digest_of(item) != digest_of(noted)
                asked.same(exact=True)
            else:
                exactly(recorded, candidate, asked, what, noted, item, recorded.place(step, name))
        elif item is not None and floor is None:
            asked.lacks.add('no floor', why_not(recorded.recording, step, 'noise in ' + arithmetic) or what)
        else:
            may_be_off = units_of(recorded, step, group, name, noted, floor or Floor(0.0, None))
            yield step, group, name, noted, item, within(recorded.recording, candidate, what, noted, item, may_be_off,
                                                         tolerance)


def _units(recorded: Recorded, step: JsonObject, group: str, name: str, noted: Noted, floor: Floor) -> Units:
    """(norm, projection): a floor, but not less than rounding the result costs, and wider by the recorded value's own
    distance from the same in float64 (see `_own_error`); 0 for what noise does not move, but for the rounding
    of an optimizer's own op: Adam's first update is so near to the rate that noise in a gradient does not show."""
    if not floor.norm and not floor.projection:
        if group != 'after' or not _is_updated(recorded, step, name):
            return Units(0.0, 0.0)
        floor = Floor(*rounding(recorded.recording, noted))
    # none where no recorded element is a number
    floors = _at_least_rounding(recorded, noted, floor) or Units(0.0, 0.0)
    own = _own_error(recorded, step, group, name, noted)
    return Units(*[unit + min(off / units.LIMIT, units.MOST_OWN * unit) for unit, off in zip(floors, own)])


def _is_updated(recorded: Recorded, step: JsonObject, name: str) -> bool:
    """Whether an optimizer's op gives a variable its value, which rounds what it computes."""
    node = recorded.giver(recorded.recording.kinds[step['kind']]['graph'], name)
    return node is not None and node.op_type.startswith(('Apply', 'ResourceApply'))


def _at_least_rounding(recorded: Recorded, noted: Noted, floor: Floor | None) -> Units | None:
    """(norm, projection) of a floor, but not less than rounding the result costs; None for what noise does not move."""
    if floor is None or not floor.norm and not floor.projection:
        return None
    least = rounding(recorded.recording, noted)
    return Units(max(floor.norm, least.norm), max(floor.projection or 0.0, least.projection))


def _floor_of_exact(recorded: Recorded, step: JsonObject, group: str, name: str, noted: Noted) -> Units | None:
    """(norm, projection) of what the recorded side has no floor of since it came to no number, where the exact value is
    one: the floor of float64, in units in the last place of float32. None where that is not so."""
    exact = obtained(step, 'float64', group, name)
    if exact is None or np.isfinite(recorded.recording.content(noted)).all() \
            or not np.isfinite(recorded.recording.content(exact)).all():
        return None
    return exactness.float64_floor(recorded, step, group, name, noted)


def _is_astray(recorded: Recorded, astray: Astray | None, step: JsonObject, name: str) -> bool:
    """Whether what a step gives depends on an op that the recorded side alone had off."""
    return astray is not None and astray.touches(recorded.recording.kinds[step['kind']]['graph'], name)


def _own_error(recorded: Recorded, step: JsonObject, group: str, name: str, noted: Noted) -> Units:
    """How far the recorded (sample, projections) are from the same in float64, where that is known."""
    recording, exact = recorded.recording, obtained(step, 'float64', group, name)
    if exact is None or shape_of(exact) != shape_of(noted):
        return Units(0.0, 0.0)
    ours, theirs = recording.content(noted), recording.content(exact)
    off = norm(difference(ours, theirs)) if ours.shape == theirs.shape else 0.0
    a, b = recording.whole(noted), recording.whole(exact)
    return Units(off, max(abs(x - y) for x, y in zip(a.projections, b.projections)) if a and b else 0.0)


def portable(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: every step in portable arithmetic, bit for bit, by digest. Other bits may be those of another formula of
    the same value: then they are within the noise floor of float32, or it is a regression."""
    asked, beyond = Asked(), False
    for step, group, name, noted, item in pairs(recorded, candidate, recorded.steps, 'portable', asked):
        what = recorded.where(step, group, name)
        exactly(recorded, candidate, asked, what, noted, item, recorded.place(step, name))
        floor = floor_of(step, 'float32', group, name)
        if item is not None and digest_of(item) != digest_of(noted) and contents.is_float(dtype_of(noted)) \
                and floor is not None:
            found = within(recorded.recording, candidate, what, noted, item,
                           _units(recorded, step, group, name, noted, floor))
            beyond |= any(not off.relative <= off.tolerance for off in found or ())
    unknown = not_pinned(recorded)
    more = f'; not pinned: {", ".join(unknown)}' if unknown else ''
    finding = asked.finding('', more)
    return replace(finding, tolerance=0, fails=beyond or asked.compared + len(asked.lacks) < asked.expected)


def not_pinned(recorded: Recorded, arithmetic: str = 'portable') -> list[str]:
    """Op types of the recorded steps that an arithmetic leaves as they are."""
    return sorted(recorded.recording.header['unknown'].get(arithmetic, []))


def float64(recorded: Recorded, candidate: Recording) -> Finding:
    """Finding: every step in float64. A deviation may be LIMIT floors of float64, and a few constants' rounding of what
    the step changed, or as much of the floor of float32. Behind an op that stays in float32 and has no rule in portable
    arithmetic, as a Fourier transform or a CTC loss, it may be LIMIT floors of float32: its kernel rounds as that
    allows, not as noise in float64 does."""
    asked, here, narrow = Asked(), found_here(candidate), not_pinned(recorded, 'float64')
    kernels = FOURIER | set(narrow) & set(not_pinned(recorded))
    for step, group, name, _, _, found in _in_floors(recorded, candidate, recorded.steps, 'float64', asked,
                                                     functools.partial(_float64_units, kernels), 1.0):
        narrow_here = '' if found is None else _narrow_here(recorded, candidate, step, here, name, found)
        if found is None or narrow_here:
            asked.lacks.add('not here' if narrow_here else 'sample', narrow_here or recorded.where(step, group, name))
        else:
            asked.deviates(*found, place=recorded.place(step, name))
    more = f'; {", ".join(narrow)} in its own, narrower type, which has no float64' if narrow else ''
    return asked.finding(' of what rounding and constants allow', more)


def _float64_units(kernels: Set[str], recorded: Recorded, step: JsonObject, group: str, name: str, noted: Noted,
                   floor: Floor) -> Units:
    """kernels: op types behind which the unit is that of float32."""
    narrow = floor_of(step, 'float32', group, name) or Floor(0.0, None)
    if recorded.behind(recorded.recording.kinds[step['kind']]['graph'], name) & kernels:
        floor = Floor(max(floor.norm, narrow.norm), max(floor.projection or 0.0, narrow.projection or 0.0))
    changed = _rounding_of_constants(recorded, step, group, name, noted)
    return Units(*[units.LIMIT * (own or 0.0) + max(constants, CONSTANTS_OF_FLOOR * (rounded or 0.0))
                   for own, constants, rounded in zip(floor, changed, narrow)])


def _rounding_of_constants(recorded: Recorded, step: JsonObject, group: str, name: str, noted: Noted) -> Units:
    """(norm, projection): that of a few constants, of what a step changed."""
    changed = CONSTANTS * size(recorded, step, group, name, recorded.recording.content(noted))
    whole, before = recorded.recording.whole(noted), step['before'].get(name) if group == 'after' else None
    if whole is None:
        return Units(changed, 0.0)
    if before is not None:  # the change of all elements, from that of the sample
        share = whole.norm and changed / max(CONSTANTS * norm(recorded.recording.content(noted)), 1e-300)
        return Units(changed, CONSTANTS * share * whole.norm)
    return Units(changed, CONSTANTS * whole.norm)


def _narrow_here(recorded: Recorded, candidate: Recording, step: JsonObject, here: dict[int, JsonObject],
                 name: str, found: Sequence[Deviation]) -> str:
    """Which ops behind a tensor that is too far off have no float64 on this TensorFlow alone, in words, or ''."""
    narrow = set(candidate.header['unknown'].get('float64', [])) - set(not_pinned(recorded, 'float64'))
    if not narrow or step['step'] not in here or all(item.relative <= item.tolerance for item in found):
        return ''
    kind = candidate.kinds[here[step['step']]['kind']]
    behind = narrow & recorded.view(candidate).behind(kind['graph'], kind['names'].get(name, name))
    return f'{", ".join(sorted(behind))} has no float64' if behind else ''
