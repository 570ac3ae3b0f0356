"""The noise floor in a recording: which arrays it has. Runs on Python 3.6.

    floor/before/...                  costs and layer inputs before training
    floor/gradients/<variable>        of the first step
    floor/costs/<name>                at the start of each piece; 0 where none is recorded
    floor/after/<variable>            after each piece, from one checkpoint to the next
    floor/along/<variable>            after each piece: of the deviation's share along the update
    floor/free/cost_norm              (runs, records): whole runs with noise

All are float32. All but the last are root mean squares over repetitions: of the norm of a tensor's deviation from what
was recorded or, for `along`, of <deviation, update> / <update, update>. Elements that are not finite are left out.
"""
from typing import Dict, Mapping, Optional, Tuple

import numpy as np

from legacy.formats.values import Array, JsonObject, Shape

DtypeShape = Tuple[str, Shape]
PREFIX = 'floor/'
FREE = 'floor/free/cost_norm'
# size: of the noise, relative; free_size: in the whole runs.
HEADER = {'repetitions': int, 'size': float, 'free_runs': int, 'free_size': float, 'seconds': (int, float)}


def expected(header: JsonObject, others: Dict[str, DtypeShape]) -> Dict[str, DtypeShape]:
    """{name: (dtype, shape)} of a recording's floor, given the same of its other arrays; nothing if it has none."""
    if header['floor'] is None:
        return {}
    pieces = (others['checkpoints/steps'][1][0] - 1,)
    found = {FREE: ('<f4', (header['floor']['free_runs'],) + tuple(others['series/steps'][1]))}
    for name in others:
        if name.startswith(('before/', 'gradients/')):
            found[PREFIX + name] = ('<f4', ())
    for name in sorted(name for name in others if name.startswith('before/') and name.count('/') == 1):
        found[PREFIX + 'costs/' + name[len('before/'):]] = ('<f4', pieces)
    for variable in header['graph']['variables']:
        found[PREFIX + 'after/' + variable['name']] = ('<f4', pieces)
        if variable['trainable']:
            found[PREFIX + 'along/' + variable['name']] = ('<f4', pieces)
    return found


def contradiction(header: JsonObject, arrays: Mapping[str, Array]) -> Optional[str]:
    """What is wrong with the numbers of a floor that has the right arrays, or None."""
    if header['floor'] is None:
        return None
    if header['settings']['arithmetic'] != 'float32':
        return 'a noise floor in %s; only float32 has one' % header['settings']['arithmetic']
    if min(header['floor']['repetitions'], header['floor']['free_runs']) < 2:
        return 'a noise floor of fewer than two repetitions'
    for name, values in arrays.items():
        if name.startswith(PREFIX) and not (np.isfinite(values) & (values >= 0)).all():
            return 'array %s has negative numbers, infinities or NaN' % name
    return None
