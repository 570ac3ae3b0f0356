"""The steps of a script's recording, made again here, against what they gave where they were recorded.

A step is a run of a session that was made again from the variables and feeds that it had (see
`formats.scriptrecording`). Names are the recording's.
"""
import functools
from dataclasses import replace

import numpy as np

from legacy.formats import contents
from legacy.formats.scriptheader import GROUPS
from legacy.formats.values import difference
from legacy.judge import scriptexact, scriptupdates, units
from legacy.judge.findings import norm
from legacy.judge.scriptmeasures import Asked, exactly, pairs, rounding, why_not, within
from legacy.judge.scriptrecorded import floor_of, found_here, obtained, size

FOURIER = frozenset(f'{kind}FFT{size}' for kind in ('', 'I', 'R', 'IR') for size in ('', '2D', '3D'))
CONSTANTS = 2.0 ** -20  # relative: what a few constants make that another release rounds otherwise, 0.9 as 1 - 0.1
# Of what noise in every op makes in float32, where that is more: a constant has its rounding there. Adam's first steps
# carry it far where a gradient is as small as its epsilon.
CONSTANTS_OF_FLOOR = 0.25


def float32(recorded, candidate, steps, astray=None):
    """Finding on these steps in float32: every tensor in units of its noise floor, every variable's update also along
    itself, and over all steps what is systematic. What is further than that from the recorded value, and near the
    exact one, passes: then the recorded one was off. Where that is further from the exact one than rounding allows, it
    widens its own unit so far that what is exact here is always just below LIMIT; so what is said is the distance from
    the exact one, if that is less. astray: the scriptexact.Astray, or None."""
    asked, updates = Asked(), scriptupdates.Updates(recorded, astray)
    for step, group, name, noted, item, found in _in_floors(recorded, candidate, steps, 'float32', asked, _units,
                                                            units.LIMIT):
        if found is None:
            asked.lacks.add('sample', recorded.where(step, group, name))
            continue
        floor = _at_least_rounding(recorded, noted, floor_of(step, 'float32', group, name)) \
            or _floor_of_exact(recorded, step, group, name, noted)
        if _most(found) > 1 or floor and _own_error(recorded, step, group, name, noted)[0] > units.LIMIT * floor[0]:
            better = floor and scriptexact.nearer(recorded, candidate, step, group, name, noted, item, floor, astray)
            if better and _most(better) < _most(found):
                asked.nearer += 1
                found = better
        asked.deviates(*found)
        if group == 'after' and item is not None and item[1:3] == noted[1:3]:
            updates.add(asked, step, name, noted, found[0])
    asked.deviations += updates.systematic()
    return asked.finding(units.UNIT)


def _most(deviations):
    """The largest share of its tolerance; infinite where there is none to measure it by."""
    return max(off.relative / off.tolerance if off.relative == off.relative else np.inf for off in deviations)


def _in_floors(recorded, candidate, steps, arithmetic, asked, units_of, tolerance):
    """Yields (step, group, name, noted, noted here or None, see `within`) of the floats of some steps that are other
    bits. What is the same, must be, or has no floor is added to `asked`.

    units_of: function of (recorded, step, group, name, noted, floor) that returns what (norm, projection) may be off.
    """
    for step, group, name, noted, item in pairs(recorded, candidate, steps, arithmetic, asked):
        what, floor = recorded.where(step, group, name), floor_of(step, arithmetic, group, name)
        if not contents.is_float(noted[1]) or item is not None and item[3] == noted[3]:
            exactly(recorded, candidate, asked, what, noted, item)
        elif item is not None and floor is None:
            asked.lacks.add('no floor', why_not(recorded.recording, step, 'noise in ' + arithmetic) or what)
        else:
            may_be_off = units_of(recorded, step, group, name, noted, floor or (0.0, None))
            yield step, group, name, noted, item, within(recorded.recording, candidate, what, noted, item, may_be_off,
                                                         tolerance)


def _units(recorded, step, group, name, noted, floor):
    """(norm, projection): a floor, but not less than rounding the result costs, and wider by the recorded value's own
    distance from the same in float64 (see `units.with_own_error`); 0 for what noise does not move, but for the rounding
    of an optimizer's own op: Adam's first update is so near to the rate that noise in a gradient does not show."""
    if not floor[0] and not floor[1]:
        if group != 'after' or not _is_updated(recorded, step, name):
            return 0.0, 0.0
        floor = rounding(recorded.recording, noted)
    floors = _at_least_rounding(recorded, noted, floor) or (0.0, 0.0)  # none where no recorded element is a number
    own = _own_error(recorded, step, group, name, noted)
    return tuple(unit + min(off / units.LIMIT, units.MOST_OWN * unit) for unit, off in zip(floors, own))


