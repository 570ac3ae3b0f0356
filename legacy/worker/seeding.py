"""Who answers a random op that asks for its seed: TensorFlow, the article's recorded seeds, or those of a recording.

TensorFlow 1.15 takes an op seed from the number of nodes that the graph has so far. No other release has 1.15's nodes,
so its seeds are given back from a record, and only where the same is asked as was recorded. Runs on Python 3.6.
"""
from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

from legacy import shim
from legacy.formats import opseeds, recording, scriptrecording
from legacy.formats.archive import RecordingError
from legacy.formats.errors import NotComparable
from legacy.formats.places import PathLike
from legacy.formats.recording import Recording
from legacy.formats.values import Shape
from legacy.worker import port
from legacy.worker.tfobjects import Graph

PROFILES = ('1.15', 'native')
RECORDED = 'recorded'  # what a recording's settings say of seeds that came out of another recording
REMEDY = ('1.15 counts nodes, so ask it: `record --release 1.15.5 --out changed.npz`, then '
          "`run --op-seeds changed.npz`; or take this release's own, --op-seeds native")

# variable: that is drawn, if one is.
RecordedCall = NamedTuple('RecordedCall', [('op_type', Optional[str]), ('op_seed', int), ('variable', Optional[str])])
# Op seeds of a recording, to be given back. source: its file, or what it is called. variables: name and shape of those
# of the graph that they are for.
GivenSeeds = NamedTuple('GivenSeeds', [('source', str), ('calls', Tuple[RecordedCall, ...]),
                                       ('variables', Tuple[Tuple[str, Shape], ...])])
OpSeeds = Union[str, GivenSeeds]  # one of PROFILES, or those of a recording


class SeedsUnknown(NotComparable):
    """The op seeds asked for are not those of this graph. The message is one line, and says what to do."""


class Native(object):
    """TensorFlow's own answer."""

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def op_seed(self, graph: Graph, k: int, own: Optional[int]) -> Optional[int]:
        """The op seed of call number `k` (from 0) in `graph`, where `own` is what this TensorFlow derives."""
        return own


class Articles(object):
    """The seeds that were recorded for the article's 16 random ops.

    trusted: whether the caller knows that the graph is the article's. Otherwise the nodes so far must be those that
    the article's port makes here before the same call: then 1.15 has as many nodes by then as were recorded, too.
    """

    def __init__(self, trusted: bool) -> None:
        self.profile = '1.15'
        self._trusted = trusted
        self._recorded = next(family['op_seeds'] for family in opseeds.families() if family['name'] == '1.15')
        self._nodes: Optional[List[Tuple[str, str]]] = None
        self._asking = False

    def op_seed(self, graph: Graph, k: int, own: Optional[int]) -> Optional[int]:
        """As of Native. Raises SeedsUnknown where the call is not the article's."""
        if self._asking:
            return own
        if k >= len(self._recorded):
            raise SeedsUnknown("no op seed of TensorFlow 1.15 is recorded for random op number %d of a graph; the "
                               "article's has %d. %s" % (k + 1, len(self._recorded), REMEDY))
        if not self._trusted:
            self._compare(graph, k)
        op_seed: Optional[int] = self._recorded[k]
        return op_seed

    def _compare(self, graph: Graph, k: int) -> None:
        if self._nodes is None:
            self._asking = True
            try:
                self._nodes = port.nodes()
            finally:
                self._asking = False
        random_ops = [number for number, (op_type, _) in enumerate(self._nodes) if op_type == 'RandomStandardNormal']
        expected = self._nodes[:random_ops[k]]
        obtained = [(op.type, op.name) for op in graph.get_operations()]
        if obtained == expected:
            return
        number = next((number for number, pair in enumerate(zip(expected, obtained)) if pair[0] != pair[1]),
                      min(len(expected), len(obtained)))
        theirs, ours = (found[number][1] if number < len(found) else 'none' for found in (expected, obtained))
        raise SeedsUnknown(
            "op seeds of TensorFlow 1.15 are recorded for the article's graph only, and this is another: before random "
            "op number %d, node %d is %s, the article's is %s. %s" % (k + 1, number + 1, ours, theirs, REMEDY))


class Given(object):
    """The seeds of a recording, in its order."""

    def __init__(self, given: GivenSeeds) -> None:
        self.profile = RECORDED
        self._given = given

    def op_seed(self, graph: Graph, k: int, own: Optional[int]) -> Optional[int]:
        """As of Native. Raises SeedsUnknown where the recording has no such call; `check` does the rest."""
        if k >= len(self._given.calls):
            raise SeedsUnknown(_of_another(self._given, k, 'is not in it'))
        return self._given.calls[k].op_seed


Answering = Union[Native, Articles, Given]  # what answers a random op that asks for its seed


def check(given: GivenSeeds, calls: Sequence[Tuple[Optional[str], Optional[str]]],
          variables: Sequence[Tuple[str, Shape]]) -> None:
    """Raise SeedsUnknown unless a graph asked what the recording's asked, call for call.

    calls: [(op type, variable that is drawn), ...]. variables: [(name, shape), ...], all of the graph.
    """
    for k in range(max(len(calls), len(given.calls))):
        ours = calls[k] if k < len(calls) else None
        theirs = (given.calls[k].op_type, given.calls[k].variable) if k < len(given.calls) else None
        if ours != theirs:
            raise SeedsUnknown(_of_another(given, k, 'is %s here, %s there' % tuple(
                '%s for %s' % call if call else 'not' for call in (ours, theirs))))
    if tuple(variables) != given.variables:
        pairs = ('here %s, there %s' % pair for pair in zip(variables, given.variables) if pair[0] != pair[1])
        other = next(pairs, 'here %d variables, there %d' % (len(variables), len(given.variables)))
        raise SeedsUnknown('%s: op seeds of another graph: %s' % (given.source, other))


def _of_another(given: GivenSeeds, k: int, what: str) -> str:
    return '%s: op seeds of another graph: random op number %d %s' % (given.source, k + 1, what)


# ---- which

def answering(op_seeds: OpSeeds, trusted: bool) -> Answering:
    """What answers. op_seeds: one of PROFILES, or GivenSeeds. TensorFlow 1.15 has no need to be told its own rule."""
    if isinstance(op_seeds, GivenSeeds):
        return Given(op_seeds)
    return Articles(trusted) if op_seeds == '1.15' and not shim.derives_op_seeds_as_1_15() else Native(op_seeds)


def asked(op_seeds: str) -> OpSeeds:
    """One of PROFILES as it is; the GivenSeeds of the recording of which this is the file. Raises RecordingError."""
    if op_seeds in PROFILES:
        return op_seeds
    if scriptrecording.is_one(op_seeds):
        raise RecordingError('%s: a recording of a script: name the script, too' % op_seeds)
    return _given(recording.load(op_seeds), op_seeds)


def of_recording(recorded: Recording, source: PathLike = 'the recording') -> OpSeeds:
    """What makes the random ops of an Experiment start as those of a recording did: GivenSeeds where its graph was
    another than the article's, so that no other release knows them."""
    profile = recorded.settings['op_seeds']
    calls = [call['op_seed'] for call in recorded.header['seeded_calls']]
    return profile if profile == 'native' or opseeds.family_of(calls) == '1.15' else _given(recorded, source)


def _given(recorded: Recording, source: PathLike) -> GivenSeeds:
    calls = tuple(RecordedCall(call['op_type'], call['op_seed'], call['variable'])
                  for call in recorded.header['seeded_calls'])
    return GivenSeeds(str(source), calls, tuple((variable['name'], tuple(variable['shape']))
                                           for variable in recorded.variables))
