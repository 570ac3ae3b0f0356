"""Noise in variables between the runs of a script, as large as what rounding does to them. Runs on Python 3.6.

Rounding changes a number by a small part of it: it makes no zero of it, and changes no sign, so that what is a sum of
squares stays one whose root can be taken.
"""
import collections
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from legacy.formats.values import Array

LARGEST = 0.5  # of a number, that noise moves it at most
# So many runs of a kind are followed by noise each; later every second, by noise sqrt(2) times as large, and so on:
# {first run: stride}
STRIDES: Dict[int, int] = collections.OrderedDict([(0, 1), (16, 2), (32, 4), (64, 8), (128, 16), (2048, 64)])
TOGETHER = 1 << 16  # elements of arrays that are moved at once
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
        known = [self._found.get((graph, name), 0.0) for name in values]
        noisy = all_moved([np.asarray(value) for value in values.values()], known, self._random,
                          float(np.sqrt(_stride(time))))
        return collections.OrderedDict((name, array) for name, array in zip(values, noisy) if array is not None)


def _stride(time: int) -> int:
    return [stride for first, stride in STRIDES.items() if time >= first][-1]


def moved(value: Array, floor: float, random: np.random.RandomState, size: float = 1.0) -> Optional[Array]:
    """An array as rounding could have left it, or None where it leaves it as it is: whole numbers are counts, masks and
    first values, and text is not rounded.

    floor: the norm of what rounding does to it in a run. Where all numbers have one sign, this is a share of each;
    else, as in weights, the same for all. size: by which all noise is multiplied.
    """
    return all_moved([value], [floor], random, size)[0]


def all_moved(values: Sequence[Array], floors: Sequence[float], random: np.random.RandomState,
              size: float = 1.0) -> List[Optional[Array]]:
    """The same of several arrays, with the noise that they get one after the other. Small ones of one type are moved
    together: numpy takes longer to begin with an array than to move a few numbers."""
    found: List[Optional[Array]] = [None] * len(values)
    together: List[int] = []

    def move() -> None:
        noisy = _moved([values[k] for k in together], [floors[k] for k in together], random, size) if together else []
        for k, array in zip(together, noisy):
            found[k] = array
        del together[:]
    for k, (value, floor) in enumerate(zip(values, floors)):
        if _eps(value.dtype) is None or not value.size:
            continue
        if together and (value.dtype != values[together[0]].dtype
                         or sum(values[j].size for j in together) + value.size > TOGETHER):
            move()
        if value.dtype.kind == 'c':
            found[k] = _complex_moved(value, floor, random, size)
        else:
            together.append(k)
    move()
    return found


def _complex_moved(value: Array, floor: float, random: np.random.RandomState, size: float) -> Optional[Array]:
    parts = [moved(part, floor / np.sqrt(2), random, size) for part in (value.real.copy(), value.imag.copy())]
    if parts[0] is None and parts[1] is None:
        return None
    real, imaginary = (old if new is None else new for old, new in zip((value.real, value.imag), parts))
    whole: Array = (real + 1j * imaginary).astype(value.dtype)
    return whole


def _moved(values: Sequence[Array], floors: Sequence[float], random: np.random.RandomState,
           size: float) -> List[Optional[Array]]:
    """See `all_moved`: of arrays of one type, none of them empty. What is as precise as float32 is worked out in its
    own type: of large variables most of a run with noise would go here otherwise."""
    sizes = np.array([value.size for value in values])
    flat = np.concatenate([value.reshape(-1) for value in values]) if len(values) > 1 else values[0].reshape(-1)
    exact = flat if flat.dtype in (np.dtype('f4'), np.dtype('f8')) else flat.astype('f8')
    finite = np.isfinite(exact)
    if not finite.all():
        exact = np.where(finite, exact, exact.dtype.type(0))
    moves = ~np.logical_and.reduceat(exact == np.rint(exact), np.cumsum(sizes) - sizes)
    if not moves.all():
        chosen, sizes = np.repeat(moves, sizes), sizes[moves]
        flat, exact = flat[chosen], exact[chosen]
    if not sizes.size:
        return [None] * len(values)
    ends = np.cumsum(sizes)
    starts, places = ends - sizes, list(zip((ends - sizes).tolist(), ends.tolist()))
    squares = np.square(exact, dtype='f8')  # without BLAS, whose threads would keep another run from its core
    norms = np.sqrt([np.add.reduce(squares[start:end]) for start, end in places])
    floor, eps = np.array(floors)[moves], _eps(flat.dtype) or 0.0
    one_sign = (np.minimum.reduceat(exact, starts) >= 0) | (np.maximum.reduceat(exact, starts) <= 0)
    shares = np.where(one_sign, floor / norms, 0.0)
    steps = np.where(one_sign, 0.0, floor / np.sqrt(sizes))

    def each(of_arrays: Array) -> Array:
        """One number for each element, or the only one."""
        return of_arrays if len(of_arrays) == 1 else np.repeat(of_arrays, sizes)
    magnitude = np.abs(exact)
    width = magnitude * each(size * np.sqrt(eps ** 2 + 3 * np.square(shares))).astype(exact.dtype)
    if steps.any():
        wide = np.square(width, dtype='f8')
        wide += each(3 * np.square(size * steps))
        width = np.sqrt(wide, out=wide).astype(exact.dtype)
    width = np.minimum(width, exact.dtype.type(LARGEST) * magnitude)
    noisy = (exact + width * _drawn(random, exact.size, exact.dtype)).astype(flat.dtype)
    found = np.where(np.isfinite(noisy) & (noisy != 0), noisy, flat)
    parts = iter([found[start:end] for start, end in places])
    return [next(parts).reshape(value.shape) if moves_it else None for value, moves_it in zip(values, moves)]


def _drawn(random: np.random.RandomState, size: int, dtype: Any) -> Array:
    """Evenly distributed numbers between -1 and 1, of 16 bits each, which is as many as noise needs."""
    found: Array = np.frombuffer(random.bytes(2 * size), '<i2').astype(dtype)
    found += dtype.type(0.5)
    found /= dtype.type(1 << 15)
    return found


def _eps(dtype: Any) -> Optional[float]:
    """One unit in the last place of 1, or None for a type that is not rounded."""
    if dtype.kind in 'fc':
        return float(np.finfo(dtype).eps)
    return 2.0 ** -7 if dtype.name == BFLOAT16 else None