def _is_updated(recorded, step, name):
    """Whether an optimizer's op gives a variable its value, which rounds what it computes."""
    node = recorded.giver(recorded.recording.kinds[step['kind']]['graph'], name)
    return node is not None and node.op_type.startswith(('Apply', 'ResourceApply'))


def _at_least_rounding(recorded, noted, floor):
    """(norm, projection) of a floor, but not less than rounding the result costs; None for what noise does not move."""
    if floor is None or not floor[0] and not floor[1]:
        return None
    least = rounding(recorded.recording, noted)
    return max(floor[0], least[0]), max(floor[1] or 0.0, least[1])


def _floor_of_exact(recorded, step, group, name, noted):
    """(norm, projection) of what the recorded side has no floor of since it came to no number, where the exact value is
    one: the floor of float64, in units in the last place of float32. None where that is not so."""
    exact, floor = obtained(step, 'float64', group, name), floor_of(step, 'float64', group, name)
    if exact is None or floor is None or not floor[0]:
        return None
    ours, theirs = recorded.recording.content(noted), recorded.recording.content(exact)
    if np.isfinite(ours).all() or not np.isfinite(theirs).all():
        return None
    ratio, least = contents.epsilon(noted[1]) / contents.epsilon(exact[1]), rounding(recorded.recording, exact)
    return tuple(ratio * max(own or 0.0, half) for own, half in zip(floor, least))


def _own_error(recorded, step, group, name, noted):
    """How far the recorded (sample, projections) are from the same in float64, where that is known."""
    recording, exact = recorded.recording, obtained(step, 'float64', group, name)
    if exact is None or exact[2] != noted[2]:
        return 0.0, 0.0
    ours, theirs = recording.content(noted), recording.content(exact)
    off = norm(difference(ours, theirs)) if ours.shape == theirs.shape else 0.0
    a, b = recording.whole(noted), recording.whole(exact)
    return off, max(abs(x - y) for x, y in zip(a.projections, b.projections)) if a and b else 0.0


def portable(recorded, candidate):
    """Finding: every step in portable arithmetic, bit for bit, by digest. Other bits may be those of another formula of
    the same value: then they are within the noise floor of float32, or it is a regression."""
    asked, beyond = Asked(), False
    for step, group, name, noted, item in pairs(recorded, candidate, recorded.steps, 'portable', asked):
        what = recorded.where(step, group, name)
        exactly(recorded, candidate, asked, what, noted, item)
        floor = floor_of(step, 'float32', group, name)
        if item is not None and item[3] != noted[3] and contents.is_float(noted[1]) and floor is not None:
            found = within(recorded.recording, candidate, what, noted, item,
                           _units(recorded, step, group, name, noted, floor))
            beyond |= any(not off.relative <= off.tolerance for off in found or ())
    unknown = not_pinned(recorded)
    more = f'; not pinned: {", ".join(unknown)}' if unknown else ''
    finding = asked.finding('', more)
    return replace(finding, tolerance=0, fails=beyond or finding.compared + len(asked.lacks) < finding.expected)


def not_pinned(recorded, arithmetic='portable'):
    """Op types of the recorded steps that an arithmetic leaves as they are."""
    return sorted(recorded.recording.header['unknown'].get(arithmetic, []))


def float64(recorded, candidate):
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
            asked.deviates(*found)
    more = f'; {", ".join(narrow)} in its own, narrower type, which has no float64' if narrow else ''
    return asked.finding(' of what rounding and constants allow', more)


def _float64_units(kernels, recorded, step, group, name, noted, floor):
    """kernels: op types behind which the unit is that of float32."""
    narrow = floor_of(step, 'float32', group, name) or (0.0, None)
    if recorded.behind(recorded.recording.kinds[step['kind']]['graph'], name) & kernels:
        floor = max(floor[0], narrow[0]), max(floor[1] or 0.0, narrow[1] or 0.0)
    return tuple(units.LIMIT * (own or 0.0) + max(constants, CONSTANTS_OF_FLOOR * (rounded or 0.0)) for own, constants,
                 rounded in zip(floor, _rounding_of_constants(recorded, step, group, name, noted), narrow))


def _rounding_of_constants(recorded, step, group, name, noted):
    """(norm, projection): that of a few constants, of what a step changed."""
    changed = CONSTANTS * size(recorded, step, group, name, recorded.recording.content(noted))
    whole, before = recorded.recording.whole(noted), step['before'].get(name) if group == 'after' else None
    if whole is None:
        return changed, 0.0
    if before is not None:  # the change of all elements, from that of the sample
        share = whole.norm and changed / max(CONSTANTS * norm(recorded.recording.content(noted)), 1e-300)
        return changed, CONSTANTS * share * whole.norm
    return changed, CONSTANTS * whole.norm


