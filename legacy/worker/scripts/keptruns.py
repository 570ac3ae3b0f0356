"""Which runs of a script are kept so that they can be made again, and what is kept of them. Runs on Python 3.6."""
import collections
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set

from legacy.formats import contents, stored
from legacy.formats.contents import array_of, reduced
from legacy.formats.values import Array
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.sessionvalues import read
from legacy.worker.tfobjects import Session, Tensor

if TYPE_CHECKING:
    from legacy.worker.scripts.matching import Like
    from legacy.worker.scripts.observer import Observer

FIRST = 3  # runs of a kind that trains that are always kept
MOST_LATER, MOST_EVALUATING = 253, 7  # runs beside the first, of a kind that trains, and of one that evaluates
BUDGET = 64 << 20  # bytes
CHEAP = 1 << 20  # bytes: of a kind that reads so little, every run is kept until the next one is; of more than
LATE = 256  # runs every second, of twice as many every third, and so on

Kept = Dict[str, Any]  # {name: an array, a stored.Stored or a contents.Sampled}


class Chosen(object):
    """A run that can be made again. run, time: its number, among all and among those of its kind. kind: number of its
    kind. before: {variable: array}. feeds, sources: {tensor name: array}, each an array, a stored.Stored or, where
    nothing is made again from it, a Sampled. fetched, after: {name: Sampled}, after of variables that it writes; arrays
    until the run is reduced. places: {variable: int64 array}, the elements that samples of it are of, where these are
    not the default ones. size: bytes of before and feeds. found: before, all of it, while the run is being made."""

    def __init__(self, run: int, time: int, kind: int, before: Kept, feeds: Kept) -> None:
        self.run, self.time, self.kind, self.before, self.feeds = run, time, kind, before, feeds
        self.sources: Kept = {}
        self.fetched: Kept = {}
        self.after: Kept = {}
        self.places: Dict[str, Array] = {}
        self.found: Optional[Dict[str, Array]] = before
        self.is_settled = self.is_reduced = False
        self.size: int = sum(array.nbytes for group in (before, feeds) for array in group.values())

    def is_small(self) -> bool:
        """Whether what the run gave may stay in memory as it is: to reduce it takes longer than a small run."""
        return all(array.nbytes <= stored.SMALL for group in (self.fetched, self.after) for array in group.values())


