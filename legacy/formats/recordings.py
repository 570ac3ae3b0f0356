"""A recording of a script: what one run of it yields, and its one file on disk (see `archive`). Runs on Python 3.6.

Groups of arrays:

    runs                    of every run of a session, in order, the number of its kind (header `kinds`)
    raised                  of every run: 1 where it raised
    threads                 of every run: 0 for the script's main thread, 1, 2, ... for others, as they make their first
    kinds/<k>/feeds         digests of what each run of the kind was fed: (times, feeds); see `contents.digest`
    measures/<k>            norm and projections of what each run of the kind was fed, by `contents.measures`: (times,
                            feeds, MEASURES); older recordings have none
    kinds/<k>/fetched       digests of what it gave: (times, fetches); -1 where it raised
    small/<k>/<j>           float fetches of few elements, of every time: (times, ...); NaN where it raised
    noisy/<i>/small/<k>/<j> the same of runs with noise, whose times may be others, or fewer
    rounded/<step>          digests of what each op of a step gave in float32, without TensorFlow's optimizer of graphs:
                            of the kind's `inner` tensors, then of the variables `written`, afterwards
    graph/<g>               the graph as a table: the bytes of a `graphtable` file
    callers/<g>             from which lines of the script each of its nodes was called, see `callers`
    source/<n>              the text of the script's file n (header `script`), by zlib; none where it is large
    graphdef/<g>            the graph as a GraphDef, compressed by zlib; none where it is very large
    whole/...               of the whole run in portable arithmetic, where there is one: see `wholerun`
    notes/...               what the script noted beside its runs: of the article's see `articlerun`
    content/<n>             what the header refers to: whole arrays, or of large ones a sample

The header is described in `recordingheader`, how an array is noted in it in `contents`. A step is a run that can be
made again: what its variables were before it (whole in a baseline), what it was fed, what it gave, and what came of it
when it was made again in each arithmetic.
"""
import functools
import json
import zipfile
from typing import Dict, List, Mapping, Optional, Set, Tuple

import numpy as np

from legacy.formats import archive, arraynotes, contents, dtypes, recordingheader, stored
from legacy.formats.archive import RecordingError, Source
from legacy.formats.arraynotes import AnswerNote, ArrayNote, ExactNote, TensorNote
from legacy.formats.contents import Whole
from legacy.formats.places import PathLike
from legacy.formats.recordingheader import KIND
from legacy.formats.stored import Held
from legacy.formats.values import Array, JsonObject

Series = Dict[Tuple[int, int], Array]  # {(kind, fetch): array (times, ...)}
Variable = Tuple[int, str]  # of which graph, name
NOTES = 'notes/'
SAMPLES = 1024  # of large arrays, that stay in memory
LIMITS = archive.Limits(9 << 30, 8 << 30, 64 << 20, tuple(
    '|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16'.split()))


def is_number(values: Array) -> bool:
    """Whether a series, (times, ...), has one number at a time."""
    return int(np.prod(values.shape[1:])) == 1


