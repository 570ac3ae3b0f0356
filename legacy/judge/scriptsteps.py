"""The steps of a script's recording, made again here, against what they gave where they were recorded.

A step is a run of a session that was made again from the variables and feeds that it had (see
`formats.scriptrecording`). Names are the recording's.
"""
from dataclasses import replace

import numpy as np

from legacy.judge import units
from legacy.judge.findings import Deviation, Finding, along, bits, deviation, largest, norm
from legacy.judge.scriptrecorded import GROUPS, found_here, obtained, size

HALF_ULP = 2.0 ** -24  # relative: what rounding a result to float32 costs, whatever it was computed from
FLOAT64 = 2.0 ** -29  # what float64 rounds by over what float32 rounds by
ALIKE = 4  # runs
SUBSTANCE = 1e-5  # relative: departures in float32 that more than another way of rounding makes
CONSTANTS = 2.0 ** -20  # relative: what a few constants make that another release rounds otherwise, 0.9 as 1 - 0.1


def float32(recorded, candidate, steps):
    """Finding on these steps in float32: every tensor in units of its noise floor, every variable's update also along
    itself, and over all steps what is systematic."""
    here, found, exact, shares, last, unmeasured = found_here(candidate), [], [], {}, {}, 0
    for step in steps:
        for group, name, noted in recorded.names(step, 'float32'):
            ours = recorded.recording.content(noted)
            item = obtained(candidate, here.get(step['step']), 'float32', group, name)
            theirs = None if item is None or item[1:3] != noted[1:3] else candidate.content(item)
            what = recorded.where(step, group, name)
            if not recorded.is_float(noted):
                exact.append((what, ours, theirs))
            elif step['floor'] is None:
                unmeasured += 1
            else:
                unit = _unit(step['floor'][group].get(name, 0.0), ours, _exact(recorded, step, group, name))
                found.append(deviation(what, ours, theirs, unit, units.LIMIT))
                if group == 'after':
                    _along(recorded, step, name, ours, theirs, found, shares, last)
    found += [Deviation(f'{name}, systematic over {len(pairs)} runs', _pooled(pairs), units.LIMIT, *last[name])
              for name, pairs in shares.items() if len(pairs) > 1]
    return _joined(recorded, candidate, found, exact, unmeasured)


def _pooled(pairs):
    """`units.pooled`, but as if there were at most ALIKE runs: a kernel's own bias (of tanh, say) is rounding too, and
    comes again in every run."""
    return units.pooled(*zip(*pairs)) * min(1.0, np.sqrt(ALIKE / len(pairs)))


def _unit(floor, values, exact):
    """A floor, but not less than rounding the result costs, and wider by the recorded value's own distance from the
    same in float64 (see `units.with_own_error`); 0 for what noise does not move."""
    if not floor:
        return 0.0
    values = np.nan_to_num(values.astype('f8'), posinf=0, neginf=0)
    own = norm(values - np.nan_to_num(exact, posinf=0, neginf=0)) / units.LIMIT if exact is not None else 0.0
    return max(floor, HALF_ULP * norm(values)) + own


def _exact(recorded, step, group, name):
    """What the step gave in float64, or None."""
    outcome = step['outcomes'].get('float64')
    noted = outcome and outcome[group].get(name)
    return recorded.recording.content(noted) if noted else None


def _along(recorded, step, name, ours, theirs, found, shares, last):
    before = recorded.recording.sample(step['before'][name]) if name in step['before'] else None
    if before is None or theirs is None:
        return
    share, unit = along(before, ours, theirs), step['floor']['along'].get(name)
    if share is None or not unit or not units.systematic(unit):
        return
    found.append(Deviation(f'{recorded.where(step, "after", name)}, along its update', abs(share) / unit, units.LIMIT,
                           ours, theirs))
    key = f'{name} of graph {recorded.recording.kinds[step["kind"]]["graph"]}'
    shares.setdefault(key, []).append((share, unit))
    last[key] = ours, theirs


def _joined(recorded, candidate, found, exact, unmeasured):
    """One Finding on Deviations and on what must be the same bits."""
    wrong = next((item for item in exact if not _same(item)), None)
    if wrong is not None:
        return bits('', [wrong])
    if not found:
        return Finding('', True if exact else None, f'{len(exact)} arrays of whole numbers, the same' if exact else
                       'nothing that can be judged', compared=len(exact), expected=len(exact))
    finding = largest('', found, units.UNIT)
    origin = '' if finding.passed else recorded.origin(candidate, SUBSTANCE)
    said = f'; {origin}' if origin else ''
    said += f'; {len(exact)} arrays of whole numbers, the same' if exact else ''
    said += f'; {unmeasured} without a noise floor, not judged' if unmeasured else ''
    return replace(finding, text=finding.text + said)


