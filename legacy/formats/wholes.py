"""Few numbers that stand for all elements of a large array, by which two can be compared when neither is kept.

Runs on Python 3.6.
"""
import functools
from typing import Any, List, NamedTuple, Tuple

import numpy as np

from legacy.formats.values import Array

PROJECTIONS = 4
BLOCK = 4093  # elements that have signs of their own in each projection; a prime, as widths of matrices are not
ROWS = 1 << 8  # blocks that are in memory at once


class Whole(NamedTuple):
    """Of all elements of a float array: norm and projections of the finite ones on fixed directions of +1 and -1, and
    how many are NaN, infinity and minus infinity."""
    norm: float
    projections: List[float]
    nan: int
    inf: int
    minus_inf: int

    @property
    def not_finite(self) -> Tuple[int, int, int]:
        """How many elements are NaN, infinity and minus infinity."""
        return self.nan, self.inf, self.minus_inf

    def apart(self, other: 'Whole') -> float:
        """The largest difference of two projections."""
        return max(abs(ours - theirs) for ours, theirs in zip(self.projections, other.projections))


def whole(array: Any) -> Whole:
    """The Whole of an array of real numbers. Without BLAS, whose threads would keep another run from its core."""
    flat = np.asarray(array).reshape(-1)
    square, sums, counts = 0.0, np.zeros(PROJECTIONS), [0, 0, 0]
    in_block, of_first_rows = _first_signs()
    for first in range(0, flat.size, BLOCK * ROWS):
        part = flat[first:first + BLOCK * ROWS].astype('f8')
        known = np.isfinite(part)
        if np.count_nonzero(known) < part.size:
            found = np.isnan(part).sum(), (part == np.inf).sum(), (part == -np.inf).sum()
            counts = [count + int(more) for count, more in zip(counts, found)]
            part = np.where(known, part, 0)
        square += float(np.add.reduce(part * part))
        rows = -(-part.size // BLOCK)
        of_rows = of_first_rows[:rows] if not first else _signs(
            np.arange(first // BLOCK, first // BLOCK + rows) + BLOCK)
        if part.size % BLOCK and rows > 1:
            part = np.concatenate([part, np.zeros(rows * BLOCK - part.size)])
        table = part.reshape(rows, -1)
        blocks = np.einsum('rb,bk->rk', table, in_block[:table.shape[1]])
        sums += np.einsum('rk,rk->k', blocks, of_rows) if rows > 1 else (blocks * of_rows)[0]
    return Whole(float(np.sqrt(square)), sums.tolist(), *counts)


@functools.lru_cache(1)
def _first_signs() -> Tuple[Array, Array]:
    """The signs of the elements of a block, and of the first ROWS rows."""
    return _signs(np.arange(BLOCK)), _signs(np.arange(ROWS) + BLOCK)


def _signs(numbers: Array) -> Array:
    """float64 (n, PROJECTIONS): +1 or -1 for each number, the same on every machine."""
    bits = numbers.astype('u8')[:, None] * np.uint64(PROJECTIONS) + np.arange(PROJECTIONS, dtype='u8')
    for shift, factor in ((30, 0xbf58476d1ce4e5b9), (27, 0x94d049bb133111eb)):  # the finaliser of splitmix64
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    found: Array = 1.0 - 2.0 * ((bits >> np.uint64(33)) & np.uint64(1)).astype('f8')
    return found
