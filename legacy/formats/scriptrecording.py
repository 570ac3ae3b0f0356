"""A recording of a script: what one run of it yields, and its one file on disk (see `archive`). Runs on Python 3.6.

Groups of arrays:

    runs                    of every run of a session, in order, the number of its kind (header `kinds`)
    kinds/<k>/feeds         digests of what each run of the kind was fed: (times, feeds); see `digest`
    kinds/<k>/fetched       digests of what it gave: (times, fetches); -1 where it raised
    small/<k>/<j>           float fetches of few elements, of every time: (times, ...)
    noisy/<i>/small/<k>/<j> the same of whole runs with noise
    rounded/<step>          digests of what each op of a step gave in float32, without TensorFlow's optimizer of graphs:
                            of the kind's `inner` tensors, then of the variables `written`, afterwards
    graph/<g>               the graph as a table: the bytes of a `graphtable` file
    content/<n>             what the header refers to: whole arrays, or of large ones a sample (see `sampled`)

In the header an array is noted as [content, dtype, shape, digest]. A step is a run that can be made again: what its
variables were before it (whole in a baseline), what it was fed, what it gave, and what came of it when it was made
again in each arithmetic.
"""
import collections
import functools
import hashlib
import json
import zipfile

import numpy as np

from legacy.formats import archive, stored, unseen
from legacy.formats.archive import RecordingError
from legacy.formats.recording import check_shape

SCHEMA = 4
KIND = 'script'
SAMPLE = 4096  # elements
SAMPLES = 1024  # of large arrays, that stay in memory
LIMITS = archive.Limits(9 << 30, 8 << 30, 64 << 20, tuple(
    '|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8'.split()))
NUMBER_OR_NONE = (int, type(None))
CALL = {'argument': NUMBER_OR_NONE, 'graph_seed': NUMBER_OR_NONE, 'op_seed': NUMBER_OR_NONE, 'graph': int,
        'scope': str, 'function': str}
# place: the line of the script that first asked for it. sources: tensors that a run is fed when it is made again.
# draws: random ops that draw other numbers then. obstacle: why it cannot be made again, or ''. racing:
# fetches that read what the same run writes. inner: of a kind that trains, the tensors that it computes. matched:
# number of the baseline's kind that it is, or -1.
RUN_KIND = {'graph': int, 'targets': [str], 'fetches': [str], 'feeds': [str], 'sources': [str], 'variables': [str],
            'written': [str], 'trains': bool, 'obstacle': str, 'place': str, 'draws': [str],
            'racing': [str], 'inner': [str], 'matched': int}
# step: its number in the baseline. before, fed: {name: noted array}. outcomes: {arithmetic: {'fetched', 'after'} or
# None}, 'run' being the script's own. floor: {'fetched', 'after', 'along': {name: spread}} or None.
STEP = {'step': int, 'kind': int, 'run': int, 'before': dict, 'fed': dict, 'outcomes': dict,
        'floor': (dict, type(None))}
HEADER = {
    'schema': int,
    'kind': str,
    'command': str,
    'created': str,  # UTC
    'environment': {'tensorflow': str, 'numpy': str, 'python': str, 'platform': str, 'processor': str,
                    'features': [str], 'settings': dict},
    'script': {'name': str, 'arguments': [str], 'as_module': bool, 'sources': [{'file': str, 'sha256': str}]},
    # given: the seed that graphs without one got, and numpy's and Python's generators, or None
    'seeds': {'given': NUMBER_OR_NONE, 'calls': [CALL], 'unused': int, 'unexpected': [str]},
    'graphs': int,
    'kinds': [RUN_KIND],
    'initial': [{'graph': int, 'name': str, 'noted': list}],
    'steps': [STEP],
    'tensors': dict,  # {step: [[tensor name, digest, shape, norm, projection]]}, of portable arithmetic, in order
    'kernels': dict,  # {step: [[tensor name, noted array]]}, of each op alone on inputs in portable arithmetic
    'unknown': dict,  # {arithmetic: [op type that it leaves as it is]}
    'faults': dict,  # {arithmetic: why it could not be had}
    'unseen': [unseen.FACT],  # what of the script is not in the recording
    'unrepeatable': [str],  # what a second run under the same TensorFlow gave otherwise, as `places` name it
    'varying': [str],  # 'feed x:0 of kind 1' and the like, which another run or noise in the last place changes
    'seconds': {'script': (int, float), 'after': (int, float)},
    'arrays': list,
}