class Recording(object):
    """header: JSON values, but that noted arrays are those of `arraynotes`. arrays: {name: numpy array}; of a loaded
    file `stored.Arrays`, which reads each when it is asked for. Only read them. Raises RecordingError where an array
    can no longer be read."""

    def __init__(self, header: JsonObject, arrays: Mapping[str, Array]) -> None:
        self.header, self.arrays = header, arrays
        self._samples = functools.lru_cache(SAMPLES)(lambda name: contents.sampled(arrays[name]))

    @property
    def runs(self) -> Array:
        """int32 (runs,): the kind of each."""
        return self.arrays['runs']

    @property
    def kinds(self) -> List[JsonObject]:
        kinds: List[JsonObject] = self.header['kinds']
        return kinds

    def time(self, step: JsonObject) -> int:
        """How many runs of its kind were made before a step."""
        return int(np.sum(self.runs[:step['run']] == step['kind']))

    def sequences(self, training: bool = False, matched: Optional[Dict[int, int]] = None,
                  without: Optional[Array] = None) -> Dict[int, List[Tuple[int, int]]]:
        """{thread: [(kind, whether it raised)]}: the runs of each thread in order.

        training: only those that train. matched: {kind: number in its place}, -1 where there is none. without: bool
        (runs,), which are left out, or None.
        """
        trains = [kind['trains'] for kind in self.kinds]
        found: Dict[int, List[Tuple[int, int]]] = {}
        for number, (thread, kind, raised) in enumerate(zip(
                *(self.arrays[name].tolist() for name in ('threads', 'runs', 'raised')))):
            if (not training or trains[kind]) and (without is None or not without[number]):
                found.setdefault(thread, []).append((kind if matched is None else matched.get(kind, -1), raised))
        return found

    def raised(self, k: int) -> Array:
        """bool (times,): which runs of a kind raised."""
        raised: Array = self.arrays['raised'][self.runs == k] != 0
        return raised

    def series(self, prefix: str = '') -> Series:
        """{(kind, fetch): array (times, ...)}"""
        start = prefix + 'small/'
        found: Series = {}
        for name in self.arrays:
            if name.startswith(start):
                k, j = name[len(start):].split('/')
                found[int(k), int(j)] = self.arrays[name]
        return found

    def series_of(self, word: str, prefix: str = '') -> Array:
        """The numbers that a tensor gave each time, (times, ...), as the script fetched them.

        word: the tensor ('Mean_1:0', or 'Mean_1'), or the line of the script that fetches it ('train.py:12'). prefix:
        'whole/' for those of the whole run in portable arithmetic. Raises KeyError, which says what there is, where
        that names no series or several.
        """
        found, all_names = [], []
        for (k, j), values in sorted(self.series(prefix).items()):
            kind = (self.header['whole'] if prefix else self.header)['kinds'][k]
            names = kind['fetches'][j], kind['place']
            all_names.append('%s (%s)' % names)
            if word in names or word + ':0' == names[0]:
                found.append(values)
        if len(found) != 1:
            raise KeyError('%s names %s of the series: %s' % (
                word, 'several' if found else 'none', ', '.join(all_names) or 'there are none'))
        return found[0]

    def noisy(self) -> List[Series]:
        """[series of each whole run with noise]"""
        return [self.series('noisy/%d/' % number) for number in range(self.header['noisy'])]

    # ---- arrays that the header notes

    @property
    def initial(self) -> Dict[Variable, ArrayNote]:
        """The first value of each variable."""
        return {(item['graph'], item['name']): item['noted'] for item in self.header['initial']}

    @property
    def answered(self) -> List[int]:
        """The numbers of the steps whose ops were asked one by one."""
        return [int(number) for number in self.header['kernels']]

    def answers(self, step: int) -> Dict[str, ArrayNote]:
        """{tensor: what the op that gives it gave by itself} of the step with this number."""
        return dict(self.header['kernels'].get(str(step), ()))

    def exact(self, step: int) -> List[ExactNote]:
        """The same of what is exact; none where it was not asked."""
        found: List[ExactNote] = self.header.get('exact', {}).get(str(step), [])
        return found

    @property
    def knows_exact(self) -> bool:
        """Whether it was asked what ops give exactly."""
        return 'exact' in self.header

    def with_answers(self, answers: Mapping[int, List[AnswerNote]], further: Mapping[str, Array]) -> 'Recording':
        """The recording with other answers of ops asked one by one. further: arrays that these need."""
        kernels = {str(number): notes for number, notes in answers.items()}
        return Recording(dict(self.header, kernels=kernels), stored.joined(self.arrays, further))

    @property
    def looked_into(self) -> Set[int]:
        """The numbers of the steps of which inner tensors are noted."""
        return set(map(int, self.header['tensors']))

    def tensors(self, step: int) -> List[TensorNote]:
        """The inner tensors of the step with this number in portable arithmetic, in order."""
        found: List[TensorNote] = self.header['tensors'].get(str(step), [])
        return found

    def content(self, noted: ArrayNote) -> Array:
        """The numbers of a noted array, or of its sample, as they are held where they are none."""
        return contents.values(self.arrays[noted.content], noted.dtype)

    def stored(self, noted: ArrayNote) -> Held:
        """What a run can be fed: a stored.Stored, which is not in memory, or an array where all is."""
        held = stored.held_one(self.arrays, noted.content)
        return contents.Unpacked(held, noted.shape) if noted.dtype == dtypes.TEXT else held

    def comparable(self, noted: ArrayNote) -> Array:
        """The numbers of a noted array: of a large one a sample, whether all of it was kept or not."""
        if noted.dtype == dtypes.TEXT:
            return self.arrays[noted.content]
        whole = noted.size > contents.SAMPLE and self.arrays[noted.content].size == noted.size
        return self.sample(noted) if whole else self.content(noted)

    def sample(self, noted: ArrayNote, places: Optional[ArrayNote] = None) -> Array:
        """The sample of an array of which all was kept. places: a noted array of where to look, or None."""
        if places is None:
            return contents.values(self._samples(noted.content), noted.dtype)
        return contents.values(contents.sampled(self.arrays[noted.content], self.arrays[places.content]), noted.dtype)

    def whole(self, noted: ArrayNote) -> Optional[Whole]:
        """The contents.Whole of a noted array of which a sample is kept; None where there is none."""
        found = self.header['wholes'].get(str(noted.digest))
        return found and contents.Whole(**found)


