"""The whole run of a script in portable arithmetic, which a recording may have beside all else. Runs on Python 3.6.

In portable arithmetic there is one history, bit for bit. So a recording needs of it no more than digests, and the
numbers that were fetched where they are few. Under PREFIX there are the arrays `runs`, `raised`, `threads`, `kinds/...`
and `small/...` that a recording has of the script's own run (see `recordings`), here of kinds of their own.
"""
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple

from legacy.formats import contents
from legacy.formats.values import Array, JsonObject

if TYPE_CHECKING:
    from legacy.formats.recordings import Recording

PREFIX, ARITHMETIC = 'whole/', 'portable'
ARRAYS = ('runs', 'raised', 'threads', 'kinds', 'small')
KIND = {'graph': int, 'targets': [str], 'fetches': [str], 'feeds': [str], 'place': str, 'racing': [str]}
# last: digests of the variables of each session when it was closed, or when the script ended. not_pinned: op types that
# were run and are left as they are. varying: what a second such run under the same TensorFlow has otherwise, and since
# which time: what: 'runs' of the thread that `name` is, 'feed' or 'fetch' of a kind, or 'last', where kind is the
# session. fault: why there is no such run, or ''; the rest is empty then.
VARYING = {'what': str, 'kind': int, 'name': str, 'since': int}
WHOLE_RUN = {'kinds': [KIND], 'last': [{'session': int, 'name': str, 'digest': int}], 'not_pinned': [str],
             'varying': [VARYING], 'fault': str}


class WholeRun(object):
    """A recording's whole run. header: as WHOLE_RUN. arrays: {name: numpy array}, of the recording."""

    def __init__(self, header: JsonObject, arrays: Mapping[str, Array]) -> None:
        self.header, self._arrays = header, arrays

    def __getitem__(self, name: str) -> Array:
        return self._arrays[PREFIX + name]

    def __contains__(self, name: str) -> bool:
        return PREFIX + name in self._arrays

    @property
    def kinds(self) -> List[JsonObject]:
        kinds = self.header['kinds']  # type: List[JsonObject]
        return kinds

    def threads(self, matched: Optional[Dict[int, int]] = None) -> Dict[int, List[Tuple[int, int]]]:
        """{thread: [(kind, whether it raised)]} in order. matched: {kind: number in its place}, -1 where there is none.
        """
        found = {}  # type: Dict[int, List[Tuple[int, int]]]
        for thread, kind, raised in zip(*(self[name].tolist() for name in ('threads', 'runs', 'raised'))):
            found.setdefault(thread, []).append((kind if matched is None else matched.get(kind, -1), raised))
        return found

    def last(self) -> Dict[Tuple[int, str], int]:
        """{(session, variable): digest}"""
        return {(item['session'], item['name']): item['digest'] for item in self.header['last']}


def of(recording: 'Recording') -> Optional[WholeRun]:
    """The WholeRun of a Recording, or None where it has none."""
    header = recording.header.get('whole')
    return None if header is None else WholeRun(header, recording.arrays)


def faulty(why: str) -> JsonObject:
    """The header's `whole` where the run could not be made."""
    return {'kinds': [], 'last': [], 'not_pinned': [], 'varying': [], 'fault': why}


def check_arrays(header: JsonObject, held: Mapping[str, Any], arrays: Mapping[str, Array],
                 fault: Callable[[str], Exception]) -> None:
    """Raises what `fault` makes of a sentence where the arrays of a whole run are not those that its header asks for.
    held: {name: array or Stored}."""
    whole = header.get('whole')
    found = {name: array for name, array in held.items() if name.startswith(PREFIX)}
    if whole is None or whole['fault']:
        if found:
            raise fault('arrays of a whole run that the header does not have')
        return
    for name in ('runs', 'raised', 'threads'):
        if PREFIX + name not in found or len(found[PREFIX + name].shape) != 1:
            raise fault('array %s%s is missing or not one row' % (PREFIX, name))
    runs = arrays[PREFIX + 'runs']
    if runs.dtype.kind not in 'iu' or runs.size and not 0 <= runs.min() <= runs.max() < len(whole['kinds']) or not (
            found[PREFIX + 'raised'].shape == found[PREFIX + 'threads'].shape == runs.shape):
        raise fault('the runs of the whole run are not those of its kinds')
    expected = {PREFIX + name for name in ('runs', 'raised', 'threads')}
    for k, kind in enumerate(whole['kinds']):
        times = int((runs == k).sum())
        for name, wanted in (('feeds', kind['feeds']), ('fetched', kind['fetches'])):
            name = '%skinds/%d/%s' % (PREFIX, k, name)
            expected.add(name)
            if name not in found or found[name].shape != (times, len(wanted)) or found[name].dtype.kind != 'i':
                raise fault('array %s is missing or of another shape' % name)
        for j in range(len(kind['fetches'])):
            name = '%ssmall/%d/%d' % (PREFIX, k, j)
            expected.add(name)
            if name in found and found[name].shape[:1] != (times,):
                raise fault('array %s has not all its times' % name)
    if set(found) - expected:
        raise fault('an array of the name %.60r' % sorted(set(found) - expected)[0])
    _check_values(whole, arrays, found, runs, fault)


def _check_values(whole: JsonObject, arrays: Mapping[str, Array], found: Mapping[str, Any], runs: Array,
                  fault: Callable[[str], Exception]) -> None:
    """Numbers of few elements are what their digests say."""
    raised = arrays[PREFIX + 'raised']
    for k, kind in enumerate(whole['kinds']):
        for j in range(len(kind['fetches'])):
            name = '%ssmall/%d/%d' % (PREFIX, k, j)
            if name in found:
                rows, digests = arrays[name], arrays['%skinds/%d/fetched' % (PREFIX, k)][:, j]
                for time, bad in enumerate(raised[runs == k].tolist()):
                    if not bad and contents.digest(rows[time]) != digests[time]:
                        raise fault('array %s is not what its digests say, at its time %d' % (name, time))
