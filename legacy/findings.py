"""Arrays against arrays: the measures that `comparison` is built of.

Deviations are relative to the norm of what is compared. Where two values are both NaN they are equal: payloads differ
from release to release.
"""
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Finding:
    """The answer to one question. passed: None where it is reported only. text: what was found, with the numbers.

    tolerance: 0 for bit for bit; deviation: the largest, NaN if values are missing; None where neither applies.
    """

    claim: str
    passed: bool | None
    text: str
    deviation: float | None = None
    tolerance: float | None = None

    def as_json(self):
        """The fields as JSON values; an infinite deviation is the string "inf"."""
        deviation = self.deviation if self.deviation is None or np.isfinite(self.deviation) else str(self.deviation)
        return {**asdict(self), 'deviation': deviation}


def norm(values):
    return float(np.linalg.norm(np.asarray(values, 'f8')))


def same_bits(a, b):
    """Element by element: the same bits, or both NaN. Minus zero is not zero."""
    unsigned = 'u%d' % a.dtype.itemsize
    return (a.view(unsigned) == b.view(unsigned)) | (np.isnan(a) & np.isnan(b))


def relative(expected, obtained, scale=None):
    """Norm of the difference over `scale`, the expected norm unless given; infinite where only one is finite."""
    expected, obtained = np.asarray(expected, 'f8'), np.asarray(obtained, 'f8')
    both = np.isfinite(expected) & np.isfinite(obtained)
    if not np.all(both | (expected == obtained) | (np.isnan(expected) & np.isnan(obtained))):
        return float('inf')
    difference = norm(expected[both] - obtained[both])
    scale = norm(expected[both]) if scale is None else scale
    return difference / scale if difference else 0.0


def bits(claim, arrays):
    """Finding that all (name, expected, obtained) are bit-identical; else names the first that is not, and where."""
    for name, expected, obtained in arrays:
        if expected.shape != obtained.shape or expected.dtype != obtained.dtype:
            return Finding(claim, False, f'{name} is {obtained.dtype} {obtained.shape}, expected {expected.dtype} '
                                         f'{expected.shape}', float('inf'), 0)
        different = np.argwhere(~same_bits(expected, obtained))
        if len(different):
            at = tuple(int(n) for n in different[0])
            return Finding(claim, False, f'{name}{list(at)} is {obtained[at]!r}, expected {expected[at]!r}; '
                                         f'{len(different)} of {expected.size} elements differ',
                           relative(expected, obtained), 0)
    return Finding(claim, True, f'{len(arrays)} arrays bit-identical', 0.0, 0)


def largest(claim, deviations):
    """Finding over (what, deviation, tolerance): the one that uses most of its tolerance speaks for all."""
    what, deviation, tolerance = max(deviations, key=lambda item: item[1] / item[2])
    return Finding(claim, bool(deviation <= tolerance),
                   f'{len(deviations)} compared; {what}: {deviation:.2g} (tolerance {tolerance:.2g})',
                   float(deviation), tolerance)
