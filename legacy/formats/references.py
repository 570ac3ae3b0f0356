"""What a TensorFlow is checked against: the recordings and the kernel set of another. Runs on Python 3.6.

A folder, such as `legacy/data`, holds `baseline-<arithmetic>.npz` for some arithmetics and perhaps `kernels.npz`; a
single recording is a reference of its own.
"""
import os
from typing import List, Optional

from legacy.formats import graphtable, kernelset, recording
from legacy.formats.archive import RecordingError
from legacy.formats.graphtable import Table
from legacy.formats.places import DATA, PathLike
from legacy.formats.recording import ARITHMETICS
from legacy.formats.values import JsonObject

BASELINE = DATA
SHARED_SETTINGS = ('seed', 'steps', 'op_seeds')


class References(object):
    """recordings: {arithmetic: Recording}, at least one. main: the one that most is compared with, float32 if there.
    kernels: KernelSet or None. graph: graphtable.Table that the main one's float32 graph is, or None."""

    def __init__(self, path: PathLike = BASELINE) -> None:
        """Raises RecordingError if there is nothing, or anything is damaged, or parts do not belong together."""
        self.path = str(path)
        self.kernels = None
        if os.path.isdir(self.path):
            files = {arithmetic: os.path.join(self.path, file_name(arithmetic)) for arithmetic in ARITHMETICS}
            self.recordings = {arithmetic: recording.load(file) for arithmetic, file in files.items()
                               if os.path.exists(file)}
            if os.path.exists(os.path.join(self.path, 'kernels.npz')):
                self.kernels = kernelset.load(os.path.join(self.path, 'kernels.npz'))
        else:
            only = recording.load(self.path)
            self.recordings = {only.settings['arithmetic']: only}
        if not self.recordings:
            raise RecordingError('%s: no %s in this folder' % (self.path, file_name('float32')))
        self.main = self.recordings[next(name for name in ARITHMETICS if name in self.recordings)]
        self._check()
        self.graph = self._graph()

    def _graph(self) -> Optional[Table]:
        path = os.path.join(self.path, graph_file_name(self.main.header['environment']['tensorflow']))
        return graphtable.load(path) if os.path.isfile(path) else None

    def _check(self) -> None:
        for arithmetic, recorded in self.recordings.items():
            if recorded.settings['arithmetic'] != arithmetic:
                raise RecordingError('%s: %s holds %s' % (self.path, file_name(arithmetic),
                                                          recorded.settings['arithmetic']))
            for key in SHARED_SETTINGS:
                if recorded.settings[key] != self.main.settings[key]:
                    raise RecordingError('%s: recordings of different experiments (%s)' % (self.path, key))

    def settings(self, arithmetic: str) -> JsonObject:
        """What `record.record` takes, to run the same here."""
        return dict({key: self.main.settings[key] for key in SHARED_SETTINGS}, arithmetic=arithmetic)


def files(path: PathLike) -> List[str]:
    """Paths of the files that `References` reads, if they are there."""
    if not os.path.isdir(str(path)):
        return [str(path)]
    return [os.path.join(str(path), name) for name in sorted(os.listdir(str(path))) if name.endswith(('.npz', '.gz'))]


def names() -> List[str]:
    """Of the files that a whole folder of references has."""
    return [file_name(arithmetic) for arithmetic in ARITHMETICS] + ['kernels.npz']


def file_name(arithmetic: str) -> str:
    """The name in a folder of references."""
    return 'baseline-%s.npz' % arithmetic


def graph_file_name(release: str) -> str:
    """The name in a folder of references of the graph that the port builds under a release."""
    return 'graph-%s.tsv.gz' % release


def listing_fingerprint(release: str) -> Optional[str]:
    """Of the graph that the article's own listing builds under this TensorFlow release; None if it was not recorded."""
    path = os.path.join(BASELINE, 'listing-%s.tsv' % release)
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as file:
        return next(line.split('\t')[1].strip() for line in file if line.startswith('# fingerprint\t'))


def listing_graph(release: str) -> Optional[Table]:
    """The graphtable.Table of what the article's listing builds under this release, its constants too; None if it was
    not recorded. Raises graphtable.TableError."""
    path = os.path.join(BASELINE, graph_file_name(release))
    return graphtable.load(path) if os.path.exists(path) else None
