"""A recording: everything that one run yields, and its one file on disk (see `archive`).

Groups of arrays:

    data/x, data/y                    what the networks were fitted to
    series/steps, series/<name>       histories: step number, one value each (cost, cost_norm)
    before/...                        before the first step: costs, and layer inputs on some rows and on average
    layer_inputs/steps, .../counts    histogram counts of every layer's input, as the article's pictures show them
    gradients/<variable>              of the first step
    checkpoints/steps, .../<variable> every variable after so many steps
    floor/...                         where it was measured: how far rounding alone carries each of these (see `floors`)

Floats are stored exactly; checkpoints are packed, which takes a third off their size. Runs on Python 3.6.
"""
import hashlib
import io
from typing import Dict, List, Mapping, Optional

import numpy as np

from legacy.formats import archive, floors
from legacy.formats.archive import RecordingError, Source
from legacy.formats.deepcheck import check_shape
from legacy.formats.files import write_whole
from legacy.formats.floors import DtypeShape
from legacy.formats.places import PathLike
from legacy.formats.values import Array, Json, JsonObject

SCHEMA = 2
SERIES = ('cost', 'cost_norm')
ARITHMETICS = ('float32', 'portable', 'float64')
HISTOGRAM_BINS = 15
MOST_STEPS = 250  # ten rows each: the data have no more
LARGEST_SEED = 2 ** 31 - 1
STRING_OR_NONE = (str, type(None))
NUMBER_OR_NONE = (int, float, type(None))
HEADER = {
    'schema': int,
    'command': str,
    'created': str,  # UTC
    'reason': STRING_OR_NONE,  # why a baseline was recorded
    'environment': {'tensorflow': str, 'numpy': str, 'python': str, 'platform': str, 'processor': str,
                    'features': [str], 'settings': dict},
    'settings': {'seed': int, 'steps': int, 'op_seeds': str, 'arithmetic': str, 'onednn': bool},
    'data_sha256': {'x': str, 'y': str},
    'graph': {'fingerprint': str, 'nodes': int,
              'variables': [{'name': str, 'network': str, 'trainable': bool, 'dtype': str, 'shape': [int]}]},
    'seeded_calls': [{'op_type': STRING_OR_NONE, 'graph_seed': int, 'op_seed': int, 'variable': STRING_OR_NONE}],
    'overflow': {'cost': NUMBER_OR_NONE, 'cost_norm': NUMBER_OR_NONE},  # step of the first record not finite
    'floor': (dict, type(None)),  # floors.HEADER, where a noise floor was measured
    'seconds': {'import': NUMBER_OR_NONE, 'graph': NUMBER_OR_NONE, 'train': NUMBER_OR_NONE},
    'arrays': list,
}
# Where the recorder knew it: what of the port was not the article's (`worker.port.changes`)
PORT = [{'line': int, 'was': str, 'now': str}]


class Recording(object):
    """One run. `header`: what was run, where and how (JSON values). `arrays`: {name: numpy array}. Only read them."""

    def __init__(self, header: JsonObject, arrays: Dict[str, Array]) -> None:
        self.header = header
        self.arrays = arrays
        self._groups: Dict[str, Dict[str, Array]] = {}

    @property
    def settings(self) -> JsonObject:
        """seed, steps, op_seeds, arithmetic, onednn"""
        settings: JsonObject = self.header['settings']
        return settings

    @property
    def port_changes(self) -> Optional[List[JsonObject]]:
        """[{'line', 'was', 'now'}, ...] in the port when it ran; None in older recordings, which do not say."""
        return self.header.get('port')

    @property
    def variables(self) -> List[JsonObject]:
        """[{'name', 'network', 'trainable', 'dtype', 'shape'}, ...] in the order of the graph"""
        variables: List[JsonObject] = self.header['graph']['variables']
        return variables

    @property
    def computed(self) -> Dict[str, Array]:
        """{name: array} of all arrays but the noise floor's: what the run itself computed."""
        return {name: array for name, array in self.arrays.items() if not name.startswith(floors.PREFIX)}

    def group(self, prefix: str) -> Dict[str, Array]:
        """{rest of the name: array} of all arrays whose name starts with `prefix`, in the order of the file."""
        if prefix not in self._groups:  # asked for thousands of times in one comparison
            self._groups[prefix] = {name[len(prefix):]: array for name, array in self.arrays.items()
                                    if name.startswith(prefix)}
        return self._groups[prefix]

    def checkpoint(self, steps_done: int) -> Dict[str, Array]:
        """{variable: value} after so many steps, or KeyError."""
        rows = np.flatnonzero(self.arrays['checkpoints/steps'] == steps_done)
        if not len(rows):
            raise KeyError('no checkpoint after %d steps' % steps_done)
        return {variable['name']: self.arrays['checkpoints/' + variable['name']][rows[0]]
                for variable in self.variables}


