"""Arrays against arrays: the measures that `comparison` is built of.

Deviations are relative to the norm of what is compared. Where two values are both NaN they are equal: payloads differ
from release to release.
"""
import typing
from dataclasses import asdict, dataclass

import numpy as np

from legacy.formats.values import finite, same_bits, ulps


@dataclass(frozen=True)
class Finding:
    """The answer to one question. passed: None where it is reported only. text: what was found, with the numbers.

    tolerance: 0 for bit for bit. deviation: the largest, relative; None where neither applies. ulp: that deviation's
    largest element, in units in the last place of the largest value there. first: the first thing that fails, as
    {'tensor', 'element', 'expected', 'obtained'}.
    """

    claim: str
    passed: bool | None
    text: str
    deviation: float | None = None
    tolerance: float | None = None
    ulp: float | None = None
    first: dict | None = None

    def as_json(self):
        """A dictionary in which every number is finite."""
        return finite(asdict(self))


class Deviation(typing.NamedTuple):
    """One array against another: the norm of the difference over `scale`."""
    what: str
    relative: float
    tolerance: float
    expected: np.ndarray
    obtained: np.ndarray


def deviation(what, expected, obtained, tolerance, scale=None):
    """A Deviation; scale: the expected norm unless given."""
    return Deviation(what, relative(expected, obtained, scale), tolerance, expected, obtained)


def norm(values):
    return float(np.linalg.norm(np.asarray(values, 'f8')))


def relative(expected, obtained, scale=None):
    """Norm of the difference over `scale`, the expected norm unless given; infinite where only one is finite."""
    expected, obtained = np.asarray(expected, 'f8'), np.asarray(obtained, 'f8')
    both = np.isfinite(expected) & np.isfinite(obtained)
    if not np.all(both | (expected == obtained) | (np.isnan(expected) & np.isnan(obtained))):
        return float('inf')
    difference = norm(expected[both] - obtained[both])
    scale = norm(expected[both]) if scale is None else scale
    if not difference:
        return 0.0
    return difference / scale if scale else float('inf')


def bits(claim, arrays):
    """Finding that all (name, expected, obtained) are bit-identical; else names the first that is not, and where."""
    for name, expected, obtained in arrays:
        if expected.shape != obtained.shape or expected.dtype != obtained.dtype:
            return Finding(claim, False, f'{name} is {obtained.dtype} {obtained.shape}, expected {expected.dtype} '
                                         f'{expected.shape}', float('inf'), 0)
        different = ~same_bits(expected, obtained)
        if different.any():
            first = element(name, expected, obtained, np.argwhere(different)[0])
            return Finding(claim, False, f'{spelled(first)}; {different.sum()} of {expected.size} elements differ',
                           relative(expected, obtained), 0, float(ulps(expected, obtained).max()), first)
    return Finding(claim, True, f'{len(arrays)} arrays bit-identical', 0.0, 0, 0.0)


def largest(claim, deviations):
    """Finding over Deviations: the one that uses most of its tolerance speaks for all; the first too large is named,
    with its element that is furthest off."""
    worst = max(deviations, key=lambda item: item.relative / item.tolerance)
    failed = next((item for item in deviations if not item.relative <= item.tolerance), None)
    text = (f'{len(deviations)} compared; {worst.what}: {worst.relative:.2g} (tolerance {worst.tolerance:.2g})')
    first = None
    if failed:
        first = element(failed.what, failed.expected, failed.obtained, _furthest(failed))
        text += '; first ' + spelled(first)
    return Finding(claim, failed is None, text, worst.relative, worst.tolerance, _scaled_ulp(worst), first)


def element(name, expected, obtained, at):
    """One element of two arrays, as Finding.first has it."""
    at = tuple(int(n) for n in at)
    return {'tensor': name, 'element': list(at), 'expected': float(expected[at]), 'obtained': float(obtained[at]),
            'dtype': str(np.asarray(expected).dtype)}


def spelled(first):
    """The element in words; numbers read back exactly."""
    expected, obtained = (np.dtype(first['dtype']).type(first[key]) for key in ('expected', 'obtained'))
    return f'{first["tensor"]}{first["element"] or ""} is {obtained!s}, expected {expected!s}'


def _furthest(item):
    off = np.abs(np.asarray(item.expected, 'f8') - np.asarray(item.obtained, 'f8'))
    one_finite = ~same_bits(np.asarray(item.expected), np.asarray(item.obtained)) & ~np.isfinite(off)
    return np.unravel_index(int(np.argmax(np.where(one_finite, np.inf, np.nan_to_num(off, nan=0, posinf=0)))),
                            off.shape)


def _scaled_ulp(item):
    expected, obtained = np.asarray(item.expected), np.asarray(item.obtained)
    both = np.isfinite(expected) & np.isfinite(obtained)
    if item.relative == 0 or not both.any():
        return 0.0 if item.relative == 0 else None
    unit = np.spacing(np.abs(expected[both]).max()).astype('f8')
    return float(np.abs(expected[both].astype('f8') - obtained[both]).max() / unit)
