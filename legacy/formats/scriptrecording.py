"""A recording of a script: what one run of it yields, and its one file on disk (see `archive`). Runs on Python 3.6."""
import collections

from legacy.formats import archive
from legacy.formats.archive import RecordingError
from legacy.formats.files import write_whole
from legacy.formats.recording import check_shape

SCHEMA = 2
KIND = 'script'
NUMBER_OR_NONE = (int, type(None))
CALL = {'argument': NUMBER_OR_NONE, 'graph_seed': NUMBER_OR_NONE, 'op_seed': NUMBER_OR_NONE, 'graph': int,
        'scope': str, 'function': str}
HEADER = {
    'schema': int,
    'kind': str,
    'created': str,  # UTC
    'environment': {'tensorflow': str, 'numpy': str, 'python': str, 'platform': str, 'processor': str,
                    'features': [str], 'settings': dict},
    'script': {'name': str, 'arguments': [str], 'as_module': bool, 'sha256': str},
    # given: the seed that graphs without one got, and numpy's and Python's generators, or None
    'seeds': {'given': NUMBER_OR_NONE, 'calls': [CALL]},
    'arrays': list,
}

ScriptRecording = collections.namedtuple('ScriptRecording', 'header arrays')


def save(recording, path):
    """Write the recording's file, whole or not at all. Raises OSError, RecordingError."""
    _check_header(dict(recording.header, arrays=[]))
    write_whole(path, archive.write(recording.header, recording.arrays, _packed))


def load(path):
    """The ScriptRecording in the file at `path`. Raises RecordingError, with the path, for anything else."""
    return ScriptRecording(*archive.load(path, _packed, _check_header))


def _packed(name):
    return False


def _check_header(header):
    if not isinstance(header, dict) or header.get('kind') != KIND:
        raise RecordingError('no recording of a script')
    if header.get('schema') != SCHEMA:
        raise RecordingError('schema version %r; this program reads version %d' % (header.get('schema'), SCHEMA))
    check_shape(header, HEADER, 'header')
