"""What a TensorFlow answers beside its recordings, to `replay` and to `kernels`, and the files of both. Python 3.6."""
import collections
from typing import Dict, List, Mapping, NamedTuple

import numpy as np

from legacy.formats import archive
from legacy.formats.archive import RecordingError
from legacy.formats.places import PathLike
from legacy.formats.values import Array, JsonObject

SCHEMA = 2

# starts, ends: steps done before and after each piece. costs: {series: [at each start, NaN where none was recorded]}.
# after: {variable: array (pieces, ...)}
Replay = NamedTuple('Replay', [('starts', List[int]), ('ends', List[int]), ('costs', Dict[str, Array]),
                               ('after', Dict[str, Array])])

# outputs: one array for each op of a kernel set. uncovered: op types of the training graph that the set has not.
# unsteady: op types that answered otherwise when they were asked again.
Kernels = NamedTuple('Kernels', [('outputs', List[Array]), ('uncovered', List[str]), ('unsteady', List[str])])


def save_replay(replayed: Replay, path: PathLike) -> None:
    """Write the file, whole or not at all. Raises OSError."""
    arrays: Dict[str, Array] = collections.OrderedDict(
        (key, np.array(getattr(replayed, key), '<i4')) for key in ('starts', 'ends'))
    for group in ('costs', 'after'):
        arrays.update(('%s/%s' % (group, name), values) for name, values in getattr(replayed, group).items())
    _save({}, arrays, path)


def load_replay(path: PathLike) -> Replay:
    """The Replay in the file at `path`. Raises RecordingError."""
    _, arrays = archive.load(path, lambda name: False, _check)
    groups = {group: {name[len(group) + 1:]: values for name, values in arrays.items() if name.startswith(group + '/')}
              for group in ('costs', 'after')}
    return Replay(arrays['starts'].tolist(), arrays['ends'].tolist(), groups['costs'], groups['after'])


def save_kernels(answered: Kernels, path: PathLike) -> None:
    """Write the file, whole or not at all. Raises OSError."""
    arrays = collections.OrderedDict(('output/%d' % k, output) for k, output in enumerate(answered.outputs))
    _save({'uncovered': answered.uncovered, 'unsteady': answered.unsteady}, arrays, path)


def load_kernels(path: PathLike) -> Kernels:
    """The Kernels in the file at `path`. Raises RecordingError."""
    header, arrays = archive.load(path, lambda name: False, _check)
    return Kernels(list(arrays.values()), header['uncovered'], header['unsteady'])


def _save(header: JsonObject, arrays: Mapping[str, Array], path: PathLike) -> None:
    archive.save(path, dict(header, schema=SCHEMA), arrays, lambda name: False)


def _check(header: JsonObject) -> None:
    if header.get('schema') != SCHEMA:
        raise RecordingError('answers of another schema version than %d' % SCHEMA)
