"""Constants of a script's graphs that have other bits than the recorded ones: how far off they are. Runs on Python 3.6.

A script computes constants by numpy, or from what an earlier graph gave; these round otherwise from one release to the
next. In a header each is a CONSTANT: its graph and name in the recording, its line there, how many elements it has, how
many units in the last place it is off (see `units_off`), and whether the recorded one took its place where runs were
made again.
"""
from typing import Iterable, Optional

import numpy as np

from legacy.formats import contents, dtypes
from legacy.formats.values import Array, JsonObject, difference

CONSTANT = {'graph': int, 'name': str, 'elements': int, 'units': (int, float, type(None)), 'put_in': bool}
# Units in the last place that two roundings of an array may be apart, as of feeds; of a single number, which need be no
# long sum; of halves, of which there is no BLAS.
MOST, MOST_OF_ONE, MOST_OF_HALVES = 128.0, 16.0, 4.0
NOTHING_IN_COMMON = 0.5  # so far off, as a part of its size: two independent draws are 1.4
WIDER = 8.0  # times what another run of the script under its own TensorFlow has it off


def units_off(ours: Array, theirs: Array) -> Optional[float]:
    """How far an array of floats is from another of the same dtype and shape, in units in the last place: all of it, or
    its worst element, by the size of that element or of all, whichever is larger. None where that says nothing: they
    are not finite in the same places, the first is all zero, or they have nothing in common, as what is drawn anew."""
    ours, theirs = (np.asarray(contents.values(contents.as_held(array), contents.label(array)))
                    for array in (ours, theirs))
    known = np.isfinite(ours)
    if (known != np.isfinite(theirs)).any() or (np.nan_to_num(ours[~known]) != np.nan_to_num(theirs[~known])).any():
        return None
    sizes, off = np.abs(np.where(known, ours, 0).astype('f8')), np.abs(difference(ours, theirs))
    if not off.any():
        return 0.0
    if not sizes.any():
        return None
    size, apart = (float(np.sqrt(np.mean(np.square(values)))) for values in (sizes, off))
    if apart > NOTHING_IN_COMMON * size:
        return None
    return max(apart / size, float((off / np.maximum(sizes, size)).max())) / _unit(ours, theirs)


def _unit(ours: Array, theirs: Array) -> float:
    """The unit in the last place of 1; of float64 arrays of float32 numbers that of float32."""
    if ours.dtype == np.float64 and all((array.astype('f4') == array).all() for array in (ours, theirs)):
        return dtypes.epsilon('<f4')
    return dtypes.epsilon(ours.dtype.str)


def may_be_off(elements: int, dtype: str, elsewhere: Optional[float] = 0.0) -> float:
    """So many units a constant may be off by rounding. dtype: as it is noted. elsewhere: the most units that it is off
    in another run of the script under the recorded TensorFlow, so that it follows from results; None where that is not
    known in units: then it may be anything, as it may where a run has it so far off that the two have nothing in
    common."""
    if elsewhere is None or WIDER * elsewhere * dtypes.epsilon(dtype) > NOTHING_IN_COMMON:
        return float('inf')
    most = MOST_OF_HALVES if dtypes.epsilon(dtype) > 2.0 ** -20 else MOST if elements > 1 else MOST_OF_ONE
    return max(most, WIDER * elsewhere)


def merged(runs: Iterable[Iterable[JsonObject]]) -> 'list[JsonObject]':
    """[CONSTANT]: of several runs' lists each constant once, where it is furthest off."""
    found = {}  # type: dict[tuple[int, str], JsonObject]
    for item in (item for run in runs for item in run):
        known = found.setdefault((item['graph'], item['name']), item)
        if known['units'] is not None and (item['units'] is None or item['units'] > known['units']):
            found[item['graph'], item['name']] = item
    return list(found.values())
