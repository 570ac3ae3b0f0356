"""Tensors of two graphs, told apart by what little is kept of each. Runs on Python 3.6."""
import bisect
import collections
from typing import Dict, List, Mapping, NamedTuple, Tuple

import numpy as np

from legacy.formats import contents, dtypes
from legacy.formats.values import Array, Shape

MOST = 1 << 16  # elements of a large tensor that are looked at
DIRECTIONS = (0.7, 1.9, 0.31)

# digest: of all bits. shape: a tuple. floats: whether rounding moves it. norm: of the finite elements. projections: of
# these on fixed directions, and of where the others are. distinct: whether it has several values, so that another
# tensor that is the same is so by no accident.
Sketch = NamedTuple('Sketch', [('digest', int), ('shape', Shape), ('floats', bool), ('norm', float),
                               ('projections', Tuple[float, ...]), ('distinct', bool)])


def sketch(array: Array) -> Sketch:
    """The Sketch of an array of numbers."""
    dtype = contents.label(array)
    values: Array = np.asarray(contents.values(contents.as_held(array), dtype), 'f8').reshape(-1)
    if values.size > MOST:
        values = values[::values.size // MOST]
    finite = np.isfinite(values)
    known = np.where(finite, values, 0)
    norm = float(np.sqrt(np.dot(known, known)))
    places, found = np.arange(values.size), []
    for k, direction in enumerate(DIRECTIONS):
        signs = np.cos(places * direction + 0.3 + k)
        found.append(float(np.dot(known, signs)))
    lost = np.where(finite, 0, np.where(np.isnan(values), 3, np.where(values > 0, 1, 2)))
    found.append(float(np.dot(lost, np.cos(places * 0.7 + 0.3))) if lost.any() else 0.0)
    distinct = bool(known.size and ((known != known[0]).any() or known[0] not in (0, 1, -1)))
    return Sketch(contents.digest(array), np.shape(array), dtypes.is_float(dtype), norm, tuple(found), distinct)


def near(one: Sketch, two: Sketch, tolerance: float) -> bool:
    """Whether two Sketches are of equal tensors, or of floats that are apart by a small part of their norm."""
    if one.shape != two.shape:
        return False
    if one.digest == two.digest:
        return True
    if not (one.floats and two.floats) or abs(one.projections[-1] - two.projections[-1]) > 1e-9:
        return False
    return distance(one, two) <= tolerance


def distance(one: Sketch, two: Sketch) -> float:
    """How far apart two Sketches of one shape are, as a part of their norm."""
    norm = max(one.norm, two.norm)
    off = max(abs(a - b) for a, b in zip((one.norm,) + one.projections[:-1], (two.norm,) + two.projections[:-1]))
    return off / norm if norm else 0.0


class Index(object):
    """Sketches of one graph, to be found by their values. sketches: {tensor name: Sketch}."""

    def __init__(self, sketches: Mapping[str, Sketch]) -> None:
        self._by_shape: Dict[Shape, List[Tuple[float, str, Sketch]]] = collections.defaultdict(list)
        for name, found in sketches.items():
            self._by_shape[found.shape].append((found.norm, name, found))
        for alike in self._by_shape.values():
            alike.sort(key=lambda item: item[:2])

    def like(self, one: Sketch, tolerance: float) -> List[str]:
        """Names of the tensors that are near a Sketch."""
        items = self._by_shape.get(one.shape, [])
        least = one.norm * (1 - 2 * tolerance)
        found = []
        for norm, name, other in items[bisect.bisect_left(items, (least,)):]:
            if norm > one.norm * (1 + 2 * tolerance):
                break
            if near(one, other, tolerance):
                found.append(name)
        return found
