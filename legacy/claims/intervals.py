"""Medians over seeds with intervals that assume nothing about the distribution, and count infinite values like others.

The interval of a median is between two of the sorted values: of n independent values, the number below the median of
what they are drawn from is binomial (n, 1/2), so the k-th smallest and the k-th largest enclose it with a probability
that is known exactly, whatever the distribution. k is the largest for which that is at least 95 %: for 20 seeds the 6th
smallest and the 6th largest, 95.9 %. With fewer than 6 values there is no such interval.
"""
import math
from collections.abc import Iterable
from typing import TypedDict

CONFIDENCE = 0.95
FEWEST = 6  # values for which there is an interval
BAND = '95 % interval of the median, from the order of the values'


class IntervalLike(TypedDict):
    """A number, and between which it may be."""
    median: float
    low: float
    high: float


class Interval(IntervalLike):
    """A median, and where it may be. diverged: how many of the `number` of values are infinite."""
    diverged: int
    number: int


class Share(TypedDict):
    """So many of so many, and Wilson's 95 % interval of their share."""
    hits: int
    number: int
    low: float
    high: float


def of_median(values: Iterable[float]) -> Interval:
    """Return the interval of the median. NaN is infinite: a run that diverged is worse than any other."""
    ordered = sorted(math.inf if math.isnan(value) else value for value in values)
    n, k = len(ordered), rank(len(ordered))
    middle = ordered[(n - 1) // 2], ordered[n // 2]
    median = middle[0] if middle[0] == middle[1] else sum(middle) / 2
    low, high = (ordered[k - 1], ordered[n - k]) if k else (-math.inf, math.inf)
    return {'median': median, 'low': low, 'high': high, 'diverged': sum(value == math.inf for value in ordered),
            'number': n}


def rank(n: int) -> int:
    """The k for n values, 0 if there is none."""
    below, k = 0.0, 0
    while 2 * (below + math.comb(n, k) / 2 ** n) <= 1 - CONFIDENCE:
        below += math.comb(n, k) / 2 ** n
        k += 1
    return k


def ratio(ones: Iterable[float], others: Iterable[float]) -> Interval:
    """The interval of one over other, seed by seed. Where one of them diverged it is infinite, or 0; both: 1."""
    def each(one: float, other: float) -> float:
        one, other = (math.inf if math.isnan(value) else value for value in (one, other))
        return 1.0 if one == other else one / other if other != math.inf else 0.0
    return of_median([each(*pair) for pair in zip(ones, others)])


def sign(differences: Iterable[float]) -> Interval:
    """The interval of the sign, -1, 0 or 1: the sign test. It is all on one side of 0 where the test rejects."""
    return of_median([(value > 0) - (value < 0) for value in differences])


def share(hits: int, number: int) -> Share:
    z = 1.959964  # of the normal distribution, for 95 %
    centre, width = (hits + z * z / 2) / (number + z * z), z / (number + z * z) * math.sqrt(
        hits * (number - hits) / number + z * z / 4)
    return {'hits': hits, 'number': number, 'low': max(0.0, centre - width), 'high': min(1.0, centre + width)}