def sha256(array: Array) -> str:
    """SHA-256 of an array's little-endian bytes, each NaN replaced by the quiet NaN with no payload."""
    array = np.array(array, dtype=array.dtype.newbyteorder('<'))
    array[np.isnan(array)] = np.nan  # payloads differ from release to release
    return hashlib.sha256(array.tobytes()).hexdigest()


def overflow(arrays: Mapping[str, Array], name: str) -> Optional[int]:
    """The step of the first record of a series that is not finite, or None."""
    steps = arrays['series/steps'][~np.isfinite(arrays['series/' + name])]
    return int(steps[0]) if len(steps) else None


def _packed(name: str) -> bool:
    return name.startswith('checkpoints/') and name != 'checkpoints/steps'


def to_bytes(recording: Recording) -> bytes:
    """The content of the recording's file. Raises RecordingError if the recording is not whole."""
    _check_header(dict(recording.header, arrays=[]))
    _check_groups(recording.header, recording.arrays)
    return archive.to_bytes(recording.header, recording.arrays, _packed)


def from_bytes(content: bytes) -> Recording:
    """The recording whose file has this content. Raises RecordingError."""
    return _parsed(io.BytesIO(content))


def _parsed(source: Source) -> Recording:
    """Of a file, as `archive.read` takes it. All of a recording of the article is in memory: it is small."""
    header, held = archive.read(source, _packed, _check_header)
    arrays = archive.whole(held)
    try:
        _check_groups(header, arrays)
    except KeyError as error:
        raise RecordingError('array missing: %s' % error)
    return Recording(header, arrays)


def save(recording: Recording, path: PathLike) -> None:
    """Write the recording's file, whole or not at all. Raises OSError."""
    write_whole(path, to_bytes(recording))


def load(path: PathLike) -> Recording:
    """The recording in the file at `path`. Raises RecordingError, with the path, for anything else."""
    return archive.of_file(path, _parsed)


def _check_header(header: Json) -> None:
    if isinstance(header, dict) and header.get('kind') == 'script':
        raise RecordingError('a recording of the script %s, not of the article: name the script, too, as in '
                             '`check --baseline FILE SCRIPT`' % header.get('script', {}).get('name', ''))
    if not isinstance(header, dict) or 'schema' not in header:
        raise RecordingError('the header has no schema version')
    if header['schema'] != SCHEMA:
        older = ': record it again' if header['schema'] == 1 else ''
        raise RecordingError('schema version %r; this program reads version %d%s' % (header['schema'], SCHEMA, older))
    check_shape({key: value for key, value in header.items() if key != 'port'}, HEADER, 'header')
    check_shape(header.get('port', []), PORT, 'header.port')
    if header['floor'] is not None:
        check_shape(header['floor'], floors.HEADER, 'header.floor')


def _check_groups(header: JsonObject, arrays: Mapping[str, Array]) -> None:
    """Raise RecordingError unless the arrays are exactly those that the header and the groups above ask for."""
    try:
        expected = dict(_expected_layers(header, arrays), **_expected_arrays(header, arrays))
        expected.update(floors.expected(header, expected))
    except (KeyError, IndexError) as error:
        raise RecordingError('array missing or without the right dimensions: %s' % error)
    if set(expected) != set(arrays):
        raise RecordingError('arrays missing or unknown: %s' % ', '.join(sorted(set(expected) ^ set(arrays))))
    for name, (dtype, shape) in expected.items():
        if arrays[name].dtype.str != dtype or arrays[name].shape != tuple(shape):
            raise RecordingError('array %s is %s %s, expected %s %s' % (
                name, arrays[name].dtype.str, arrays[name].shape, dtype, tuple(shape)))
    _check_meaning(header, arrays)