def save(recording: Recording, path: PathLike, compressed: bool = True) -> None:
    """Write the recording's file, whole or not at all. compressed: not of what is read once, and is gone then. Raises
    OSError; RecordingError where nobody could read it."""
    check(recording)
    try:
        archive.save(path, recording.header, recording.arrays, LIMITS, compressed)
    except archive.TooLarge as error:
        raise RecordingError('nothing is written: %s; with a smaller --budget of `record` fewer runs are kept' % error)


def check(recording: Recording) -> None:
    """Raises RecordingError where header and arrays are not those of a recording, as `load` does."""
    recordingheader.check(dict(recording.header, arrays=[]))
    recordingheader.check_arrays(recording.header, recording.arrays)


def load(path: PathLike) -> Recording:
    """The Recording in the file at `path`, which stays open as long as it is used, so that another may take its
    place meanwhile. All of it is read here once, and nothing kept. Raises RecordingError, with the path, for anything
    else."""
    header, arrays = archive.of_file(path, _parsed, LIMITS)
    return Recording(header, stored.Arrays(arrays.held, str(path), arrays.tiny))


def just_made(path: PathLike) -> Recording:
    """The same of a file that a process of ours has just written, and checked before: nothing is read but what is asked
    for. Raises RecordingError where it is no archive, and where an array is damaged once that is asked for."""
    header, arrays = archive.of_file(path, lambda source: archive.read(source, lambda _: None, LIMITS), LIMITS)
    return Recording(arraynotes.typed(header), stored.Arrays(arrays.held, str(path)))


def _parsed(source: Source) -> Tuple[JsonObject, stored.Arrays]:
    header, arrays = archive.read(source, recordingheader.check, LIMITS)
    recordingheader.check_arrays(header, archive.checked(arrays))
    return arraynotes.typed(header), arrays


def header_of(path: PathLike) -> Optional[JsonObject]:
    """The header of the file at `path`, of any schema; None if it is no recording of a script."""
    try:
        with zipfile.ZipFile(str(path)) as file, file.open('header.json') as content:
            header = json.loads(content.read(LIMITS.header).decode('ascii'))
            return header if header.get('kind') == KIND else None
    except Exception:  # whatever zipfile, zlib and json raise for a file that is something else
        return None