class ScriptRecording(object):
    """header: JSON values. arrays: {name: numpy array}; of a loaded file `stored.Arrays`, which reads each when it is
    asked for. Only read them. Raises RecordingError where an array can no longer be read."""

    def __init__(self, header, arrays):
        self.header, self.arrays = header, arrays
        self._samples = functools.lru_cache(SAMPLES)(lambda name: sampled(arrays[name]))

    @property
    def runs(self):
        """int32 (runs,): the kind of each."""
        return self.arrays['runs']

    @property
    def kinds(self):
        return self.header['kinds']

    def time(self, step):
        """How many runs of its kind were made before a step."""
        return int(np.sum(self.runs[:step['run']] == step['kind']))

    def series(self, prefix=''):
        """{(kind, fetch): array (times, ...)}"""
        start = prefix + 'small/'
        return {tuple(int(n) for n in name[len(start):].split('/')): self.arrays[name] for name in self.arrays
                if name.startswith(start)}

    def noisy(self):
        """[series of each whole run with noise]"""
        found, count = [], 0
        while any(name.startswith('noisy/%d/' % count) for name in self.arrays):
            found.append(self.series('noisy/%d/' % count))
            count += 1
        return found

    def content(self, noted):
        """The array, or its sample, of a noted one."""
        return self.arrays[noted[0]]

    def stored(self, noted):
        """The same as a stored.Stored, which is not in memory, or as it is where all is."""
        return stored.held(self.arrays)[noted[0]]

    def sample(self, noted):
        """The sample of a noted array, whether all of it was kept or not."""
        return self._samples(noted[0])


# What is kept of an array whose content is not: dtype, shape, digest; kept: its sample.
Sampled = collections.namedtuple('Sampled', 'dtype shape digest kept')


def reduced(array):
    """The Sampled of an array."""
    array = np.asarray(array)
    return Sampled(array.dtype.str, list(array.shape), digest(array), sampled(array))


class Contents(object):
    """Arrays that a header refers to, each once. arrays: gets them, {name: array or stored.Stored}."""

    def __init__(self, arrays):
        self._arrays, self._names = arrays, {}

    def note(self, array, whole=False):
        """A noted array, of an array, a Stored or a Sampled. whole: keep all of it, however large."""
        if isinstance(array, Sampled):
            return [self._name(array.kept, array.kept)] + list(array[:3])
        values = np.asarray(stored.read(array))
        name = self._name(values, array if isinstance(array, stored.Stored) else values) if whole else None
        found = reduced(values)
        return [name or self._name(found.kept, found.kept)] + list(found[:3])

    def _name(self, values, kept):
        """Of the array with these values in the recording."""
        values = np.asarray(values, order='C')
        key = (values.dtype.str, values.shape, hashlib.sha256(stored.content(values)).digest())
        if key not in self._names:
            self._names[key] = 'content/%d' % len(self._names)
            self._arrays[self._names[key]] = kept
        return self._names[key]


def sampled(array):
    """All elements of a small array as it is; of a larger one SAMPLE elements, the same for every array of its size."""
    array = np.asarray(array)
    if array.size <= SAMPLE:
        return array
    return array.reshape(-1)[np.sort(np.arange(SAMPLE, dtype='i8') * 2654435761 % array.size)]


