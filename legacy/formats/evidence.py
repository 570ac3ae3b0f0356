"""What `check` needs of one TensorFlow, as files in a folder, which `worker.gather` makes. Runs on Python 3.6."""
import json
import os
from typing import Any, Dict

from legacy.formats import answers, graphtable, recording
from legacy.formats.archive import RecordingError
from legacy.formats.deepcheck import check_shape
from legacy.formats.files import write_whole
from legacy.formats.places import PathLike
from legacy.formats.recording import HEADER
from legacy.formats.references import References
from legacy.formats.values import JsonObject

NATIVE = 'native-'
REPLAYS = ('replay', 'repeated')


class EvidenceError(Exception):
    """A part could not be had. The message is one line."""


def save_part(name: str, value: Any, folder: PathLike) -> None:
    """Write one part to the existing `folder`. Raises OSError."""
    path = os.path.join(folder, name)
    if name == 'environment':
        write_whole(path + '.json', json.dumps(value).encode('ascii'))
    elif name == 'graph':
        write_whole(path + '.tsv.gz', graphtable.to_bytes(value, compressed=True))
    elif name in REPLAYS:
        answers.save_replay(value, path + '.npz')
    elif name == 'kernels':
        answers.save_kernels(value, path + '.npz')
    else:
        recording.save(value, path + '.npz')


class StoredEvidence(object):
    """What `gather` wrote to a folder."""

    def __init__(self, references: References, folder: PathLike) -> None:
        """Raises RecordingError if `gather` did not finish there."""
        self.references = references
        self.folder = str(folder)
        self._parts: Dict[str, Any] = {}
        try:
            with open(os.path.join(self.folder, 'failed.json'), encoding='ascii') as file:
                self.failed = json.load(file)
            check_shape(self.failed, dict.fromkeys(self.failed, str), 'what failed')
        except (OSError, ValueError, TypeError, RecursionError, RecordingError) as error:
            raise RecordingError("%s: not the whole of a worker's answer (%s)" % (self.folder, error))

    def part(self, name: str) -> Any:
        """As `Evidence.part`."""
        if name in self.failed:
            raise EvidenceError(self.failed[name])
        if name not in self._parts:
            self._parts[name] = self._load(name)
        return self._parts[name]

    def _load(self, name: str) -> Any:
        path = os.path.join(self.folder, name)
        if name == 'environment':
            return _environment(path + '.json')
        if name == 'graph':
            return graphtable.load(path + '.tsv.gz')
        load = answers.load_replay if name in REPLAYS else answers.load_kernels if name == 'kernels' else recording.load
        return load(path + '.npz')


def _environment(path: str) -> JsonObject:
    """What a worker says of where it ran. Raises RecordingError."""
    try:
        with open(path, encoding='ascii') as file:
            found: JsonObject = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise RecordingError('%s: %s' % (path, error))
    check_shape(found, HEADER['environment'], path)
    return found