def _narrow_here(recorded, candidate, step, here, name, found):
    """Which ops behind a tensor that is too far off have no float64 on this TensorFlow alone, in words, or ''."""
    narrow = set(candidate.header['unknown'].get('float64', [])) - set(not_pinned(recorded, 'float64'))
    if not narrow or step['step'] not in here or all(item.relative <= item.tolerance for item in found):
        return ''
    kind = candidate.kinds[here[step['step']]['kind']]
    behind = narrow & recorded.view(candidate).behind(kind['graph'], kind['names'].get(name, name))
    return f'{", ".join(sorted(behind))} has no float64' if behind else ''


def repeatable(recorded, candidate):
    """Finding: every step twice on this TensorFlow, in sessions of their own, gives the same bits."""
    asked, here = Asked(), found_here(candidate)
    for step, group, name, _, item in pairs(recorded, candidate, recorded.steps, 'float32', asked):
        again = obtained(here.get(step['step']), 'again', group, name)
        what = f'{recorded.where(step, group, name)}, made again'
        if item is not None and again is not None and again[3] == item[3]:
            asked.same()
        elif item is not None and again is not None and recorded.gives_summary(step, name):
            asked.left_out.add('summary', what)
            asked.expected -= 1
        elif item is not None:
            asked.differs(what, candidate.content(item), again and candidate.content(again))
        else:  # that it is missing is said by the questions on what it is
            asked.lacks.add('missing', what)
    return replace(asked.finding(''), tolerance=0)


def own_runs(recorded, candidate):
    """Finding: what the script's own session gave here, against the same run made again from what it had itself: the
    floors are the largest of its kind. What the recorded session gave otherwise than its own repetition is left out."""
    asked, here, floors = Asked(), found_here(candidate), _largest_floors(recorded)
    for step, group, name, _, run in pairs(recorded, candidate, recorded.steps, 'run', asked):
        made = here.get(step['step'])
        own = obtained(made, 'own', group, name)
        what, draws = f'{recorded.where(step, group, name)}, as the script ran', recorded.recording.kinds[
            step['kind']]['draws']
        if draws or recorded.races(step['kind'], name) and group == 'fetched':
            asked.expected -= 1
            asked.left_out.add('draws' if draws else 'races', what)
        elif _is_other(recorded, step, group, name, floors):
            asked.lacks.add('unsteady', what)
        elif run is None or own is None:
            if made and run is not None and why_not(candidate, made, 'own'):
                asked.lacks.add('not here', why_not(candidate, made, 'own'))
            else:
                asked.differs(what, np.zeros(0), None)
        elif run[3] == own[3]:
            asked.same(exact=not contents.is_float(own[1]))
        elif recorded.gives_summary(step, name):
            asked.expected -= 1
            asked.left_out.add('summary', what)
        elif not contents.is_float(own[1]):
            asked.differs(what, candidate.content(own), candidate.content(run))
        else:
            found = _own_deviation(candidate, what, own, run, floors.get((step['kind'], group, name)))
            if found is None:
                asked.lacks.add('no floor', what)
            else:
                asked.deviates(*found)
    return asked.finding(units.UNIT)


def _own_deviation(recording, what, own, run, floor):
    if floor is None:
        return None
    least = rounding(recording, own)
    return within(recording, recording, what, own, run, tuple(max(a, b) for a, b in zip(floor, least))) or []


def _is_other(recorded, step, group, name, floors):
    """Whether the recorded session itself gave something else than the same run made again."""
    run, own = (obtained(step, name_, group, name) for name_ in ('run', 'own'))
    if run is None or own is None or run[3] == own[3]:
        return False
    if not contents.is_float(own[1]):
        return True
    found = _own_deviation(recorded.recording, '', own, run, floors.get((step['kind'], group, name)))
    return found is not None and any(not item.relative <= item.tolerance for item in found)


def _largest_floors(recorded):
    """{(kind, group, name): (norm, projection)} over all steps."""
    found = {}
    for step in recorded.steps:
        floor = step['floors'].get('float32')
        for group in GROUPS if floor else ():
            for name, spread in floor[group].items():
                key = step['kind'], group, name
                known = found.get(key, (0.0, 0.0))
                found[key] = max(known[0], spread), max(known[1], floor['whole'].get(name, 0.0))
    return found