def _same(item):
    name, ours, theirs = item
    return theirs is not None and bits('', [item]).passed


def portable(recorded, candidate):
    """Finding: every step in portable arithmetic, bit for bit, by digest."""
    here, compared, missing, first = found_here(candidate), 0, 0, None
    for step in recorded.steps:
        for group, name, noted in recorded.names(step, 'portable'):
            item = obtained(candidate, here.get(step['step']), 'portable', group, name)
            missing += item is None
            compared += item is not None
            if first is None and (item is None or item[3] != noted[3]):
                first = recorded.where(step, group, name), recorded.recording.content(noted), (
                    None if item is None else candidate.content(item))
    if not compared and 'portable' in candidate.header['faults']:
        return Finding('', None, 'it could not be had here' + _why(candidate, 'portable'))
    if not compared + missing:
        return Finding('', None, 'no step was recorded in portable arithmetic' + _why(recorded, 'portable'))
    if missing or first:
        found = bits('', [first])
        text = found.text if not found.passed else f'{first[0]}: other elements than the sample'
        if missing:
            text += f'; {missing} of {compared + missing} arrays could not be had' + _why(candidate, 'portable')
        origin = recorded.origin(candidate)
        text += f'; {origin}' if origin else ''
        return Finding('', False, text, found.deviation or float('inf'), 0, found.ulp, found.first, compared,
                       compared + missing)
    unknown = not_pinned(recorded, candidate)
    text = f'{compared} arrays of {len(recorded.steps)} runs bit-identical'
    text += f', but for what it does not pin: {", ".join(unknown)}' if unknown else ''
    return Finding('', True, text, 0.0, 0, 0.0, None, compared, compared)


def not_pinned(recorded, candidate, arithmetic='portable'):
    """Op types of the steps that an arithmetic leaves as they are."""
    return sorted(set(recorded.recording.header['unknown'].get(arithmetic, []))
                  | set(candidate.header['unknown'].get(arithmetic, [])))


def _why(of, arithmetic):
    header = of.recording.header if hasattr(of, 'recording') else of.header
    return f' ({header["faults"][arithmetic]})' if arithmetic in header['faults'] else ''


def float64(recorded, candidate):
    """Finding: every step in float64. A deviation may be LIMIT floors, scaled to float64 unless some op
    has no float64, and a few constants' rounding of what the step changed."""
    here, found = found_here(candidate), []
    narrow = not_pinned(recorded, candidate, 'float64')
    scale = 1.0 if narrow else FLOAT64
    for step in recorded.steps:
        if step['floor'] is None:
            continue
        for group, name, noted in recorded.names(step, 'float64'):
            if not recorded.is_float(noted):
                continue
            ours = recorded.recording.content(noted)
            item = obtained(candidate, here.get(step['step']), 'float64', group, name)
            theirs = None if item is None or item[1:3] != noted[1:3] else candidate.content(item)
            allowed = units.LIMIT * scale * step['floor'][group].get(name, 0.0) + CONSTANTS * size(
                recorded, step, group, name, ours)
            if allowed:
                found.append(deviation(recorded.where(step, group, name), ours, theirs, allowed, 1.0))
    if not found:
        return Finding('', None, 'no step was recorded in float64' + _why(recorded, 'float64'))
    if 'float64' in candidate.header['faults'] and all(item.obtained is None for item in found):
        return Finding('', None, 'it could not be had here' + _why(candidate, 'float64'), compared=0,
                       expected=len(found))
    finding = largest('', found, ' of what rounding and constants allow')
    text = f'; {", ".join(narrow)} in float32, which has no float64' if narrow else ''
    return replace(finding, text=finding.text + text)


def repeatable(recorded, candidate):
    """Finding: every step twice on this TensorFlow, in sessions of their own, gives the same bits."""
    found = []
    for step in candidate.header['steps']:
        outcome, again = step['outcomes'].get('float32'), step['outcomes'].get('again')
        for group in GROUPS if outcome and again else ():
            for name, noted in outcome[group].items():
                if (step['step'], group, name) in recorded.unsteady:
                    continue
                what = recorded.where(recorded.steps[step['step']], group, name)
                if again[group].get(name, (0, 0, 0, None))[3] != noted[3]:
                    item = again[group].get(name)
                    return bits('', [(what, candidate.content(noted), item and candidate.content(item))])
                found.append(what)
    if not found:
        return Finding('', None, 'no run could be made twice')
    text = f'{len(found)} arrays of {len(candidate.header["steps"])} runs twice, the same bits'
    return Finding('', True, text, 0.0, 0, 0.0, None, len(found), len(found))