class KeptRuns(object):
    """Chooses runs, and holds them.

    observer: the observer.Observer, whose `kinds` and `times` are asked. like: a matching.Like, that says which runs to
    choose, or None to choose them here: of a kind that trains the first three, of one that evaluates the first, of
    either the last, where its variables are small, and between these as many as `budget` bytes of variables allow, at
    equal distances. brief: whether only samples are kept, since nothing is made again.

    As long as nothing trains, as many are kept of a kind that evaluates.

    What is large of a run is put into scratch, a stored.Scratch, once it is to stay. stepless: {number of a kind: why
    no run of it can be kept}.
    """

    def __init__(self, observer: 'Observer', like: 'Optional[Like]' = None, budget: int = BUDGET,
                 brief: bool = False) -> None:
        self.stepless: Dict[int, str] = {}
        self.scratch = stored.Scratch()
        self._observer, self._like, self._budget, self._brief = observer, like, budget, brief
        self._strides: Dict[int, int] = {}
        self._cheap: Dict[int, bool] = {}
        self._of: Dict[int, List[Chosen]] = collections.defaultdict(list)  # of each kind, in order
        self._size = 0
        self._readable: Set[int] = set()

    @property
    def chosen(self) -> List[Chosen]:
        """All that are kept, in the order of their runs."""
        return sorted((item for found in self._of.values() for item in found), key=lambda item: item.run)

    def wants(self, number: int) -> bool:
        """Whether the run of this kind that comes now is to be kept."""
        kind, time = self._observer.kinds[number], len(self._observer.times[number])
        if self._like is not None:
            return self._like.step(number, time) is not None
        if kind.obstacle:
            self.stepless[number] = kind.obstacle
            return False
        if not kind.trains and not evaluates(kind):
            return False
        if self._is_due(number, time) or self._cheap.get(number, False) and time % (1 + time // LATE) == 0:
            return self._all_readable(number, kind)
        return False

    def _is_due(self, number: int, time: int) -> bool:
        first = FIRST if self._observer.kinds[number].trains else 1
        return time < first or time % self._strides.get(number, 1) == 0

    def _all_readable(self, number: int, kind: Kind) -> bool:
        if number in self._readable:
            return True
        unreadable = [name for name, variable in kind.variables.items() if kinds.reading(variable) is None]
        if unreadable and number not in self.stepless:
            self._observer.unseen('unreadable-variable', detail=unreadable[0])
            self.stepless[number] = 'the variable %s cannot be read' % unreadable[0]
        if not unreadable:
            self._readable.add(number)
        return not unreadable

    def begin(self, session: Session, number: int, run: int, feeds: Mapping[Tensor, Any]) -> Optional[Chosen]:
        """A Chosen of the run that comes now, or None where it cannot be kept."""
        before = read(session, self._observer.kinds[number].variables)
        if before is None:  # not all of its variables have a value yet
            self.stepless.setdefault(number, 'its variables have no values before it')
            return None
        given = {tensor.name: array_of(value) for tensor, value in feeds.items()}
        unknown = [name for name, value in given.items() if not contents.label(value)]
        if unknown:
            self._observer.unseen('unsupported-dtype', detail=unknown[0])
            self.stepless[number] = 'what %s is fed cannot be recorded' % unknown[0]
            return None
        chosen = Chosen(run, len(self._observer.times[number]), number, before,
                        {name: value.copy() for name, value in given.items()})
        if self._like is None:
            self._cheap[number] = chosen.size <= CHEAP
        return chosen

    def end(self, session: Session, chosen: Chosen, values: Sequence[Any], drawn: Sequence[Any]) -> None:
        """The run has been made. values: of its kind's fetches. drawn: of its sources."""
        kind = self._observer.kinds[chosen.kind]
        self.stepless.pop(chosen.kind, None)
        chosen.found = None
        chosen.sources = {tensor.name: array_of(value).copy() for tensor, value in zip(kind.sources, drawn)}
        chosen.fetched = {name: array_of(value).copy() for name, value in zip(kind.fetches, values)
                          if contents.label(array_of(value))}
        chosen.after = read(session, kind.written) or {}
        self._of[chosen.kind].append(chosen)
        self._size += chosen.size
        if self._like is not None:
            self._settle(chosen)
            return
        if self._is_due(chosen.kind, chosen.time):  # else it is let go with the next, as a rule
            self._settle(chosen)
        self._thin(chosen)

    def end_all(self) -> None:
        """The script has ended."""
        for chosen in self.chosen:
            self._settle(chosen)
            self._reduce(chosen)

    def _settle(self, chosen: Chosen) -> None:
        """The run stays: what is large of it leaves memory."""
        if not chosen.is_settled:
            chosen.is_settled = True
            if not chosen.is_small():
                self._reduce(chosen)
            chosen.before, chosen.feeds, chosen.sources = (
                {name: self._kept(array) for name, array in group.items()}
                for group in (chosen.before, chosen.feeds, chosen.sources))

    def _kept(self, array: Array) -> Any:
        """An array for making the run again, out of memory where it is large."""
        if not self._brief:
            return self.scratch.keep(array)
        return array if array.nbytes <= stored.SMALL else reduced(array)

    def _reduce(self, chosen: Chosen) -> None:
        """Keep of what a run gave what a recording has of it."""
        if not chosen.is_reduced:
            chosen.is_reduced = True
            chosen.places = self._places(chosen, chosen.after)
            chosen.fetched = {name: reduced(value) for name, value in chosen.fetched.items()}
            chosen.after = {name: reduced(value, chosen.places.get(name)) for name, value in chosen.after.items()}

    def _places(self, chosen: Chosen, after: Mapping[str, Any]) -> Dict[str, Array]:
        """The recorded ones where runs are chosen as in a recording, else those that the run changes."""
        if self._like is not None:
            return self._like.places(chosen.kind, chosen.time)
        if self._brief:  # nobody compares samples with those of a run that has chosen by itself
            return {}
        found = {name: contents.changed_places(stored.read(chosen.before[name]), value)
                 for name, value in after.items() if name in chosen.before}
        return {name: places for name, places in found.items() if places is not None}

    def _thin(self, newest: Chosen) -> None:
        """Let go of the run before the newest of its kind if that was kept for being the last; and of others until
        they are few enough, and fit the budget."""
        number = newest.kind
        self._let_go(number, [chosen for chosen in self._of[number][-2:-1] if not self._is_due(number, chosen.time)])
        trains = self._observer.kinds[number].trains
        first, most = (FIRST, MOST_LATER) if trains else (1, MOST_EVALUATING)
        while True:
            mine = self._of[number]
            later = len(mine) - sum(chosen.time < first for chosen in mine[:first])
            is_few = later <= most or later <= MOST_LATER and not any(kind.trains for kind in self._observer.kinds)
            if is_few and (self._size <= self._budget or not later):
                return
            self._strides[number] = 2 * self._strides.get(number, 1)
            dropped = [chosen for chosen in mine if chosen.time >= first and chosen is not newest
                       and not self._is_due(number, chosen.time)]
            self._let_go(number, dropped or mine[-1:])

    def _let_go(self, number: int, dropped: Sequence[Chosen]) -> None:
        if not dropped:
            return
        gone = set(dropped)
        self._of[number] = [chosen for chosen in self._of[number] if chosen not in gone]
        for chosen in dropped:
            self._size -= chosen.size
            for group in (chosen.before, chosen.feeds, chosen.sources):
                for array in group.values():
                    self.scratch.let_go(array)


def decisive(all_kinds: Iterable[Kind]) -> Set[Kind]:
    """{Kind} of those by which a TensorFlow is judged: those that train; where none does, as in a model that is
    served, those that evaluate."""
    return {kind for kind in all_kinds if kind.trains} or {kind for kind in all_kinds if evaluates(kind)}


def evaluates(kind: Kind) -> bool:
    """Whether a kind computes floats from something, and writes no variable."""
    return not kind.written and any(
        op.inputs and any(tensor.dtype.is_floating or tensor.dtype.is_complex for tensor in op.outputs)
        and op.type not in ('Identity', 'ReadVariableOp') for op in kind.ops)
