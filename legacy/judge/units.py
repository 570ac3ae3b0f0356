"""The noise floor as a unit: how far a tensor may be off. Needs numpy only.

Every float32 deviation is judged in units of its own floor (see `worker.floor` for how that is measured), by one
number, LIMIT. Whatever is exact has a floor of zero and must be the same bits.

LIMIT comes from the floor alone, no release was looked at for it. A check compares some 8000 numbers; the worst case is
a tensor with one degree of freedom, such as a cost, whose deviation over a root mean square of 24 repetitions is
Student's t with 24 degrees of freedom. That any of 8000 is beyond 8 has then a probability of 3e-4 (a test integrates
it), if rounding did all that the noise does; it does about 0.7 of it.
"""
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from legacy.formats import floors
from legacy.formats.recording import Recording
from legacy.formats.values import Array, difference
from legacy.judge.findings import Compared, Finding, bits, norm

LIMIT = 8.0
MOST_OWN = 100.0  # floors that a recorded value may be from the exact one and be allowed as much
UNIT = ' floors'


def of(recording: Recording) -> dict[str, Array] | None:
    """{name without 'floor/': array} or None if none was measured."""
    return recording.group(floors.PREFIX) if recording.header['floor'] else None


def with_own_error(recording: Recording, exact: Recording | None) -> Recording:
    """The recording with a wider floor where it is itself further from the exact value: by its distance from the same
    in float64, over LIMIT. So a TensorFlow that rounds less than the reference did may be LIMIT floors from the exact
    value, too: the reference's roundings may all go one way, as those of a long sum of nearly equal terms do, which
    random noise does not.

    exact: the same experiment in float64. Done for what float64 has from the same start: before training, the first
    gradients, the first step. A floor of zero stays.
    """
    floor = of(recording)
    if floor is None or exact is None:
        return recording
    arrays = dict(recording.arrays)
    pairs = [(name, recording.arrays[name], exact.arrays.get(name)) for name in recording.arrays
             if name.startswith(('before/', 'gradients/'))]
    ours, theirs = recording.checkpoint(1), exact.checkpoint(1)
    pairs += [('after/' + name, ours[name], theirs.get(name)) for name in ours]
    for name, rounded, better in pairs:
        if better is not None and better.shape == rounded.shape:
            values = np.array(floor[name])
            first = values.reshape(-1)[:1]  # of the first piece, or the only number
            own = np.minimum(norm(difference(rounded, better)) / LIMIT, MOST_OWN * first)
            first += np.where(first > 0, own, 0).astype(values.dtype)
            arrays[floors.PREFIX + name] = values
    return Recording(recording.header, arrays)


def systematic(unit: float) -> bool:
    """Whether a deviation along an update can be told from rounding: not where the update is little but rounding."""
    return LIMIT * unit < 1


def pooled(shares: npt.ArrayLike, units: npt.ArrayLike) -> float:
    """One deviation, in units of its floor, of relative deviations that were measured apart, each with its unit: their
    mean weighted by precision. What is systematic stands out by the square root of their number."""
    shares, weights = np.asarray(shares, 'f8'), 1 / np.square(np.asarray(units, 'f8'))
    return float(abs(np.sum(shares * weights)) / np.sqrt(np.sum(weights)))


def of_history(runs: Array, recorded: Array) -> Array:
    """Floats (records,): the floor of a history's logarithm, from runs (runs, records) with noise. It never falls: what
    has parted does not come together again, and where few runs happen to be close that is luck."""
    spread = np.sqrt(np.mean(np.square(np.log(runs.astype('f8')) - np.log(recorded.astype('f8'))), axis=0))
    return np.maximum.accumulate(spread)


def unmeasured(question: str, arrays: Sequence[Compared]) -> Finding:
    """What can be said without a floor of (name, expected, obtained): whether they are the same bits. Others are not
    judged."""
    found = bits(question, arrays)
    if found.passed:
        return found
    return Finding(question, None, f'not judged: no noise floor was measured for the reference; {found.text}',
                   found.deviation, None, found.ulp, found.first, found.compared, found.expected)
