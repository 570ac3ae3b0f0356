"""Noise in variables between the runs of a script, as large as what rounding does to them. Runs on Python 3.6.

Rounding changes a number by a small part of it: it makes no zero of it, and changes no sign, so that what is a sum of
squares stays one whose root can be taken.
"""
import collections
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

import numpy as np

from legacy.formats.values import Array

LARGEST = 0.5  # of a number, that noise moves it at most
# So many runs of a kind are followed by noise each; later every fourth, by noise twice as large, and so on: {first run:
# stride}
STRIDES: Dict[int, int] = collections.OrderedDict([(0, 1), (32, 4), (256, 16)])
FEW = 64  # elements that are looked at before all others
BFLOAT16 = 'bfloat16'  # the one type of TensorFlow's that numpy does not know: 8 bits of a float32's precision


class Nudger(object):
    """seed: number of a random generator. floors: [(run, graph, {variable: noise floor})] in order: what rounding was
    found to do to a variable in a run, as the norm of a difference; until the first of them nothing but the last place
    is moved."""

    def __init__(self, seed: int, floors: Iterable[Tuple[int, int, Mapping[str, float]]]) -> None:
        self._random, self._floors = np.random.RandomState(seed), list(floors)
        self._found: Dict[Tuple[int, str], float] = {}

    def is_due(self, time: int) -> bool:
        """Whether noise follows the run of a kind that is its so-many-th."""
        return time % _stride(time) == 0

    def moved(self, graph: int, run: int, time: int, values: Mapping[str, Array]) -> Dict[str, Array]:
        """{variable: array} of those of `values`, which the run has written, that noise moves. graph: its number."""
        while self._floors and self._floors[0][0] <= run:
            _, of, floors = self._floors.pop(0)
            self._found.update(((of, name), floor) for name, floor in floors.items())
        size = np.sqrt(_stride(time))
        found: Dict[str, Array] = collections.OrderedDict()
        for name, value in values.items():
            noisy = moved(np.asarray(value), self._found.get((graph, name), 0.0), self._random, size)
            if noisy is not None:
                found[name] = noisy
        return found


def _stride(time: int) -> int:
    return [stride for first, stride in STRIDES.items() if time >= first][-1]


def moved(value: Array, floor: float, random: np.random.RandomState, size: float = 1.0) -> Optional[Array]:
    """An array as rounding could have left it, or None where it leaves it as it is: whole numbers are counts, masks and
    first values, and text is not rounded.

    floor: the norm of what rounding does to it in a run. Where all numbers have one sign, this is a share of each;
    else, as in weights, the same for all. size: by which all noise is multiplied.
    """
    eps = _eps(value.dtype)
    if eps is None or not value.size:
        return None
    if value.dtype.kind == 'c':
        parts = [moved(part, floor / np.sqrt(2), random, size) for part in (value.real.copy(), value.imag.copy())]
        if parts[0] is None and parts[1] is None:
            return None
        real, imaginary = (old if new is None else new for old, new in zip((value.real, value.imag), parts))
        return (real + 1j * imaginary).astype(value.dtype)
    exact = value.astype('f8')
    finite = np.isfinite(exact)
    if not finite.all():
        exact = np.where(finite, exact, 0.0)
    if _are_whole(exact.reshape(-1)[:FEW]) and _are_whole(exact):
        return None
    magnitude = np.abs(exact)
    norm = np.sqrt(np.sum(np.square(exact)))  # without BLAS, whose threads would keep another run from its core
    one_sign = (exact >= 0).all() or (exact <= 0).all()
    spread = magnitude * (floor / norm) if one_sign else floor / np.sqrt(value.size)
    width = np.minimum(size * np.sqrt(np.square(eps * magnitude) + 3 * np.square(spread)), LARGEST * magnitude)
    noisy = (exact + width * random.uniform(-1, 1, value.shape)).astype(value.dtype)
    as_made = noisy.astype('f8')
    kept = ~finite | ~np.isfinite(as_made) | (as_made == 0)
    return np.where(kept, value, noisy)


def _are_whole(numbers: Array) -> bool:
    return np.array_equal(numbers, np.rint(numbers))


def _eps(dtype: Any) -> Optional[float]:
    """One unit in the last place of 1, or None for a type that is not rounded."""
    if dtype.kind in 'fc':
        return float(np.finfo(dtype).eps)
    return 2.0 ** -7 if dtype.name == BFLOAT16 else None