def _check_meaning(header: JsonObject, arrays: Mapping[str, Array]) -> None:
    """Raise RecordingError where header and arrays contradict each other, or what every reader relies on is missing."""
    _check_settings(header['settings'])
    for group in ('series', 'checkpoints'):
        steps = arrays[group + '/steps']
        if not len(steps) or (np.diff(steps) <= 0).any():
            raise RecordingError('%s/steps is empty or out of order' % group)
    if arrays['checkpoints/steps'][0] != 0:
        raise RecordingError('checkpoints/steps does not begin before the first step')
    if arrays['checkpoints/steps'][-1] != header['settings']['steps']:
        raise RecordingError('the header says %d steps, the last checkpoint is after %d' % (
            header['settings']['steps'], arrays['checkpoints/steps'][-1]))
    for name in SERIES:
        if header['overflow'][name] != overflow(arrays, name):
            raise RecordingError('the header says of %s that it overflows at step %s, the series at %s' % (
                name, header['overflow'][name], overflow(arrays, name)))
    wrong = floors.contradiction(header, arrays)
    if wrong:
        raise RecordingError(wrong)
    unknown = ({call['variable'] for call in header['seeded_calls']} - {None}
               - {variable['name'] for variable in header['graph']['variables']})
    if unknown:
        raise RecordingError('seeded calls for variables that are not there: %s' % ', '.join(sorted(unknown)))


def _check_settings(settings: JsonObject) -> None:
    """Raise RecordingError for an experiment that nobody can run: `check` and `graph step` run what a header says."""
    if not (1 <= settings['steps'] <= MOST_STEPS and 0 <= settings['seed'] <= LARGEST_SEED):
        raise RecordingError('%d steps from seed %d; there are 1 to %d, and seeds from 0 to %d' % (
            settings['steps'], settings['seed'], MOST_STEPS, LARGEST_SEED))
    if settings['arithmetic'] not in ARITHMETICS:
        raise RecordingError('no such arithmetic: %.60r' % settings['arithmetic'])


def _expected_arrays(header: JsonObject, arrays: Mapping[str, Array]) -> Dict[str, DtypeShape]:
    expected = {'data/x': ('<f8', arrays['data/x'].shape), 'data/y': ('<f8', arrays['data/x'].shape)}
    for group in ('series', 'checkpoints', 'layer_inputs'):
        steps = group + '/steps'
        expected[steps] = ('<i4', (arrays[steps].shape[0],))
    for name in SERIES:
        expected['series/' + name] = (arrays['series/' + name].dtype.str, arrays['series/steps'].shape)
        expected['before/' + name] = (arrays['series/' + name].dtype.str, ())
    for variable in header['graph']['variables']:
        dtype, shape = variable['dtype'], tuple(variable['shape'])
        expected['checkpoints/' + variable['name']] = (dtype, arrays['checkpoints/steps'].shape + shape)
        if variable['trainable']:
            expected['gradients/' + variable['name']] = (dtype, shape)
    return expected


def _expected_layers(header: JsonObject, arrays: Mapping[str, Array]) -> Dict[str, DtypeShape]:
    """Of each network in the header, layer inputs 0, 1, ... as far as there are histograms."""
    expected = {}
    pictures = arrays['layer_inputs/steps'].shape
    for network in sorted({variable['network'] for variable in header['graph']['variables']}):
        layers = sum(name.startswith('layer_inputs/%s/' % network) and name.endswith('/counts') for name in arrays)
        for k in range(layers):
            layer = '%s/%d/' % (network, k)
            rows = arrays['before/layer_inputs/' + layer + 'rows']
            expected['layer_inputs/' + layer + 'counts'] = ('<i4', pictures + (HISTOGRAM_BINS,))
            expected['layer_inputs/' + layer + 'finite'] = ('<i4', pictures)
            expected['before/layer_inputs/' + layer + 'rows'] = (rows.dtype.str, rows.shape)
            expected['before/layer_inputs/' + layer + 'means'] = ('<f8', rows.shape[1:])
            expected['before/layer_inputs/' + layer + 'squares'] = ('<f8', rows.shape[1:])
    return expected
