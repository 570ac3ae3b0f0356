"""What is noted of a script's runs while they go on. Runs on Python 3.6."""
import collections
import functools
import itertools
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from legacy.formats import contents
from legacy.formats.contents import Sampled, array_of, digest, reduced
from legacy.formats.runkinds import Identity, identity
from legacy.formats.unseen import Unseen
from legacy.formats.values import Array
from legacy.worker.scripts import keptruns, kinds
from legacy.worker.scripts.currentrun import CurrentRun, Digests, threads_work
from legacy.worker.scripts.keptruns import BUDGET, Chosen
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.lines import Lines
from legacy.worker.scripts.matching import Like
from legacy.worker.scripts.sessionvalues import read_each, write
from legacy.worker.scripts.variablenoise import Nudger
from legacy.worker.tfobjects import Graph, Operation, Session, Tensor

SMALL = 16  # elements of a fetch that are kept of every run
MOST_KINDS = 1000
MOST_ASKED = 10000  # of which is remembered which kinds they are; arrays of which measures are remembered

Values = Tuple[List[Any], Optional[List[Any]]]  # of the fetches of a run; of what was fetched beside them, or None
Make = Callable[..., Values]  # see `sessionhook.Watching`


class Observer(object):
    """Notes the runs that `sessionhook.Watching` hands over.

    lines: lines.Lines of the script. like, budget, brief: see `keptruns.KeptRuns`; with brief nothing is measured of
    what is fed, either. nudger: variablenoise.Nudger of what runs have written, or None. leave: [Identity] of kinds
    that are only made as the script asks for them, since a run of theirs failed with more. keeps: whether runs are kept
    to be made again.

    runs: number of the kind of each run. raised: whether each did. threads: in which thread each was made, see
    `sessionhook`. kinds: [Kind]. places: of each kind the line that first asked for it. times: of each kind the
    currentrun.Digests of each run. measures: {kind: [contents.measures of each feed, each time]}.
    small: {(kind, fetch): {time: array}}. initial: {(graph,
    variable): Sampled}. kept: a keptruns.KeptRuns. failed: [Identity] of kinds of which a run failed with more.
    """

    def __init__(self, lines: Lines, like: Optional[Like] = None, budget: int = BUDGET,
                 nudger: Optional[Nudger] = None, brief: bool = False, leave: Iterable[Sequence[Any]] = (),
                 keeps: bool = True) -> None:
        self.runs: List[int] = []
        self.raised: List[bool] = []
        self.threads: List[int] = []
        self.kinds: List[Kind] = []
        self.times: List[List[Digests]] = []
        self.small: Dict[Tuple[int, int], Dict[int, Array]] = {}
        self.initial: Dict[Tuple[int, str], Sampled] = collections.OrderedDict()
        self.measures: Dict[int, List[List[Array]]] = collections.defaultdict(list)
        self.graphs: List[Graph] = []
        self.places: List[str] = []
        self.facts = Unseen()
        self._lines, self._keeps = lines, keeps
        self.like = like
        self.kept, self._brief = keptruns.KeptRuns(self, like, budget, brief), brief
        self._nudger, self._leave = nudger, {identity(*names) for names in leave}
        self._numbers: Dict[Identity, int] = {}
        self._unknown: Set[Tuple[int, str]] = set()
        self._now: List[CurrentRun] = []
        self._alone: Set[int] = set()
        self.failed: List[Identity] = []
        self._asked: Dict[Tuple[int, ...], _Asked] = {}
        self._measures: Dict[int, Array] = {}
        self._settled: Set[Kind] = set()

    def unseen(self, code: str, place: Optional[str] = None, detail: object = '', count: int = 1) -> None:
        """Add a fact on what is not seen (see `formats.unseen`). place: by default the script's line that runs now."""
        self.facts.add(code, self._lines.here() if place is None else place, detail, count)

    # ---- one run

    def run(self, session: Session, targets: Sequence[Operation], fetches: Sequence[Tensor],
            feeds: Mapping[Tensor, Any], make: Make, thread: int = 0) -> List[Any]:
        """See `sessionhook.Watching`."""
        asked = self._asked_for(session.graph, targets, fetches, feeds)
        if asked is None:
            return make()[0]
        number = asked.kind
        run = CurrentRun(number, self.kinds[number], len(self.runs), len(self.times[number]))
        fed = [feeds[tensor] for tensor in asked.feeds]
        digests = Digests([digest(value) for value in fed])
        if fed and threads_work():
            self.unseen('script-threads', '')
        if not self._brief:
            self.measures[number].append([self._measured(value, found) for value, found in zip(fed, digests.fed)])
        if self._keeps and number not in self._alone and self.kept.wants(number):
            run.chosen = self.kept.begin(session, number, run.number, feeds)
        self.runs.append(number)
        self.threads.append(thread)
        self.raised.append(True)  # until it has not
        self.times[number].append(digests)
        values, drawn = self._made(session, run, make)
        self.raised[run.number] = False
        in_order = [values[place] for place in asked.places]
        for k, value in enumerate(in_order):
            self._note_small(run, k, value)
        digests.fetched = [digest(value) for value in in_order]
        if run.chosen and drawn is not None:
            self._keep(session, run, run.chosen, in_order, drawn)
        self._note_initial(session, run.kind)
        if self._nudger is not None and self._nudger.is_due(run.time) and not run.met:
            self._move(session, run, self._nudger)
        return values

    def _made(self, session: Session, run: CurrentRun, make: Make) -> Values:
        """What `make` returns. Other threads may make runs meanwhile: both know of it where one writes what the other
        reads or writes."""
        for other in self._now:
            if other.meets(run):
                other.met = run.met = True
        self._now.append(run)
        try:
            if not run.chosen:
                return make()
            values, drawn = make(run.kind.sources, functools.partial(self._set_back, session, run))
        finally:
            self._now.remove(run)
        if drawn is None:
            self.failed.append(identity(self.graphs.index(run.kind.graph), run.kind.targets, run.kind.fetches,
                                        run.kind.feeds))
            self._let_alone(run.kind_number)
        return values, drawn

    def _set_back(self, session: Session, run: CurrentRun) -> None:
        """Give the variables the values that they had before a run. Raises where that cannot be had."""
        found = None if run.chosen is None else run.chosen.found
        if found is None:
            raise ValueError('what was there before the run is not kept')
        before = {name: found[name] for name in run.kind.written}
        write(session, run.kind.written, before)

    def _let_alone(self, number: int) -> None:
        """What is added to runs of this kind breaks them: nothing is any more."""
        self._alone.add(number)
        self.kept.stepless[number] = 'a run fails where what its sources give is fetched, too'
        self.unseen('not-replayed', self.places[number], self.kept.stepless[number])

    def _keep(self, session: Session, run: CurrentRun, chosen: Chosen, values: Sequence[Any],
              drawn: Sequence[Any]) -> None:
        if run.met:
            self.unseen('not-replayed', detail='a run of another thread writes meanwhile what it reads')
            self.kept.stepless.setdefault(run.kind_number, 'runs of other threads write meanwhile what it reads')
        else:
            self.kept.end(session, chosen, values, drawn)

    def _asked_for(self, graph: Graph, targets: Sequence[Operation], fetches: Sequence[Tensor],
                   feeds: Mapping[Tensor, Any]) -> 'Optional[_Asked]':
        """The _Asked of a run; None where there are too many kinds. It is worked out once for the same objects: to sort
        names takes longer than a small run."""
        key = tuple(id(item) for item in itertools.chain([graph], targets, [None], fetches, [None], feeds))
        found = self._asked.get(key)
        if found is None:
            number = self._kind(graph, targets, fetches, feeds)
            if number is None:
                return None
            places = {tensor.name: place for place, tensor in enumerate(fetches)}
            found = _Asked(number, sorted(feeds, key=lambda tensor: tensor.name),
                           [places[name] for name in self.kinds[number].fetches], (graph, targets, fetches))
            if len(self._asked) < MOST_ASKED:
                self._asked[key] = found
        return found

    def _kind(self, graph: Graph, targets: Sequence[Operation], fetches: Sequence[Tensor],
              feeds: Mapping[Tensor, Any]) -> Optional[int]:
        if graph not in self.graphs:
            self.graphs.append(graph)
        key = identity(self.graphs.index(graph), [op.name for op in targets], [tensor.name for tensor in fetches],
                       [tensor.name for tensor in feeds])
        if key not in self._numbers:
            if len(self.kinds) == MOST_KINDS:
                self.unseen('too-many-kinds')
                return None
            self._numbers[key] = len(self.kinds)
            self.kinds.append(kinds.Kind(graph, targets, fetches, set(feeds)))
            self.places.append(self._lines.here())
            if self.like:
                self.like.match(len(self.kinds) - 1, key, self.kinds[-1], self.places[-1])
            self.times.append([])
            if key in self._leave:
                self._let_alone(self._numbers[key])
        return self._numbers[key]

    def _measured(self, value: Any, found: int) -> Array:
        """The contents.measures of what is fed. found: its digest. A script feeds the same batches again and again."""
        known = self._measures.get(found)
        if known is None:
            known = contents.measures(value)
            if len(self._measures) < MOST_ASKED:
                self._measures[found] = known
        return known

    def _note_small(self, run: CurrentRun, k: int, value: Any) -> None:
        value = array_of(value)
        if value.dtype.kind == 'f' and value.size <= SMALL:
            self.small.setdefault((run.kind_number, k), {})[run.time] = value.copy()

    def _note_initial(self, session: Session, kind: Kind) -> None:
        """The value of every variable when it first has one."""
        if kind in self._settled:
            return
        graph = self.graphs.index(kind.graph)
        new = {name: variable for name, variable in kind.written.items() if (graph, name) not in self.initial}
        for name, value in read_each(session, new).items():
            if contents.label(value):
                self.initial[graph, name] = reduced(value)
            elif (graph, name) not in self._unknown:
                self._unknown.add((graph, name))
                self.unseen('unsupported-dtype', detail='the variable ' + name)
        if all((graph, name) in self.initial for name in kind.written):
            self._settled.add(kind)

    def _move(self, session: Session, run: CurrentRun, nudger: Nudger) -> None:
        """Move what the run has written, where it can be."""
        try:
            moved = nudger.moved(self.graphs.index(run.kind.graph), run.number, run.time,
                                 read_each(session, run.kind.written))
            write(session, run.kind.written, moved)
        except Exception as error:
            self.unseen('watching-failed', detail='noise: %s: %s' % (type(error).__name__, error))


# What a run is asked for. kind: number of its kind. feeds: [tf.Tensor], in the order of their names. places: where,
# among what it returns, each of the kind's fetches is. kept: objects whose ids stand for it, and are nobody else's
# meanwhile.
_Asked = NamedTuple('_Asked', [('kind', int), ('feeds', List[Tensor]), ('places', List[int]), ('kept', Any)])
