"""What a TensorFlow answers beside its recordings, to `replay` and to `kernels`, and the files of both. Python 3.6."""
import collections

import numpy as np

from legacy.formats import archive
from legacy.formats.archive import RecordingError

SCHEMA = 2

# starts, ends: steps done before and after each piece. costs: {series: [at each start, NaN where none was recorded]}.
# after: {variable: array (pieces, ...)}
Replay = collections.namedtuple('Replay', 'starts ends costs after')

# outputs: one array for each op of a kernel set. uncovered: op types of the training graph that the set has not.
# unsteady: op types that answered otherwise when they were asked again.
Kernels = collections.namedtuple('Kernels', 'outputs uncovered unsteady')


def save_replay(replayed, path):
    """Write the file, whole or not at all. Raises OSError."""
    arrays = collections.OrderedDict((key, np.array(getattr(replayed, key), '<i4')) for key in ('starts', 'ends'))
    for group in ('costs', 'after'):
        arrays.update(('%s/%s' % (group, name), values) for name, values in getattr(replayed, group).items())
    _save({}, arrays, path)


def load_replay(path):
    """The Replay in the file at `path`. Raises RecordingError."""
    _, arrays = archive.load(path, lambda name: False, _check)
    groups = {group: {name[len(group) + 1:]: values for name, values in arrays.items() if name.startswith(group + '/')}
              for group in ('costs', 'after')}
    return Replay(arrays['starts'].tolist(), arrays['ends'].tolist(), groups['costs'], groups['after'])


def save_kernels(answered, path):
    """Write the file, whole or not at all. Raises OSError."""
    arrays = collections.OrderedDict(('output/%d' % k, output) for k, output in enumerate(answered.outputs))
    _save({'uncovered': answered.uncovered, 'unsteady': answered.unsteady}, arrays, path)


def load_kernels(path):
    """The Kernels in the file at `path`. Raises RecordingError."""
    header, arrays = archive.load(path, lambda name: False, _check)
    return Kernels(list(arrays.values()), header['uncovered'], header['unsteady'])


def _save(header, arrays, path):
    archive.save(path, dict(header, schema=SCHEMA), arrays, lambda name: False)


def _check(header):
    if header.get('schema') != SCHEMA:
        raise RecordingError('answers of another schema version than %d' % SCHEMA)