def digest(value):
    """A number of 63 bits that stands for an array's bits, dtype and shape; every NaN counts as the same."""
    array = np.asarray(value)
    if array.dtype.kind == 'f' and np.isnan(array).any():
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    found = hashlib.blake2b(digest_size=8)
    found.update(repr(array.tolist()).encode('utf-8') if array.dtype == object else stored.content(array))
    found.update(repr((array.dtype.str, array.shape)).encode('ascii'))
    return int.from_bytes(found.digest(), 'little') >> 1


def save(recording, path):
    """Write the recording's file, whole or not at all. Raises OSError, RecordingError."""
    _check_header(dict(recording.header, arrays=[]))
    _check_groups(recording.header, recording.arrays)
    archive.save(path, recording.header, recording.arrays, _packed, LIMITS)


def load(path):
    """The ScriptRecording in the file at `path`, which stays open as long as it is used, so that another may take its
    place meanwhile. All of it is read here once, and nothing kept. Raises RecordingError, with the path, for anything
    else."""
    header, arrays = archive.of_file(path, _parsed, LIMITS)
    return ScriptRecording(header, stored.Arrays(arrays.held, str(path)))


def _parsed(source):
    header, arrays = archive.read(source, _packed, _check_header, LIMITS)
    _check_groups(header, archive.checked(arrays))
    return header, arrays


def is_one(path):
    """Whether the file at `path` says of itself that it is a recording of a script."""
    try:
        with zipfile.ZipFile(str(path)) as file, file.open('header.json') as header:
            return json.loads(header.read(LIMITS.header).decode('ascii')).get('kind') == KIND
    except Exception:  # whatever zipfile, zlib and json raise for a file that is something else
        return False


def _packed(name):
    return False


def _check_header(header):
    if not isinstance(header, dict) or header.get('kind') != KIND:
        raise RecordingError('no recording of a script')
    if header.get('schema') != SCHEMA:
        raise RecordingError('schema version %r; this program reads version %d' % (header.get('schema'), SCHEMA))
    check_shape(header, HEADER, 'header')


def _check_groups(header, arrays):
    """Raise RecordingError where header and arrays contradict each other."""
    held = stored.held(arrays)
    for name in ['runs'] + ['graph/%d' % k for k in range(header['graphs'])]:
        if name not in held or len(held[name].shape) != 1:
            raise RecordingError('array %s is missing or not one row' % name)
    counts = collections.Counter(arrays['runs'].tolist())
    if counts and not 0 <= min(counts) <= max(counts) < len(header['kinds']):
        raise RecordingError('runs of kinds that the header does not have')
    for k, kind in enumerate(header['kinds']):
        for name, wanted in (('feeds', kind['feeds']), ('fetched', kind['fetches'])):
            found = held.get('kinds/%d/%s' % (k, name))
            if found is None or found.shape != (counts[k], len(wanted)):
                raise RecordingError('array kinds/%d/%s is missing or of another shape' % (k, name))
    noted = [item['noted'] for item in header['initial']]
    noted += [item for answers in header['kernels'].values() for _, item in answers]
    for step in header['steps']:
        if not (0 <= step['kind'] < len(header['kinds']) and 0 <= step['run'] < len(arrays['runs'])):
            raise RecordingError('a step of a kind or a run that is not there')
        kind, found = header['kinds'][step['kind']], held.get('rounded/%d' % step['step'])
        if found is not None and found.shape != (len(kind['inner']) + len(kind['written']),):
            raise RecordingError('array rounded/%d is of another shape' % step['step'])
        noted += list(step['before'].values()) + list(step['fed'].values())
        for outcome in filter(None, step['outcomes'].values()):
            noted += list(outcome['fetched'].values()) + list(outcome['after'].values())
    for item in noted:
        if not (isinstance(item, list) and len(item) == 4 and item[0] in arrays):
            raise RecordingError('the header refers to an array that is not there: %.60r' % (item,))
