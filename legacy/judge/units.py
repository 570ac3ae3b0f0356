"""The noise floor as a unit: how far a tensor may be off. Needs numpy only.

Every float32 deviation is judged in units of its own floor (see `worker/scripts/spreads.py` for how that is measured),
by one number, LIMIT. Whatever is exact has a floor of zero and must be the same bits.

LIMIT comes from the floor alone, no release was looked at for it. A check compares some 1000 numbers; the worst case is
a tensor with one degree of freedom, such as a cost, whose deviation over a root mean square of 16 repetitions is
Student's t with 16 degrees of freedom. That any of 1000 is beyond 8 has then a probability of 6e-4 (a test integrates
it), if rounding did all that the noise does; it does about 0.7 of it.
"""
import numpy as np
import numpy.typing as npt

LIMIT = 8.0
MOST_OWN = 100.0  # floors that a recorded value may be from the exact one and be allowed as much
UNIT = ' floors'


def systematic(unit: float) -> bool:
    """Whether a deviation along an update can be told from rounding: not where the update is little but rounding."""
    return LIMIT * unit < 1


def pooled(shares: npt.ArrayLike, units: npt.ArrayLike) -> float:
    """One deviation, in units of its floor, of relative deviations that were measured apart, each with its unit: their
    mean weighted by precision. What is systematic stands out by the square root of their number."""
    shares, weights = np.asarray(shares, 'f8'), 1 / np.square(np.asarray(units, 'f8'))
    return float(abs(np.sum(shares * weights)) / np.sqrt(np.sum(weights)))
