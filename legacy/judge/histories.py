"""What can be pinned of whole runs, in each arithmetic. Needs numpy only."""
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array, same_bits
from legacy.judge import units
from legacy.judge.findings import Deviation, Finding, alike, bits, deviation, largest, relative, unlike

# Of a float64 history, relative: LIMIT times rounding (2^-52) times what 250 steps make of it. Initial weights moved by
# 2^-40 times a random number in [-1, 1] move the costs by up to 3.9e6 times as much, relative (five draws, 2.21.0).
GROWTH = 5e6
FLOAT64 = units.LIMIT * 2.0 ** -52 * GROWTH  # 9e-9

# When it was (steps done, order there), when in words, name of the array, its row.
Moment = tuple[tuple[int, int], str, str, tuple[int | slice, ...] | int]


def overflow(reference: Recording, candidate: Recording) -> Finding:
    """The record at which each cost stops being finite, if any, and whether it is infinite or NaN there."""
    missing = short('overflow', reference, candidate)
    if missing:
        return missing
    expected, obtained = ({name: _first_not_finite(recording, name) for name in SERIES}
                          for recording in (reference, candidate))
    said, wanted = (', '.join(f'{name}: {when}' for name, when in found.items()) for found in (obtained, expected))
    return Finding('overflow', expected == obtained, said if expected == obtained else f'{said}; expected {wanted}',
                   compared=len(obtained), expected=len(expected))


def _first_not_finite(recording: Recording, name: str) -> str:
    step = recording.header['overflow'][name]
    if step is None:
        return 'never'
    record = recording.arrays['series/steps'].tolist().index(step)
    return f'{recording.arrays["series/" + name][record]} at step {step}'


def short(question: str, reference: Recording, candidate: Recording) -> Finding | None:
    """The failed Finding where the candidate has not all records of the reference, or not all arrays, or None."""
    lacking = [name for name in reference.computed if name not in candidate.computed]
    if lacking:
        count = len(reference.computed)
        return Finding(question, False, f'{lacking[0]} is missing; {count - len(lacking)} of {count} arrays are there',
                       float('inf'), 0, compared=count - len(lacking), expected=count)
    expected, obtained = (recording.arrays['series/steps'].tolist() for recording in (reference, candidate))
    if expected == obtained:
        return None
    missing = [step for step in expected if step not in obtained]
    text = (f'{len(expected) - len(missing)} of {len(expected)} records, {candidate.settings["steps"]} of '
            f'{reference.settings["steps"]} steps; '
            + (f'no record after step {missing[0]}' if missing else 'records that the reference has not'))
    return Finding(question, False, text, float('inf'), 0, compared=len(expected) - len(missing),
                   expected=len(expected))


def free_run(reference: Recording, candidate: Recording) -> Finding:
    """Whether the whole float32 run is one that rounding could make of the recorded one: each cost of the network with
    batch normalisation, in units of the floor that whole runs with noise have at this record. Chaos makes the floor
    grow to the size of the cost itself: this is sharp at the first records, and later says that it still trains."""
    missing = short('free run', reference, candidate)
    if missing:
        return missing
    parting, floor = _parting(reference, candidate), units.of(reference)
    ours, theirs = (recording.arrays['series/cost_norm'] for recording in (reference, candidate))
    if floor is None:
        return units.unmeasured('free run', [('cost_norm', ours, theirs)])
    with np.errstate(all='ignore'):
        off = np.abs(np.log(theirs.astype('f8')) - np.log(ours.astype('f8')))
        off = np.where(np.isfinite(off), off, np.inf)
        off = np.where(off == 0, 0, off / units.of_history(floor['free/cost_norm'], ours))
    found = largest('free run', [Deviation(f'cost_norm after step {step}', float(apart), units.LIMIT, a, b)
                                 for step, a, b, apart in zip(reference.arrays['series/steps'], ours, theirs, off)],
                    units.UNIT)
    return replace(found, text=f'{parting}; {found.text}')


def _parting(reference: Recording, candidate: Recording) -> str:
    steps, expected, obtained = (reference.arrays['series/steps'], *(
        recording.arrays['series/cost_norm'] for recording in (reference, candidate)))
    different = np.flatnonzero(~same_bits(expected, obtained))
    if not len(different):
        return f'cost_norm identical at all {len(steps)} records'
    gap = [relative(a, b) for a, b in zip(expected, obtained)]
    return f'cost_norm parts at step {steps[different[0]]}, by {max(gap):.0%} of the cost at most'


def history(reference: Recording, candidate: Recording) -> Finding:
    """What can be pinned of the whole run in its arithmetic. portable: every array, bit for bit. float64: every cost.
    float32: the band of what rounding makes of it."""
    arithmetic = reference.settings['arithmetic']
    question = arithmetic + ' history'
    missing = short(question, reference, candidate)
    if missing:
        return missing
    if arithmetic == 'float32':
        return free_run(reference, candidate)
    if arithmetic == 'float64':
        ours, theirs = (recording.arrays['series/cost_norm'] for recording in (reference, candidate))
        return largest(question, [deviation(f'cost_norm after step {step}', a, b, abs(float(a)), FLOAT64)
                               for step, a, b in zip(reference.arrays['series/steps'], ours, theirs)])
    return _every_array(question, reference, candidate)


def _every_array(question: str, reference: Recording, candidate: Recording) -> Finding:
    """Bit for bit all that was computed. Named is the difference that comes first in the run."""
    ours, theirs = reference.computed, candidate.computed
    unknown = sorted(set(theirs) - set(ours))
    if unknown:
        return Finding(question, False, f'{len(unknown)} arrays that the reference has not, first {unknown[0]}',
                       float('inf'), 0)
    unlikely = [unlike(name, array, theirs.get(name)) for name, array in ours.items()
                if not alike(array, theirs.get(name))]
    if unlikely:
        return Finding(question, False, f'{unlikely[0]}; {len(ours) - len(unlikely)} of {len(ours)} arrays compared',
                       float('inf'), 0, compared=len(ours) - len(unlikely), expected=len(ours))
    for _, when, name, row in sorted(_moments(ours), key=lambda moment: moment[0]):
        found = bits(question, [(name, ours[name][row], theirs[name][row])])
        if not found.passed:
            return Finding(question, False, f'{when}: {found.text}', found.deviation, 0, found.ulp, found.first)
    return Finding(question, True, f'{len(ours)} arrays bit-identical', 0.0, 0, 0.0, compared=len(ours),
                   expected=len(ours))


def _moments(arrays: dict[str, Array]) -> Iterator[Moment]:
    """[((steps done, order there), words, array name, row), ...]: all that was recorded, by when."""
    whole = (slice(None),)
    for name, array in arrays.items():
        group = name.partition('/')[0]
        if group in ('data', 'before', 'gradients') or name.endswith('/steps'):
            order = ('steps data before gradients'.split().index(group if group in ('data', 'before', 'gradients')
                                                                 else 'steps'))
            yield (-1, order), 'before training' if order else 'at all', name, whole if array.ndim else ()
        else:
            order, after, words = {'layer_inputs': (0, 0, 'before step {}'), 'checkpoints': (1, 0, 'after {} steps'),
                                   'series': (2, 1, 'after step {}')}[group]
            for row, step in enumerate(arrays[group + '/steps'].tolist()):
                yield (step + after, order), words.format(step), name, row
