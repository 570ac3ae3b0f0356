"""What is noted of a script's runs while they go on. Runs on Python 3.6."""
import collections

import numpy as np

from legacy.formats import stored
from legacy.formats.scriptrecording import digest, reduced
from legacy.formats.unseen import Unseen
from legacy.shim import tf
from legacy.worker.scripts import kinds
from legacy.worker.scripts.watching import BaseSession

SMALL = 16  # elements of a fetch that are kept of every run
MOST_KINDS = 1000
FIRST, MOST_LATER = 3, 8  # chosen runs of one kind that trains: the first, and that many of the others
BUDGET = 64 << 20  # bytes
NOT_READ = (tf.errors.FailedPreconditionError, tf.errors.NotFoundError)


class Chosen(object):
    """A run that can be made again. run, time: its number, among all and among those of its kind. kind: number of its
    kind. before: {variable: array}. feeds, sources: {tensor name: array}, each an array, a stored.Stored or, where a
    baseline's is taken in its place, a Sampled. fetched, after: {name: Sampled}, after of variables that it writes.
    size: bytes of before and feeds."""

    def __init__(self, run, time, kind, before, feeds):
        self.run, self.time, self.kind, self.before, self.feeds = run, time, kind, before, feeds
        self.sources, self.fetched, self.after = {}, {}, {}
        self.size = sum(array.nbytes for group in (before, feeds) for array in group.values())


class Observer(object):
    """Notes the runs that `watching.Watching` hands over.

    lines: lines.Lines of the script. like: an alike.Like, that says which runs to choose, or None to choose some of
    each kind that trains: the first three, and of later ones so many that their variables take `budget` bytes at most;
    and the first of each kind that evaluates. nudge: number of a random generator that moves every variable, after each
    run that writes it, by up to one unit in the last place and by what rounding in such a run did to it, or None.
    floors: [(run, graph, {variable: noise floor})] of runs that were made again, in order, for the latter.

    runs: number of the kind of each run. kinds: [Kind]. places: of each kind the line that first asked for it. times:
    of each kind [(digests of feeds, digests of fetches)].
    small: {(kind, fetch): [array]}. initial: {(graph, variable): Sampled}. chosen: [Chosen], of which whatever is large
    is in scratch, a stored.Scratch.
    """

    def __init__(self, lines, like=None, budget=BUDGET, nudge=None, floors=()):
        self.runs, self.kinds, self.times, self.chosen = [], [], [], []
        self.small, self.initial = {}, collections.OrderedDict()
        self.graphs, self.places, self.facts = [], [], Unseen()
        self._lines = lines
        self.like, self.scratch = like, stored.Scratch()
        self._budget = budget
        self._random = None if nudge is None else np.random.RandomState(nudge)
        self._floors, self._sizes = list(floors), {}
        self._numbers = {}
        self._strides = {}

    def unseen(self, code, place=None, detail='', count=1):
        """Add a fact on what is not seen (see `formats.unseen`). place: by default the script's line that runs now."""
        self.facts.add(code, self._lines.here() if place is None else place, detail, count)

    # ---- one run

    def run(self, session, targets, fetches, feeds, make):
        """See `watching.Watching`."""
        number = self._kind(session.graph, targets, fetches, feeds)
        if number is None:
            return make()[0]
        kind, run = self.kinds[number], len(self.runs)
        chosen = self._begin(session, number, run, feeds) if self._chooses(number) else None
        self.runs.append(number)
        digests = [digest(feeds[tensor]) for tensor in sorted(feeds, key=lambda tensor: tensor.name)]
        try:
            values, drawn = make(kind.sources if chosen else ())
        except BaseException:
            self.times[number].append((digests, None))
            raise
        self.times[number].append((digests, [digest(value) for value in values]))
        for k, value in enumerate(values):
            self._note_small(number, k, value)
        if chosen:
            self._end(session, chosen, values, drawn)
        self._note_initial(session, kind)
        if self._random is not None:
            self._move(session, kind)
        return values

    def _kind(self, graph, targets, fetches, feeds):
        if graph not in self.graphs:
            self.graphs.append(graph)
        key = (self.graphs.index(graph), tuple(op.name for op in targets), tuple(tensor.name for tensor in fetches),
               tuple(sorted(tensor.name for tensor in feeds)))
        if key not in self._numbers:
            if len(self.kinds) == MOST_KINDS:
                self.unseen('too-many-kinds')
                return None
            self._numbers[key] = len(self.kinds)
            self.kinds.append(kinds.Kind(graph, targets, fetches, set(feeds)))
            self.places.append(self._lines.here())
            if self.like:
                self.like.match(len(self.kinds) - 1, key[0], self.kinds[-1], self.places[-1])
            self.times.append([])
        return self._numbers[key]

    def _note_small(self, number, k, value):
        value = np.asarray(value)
        if value.dtype.kind == 'f' and value.size <= SMALL:
            self.small.setdefault((number, k), []).append(value)

    def _note_initial(self, session, kind):
        """The value of every variable when it first has one. All are read at once, since in a large graph every run
        with other fetches takes its time; where one has no value yet, each by itself."""
        graph = self.graphs.index(kind.graph)
        new = {name: variable for name, variable in kind.written.items() if (graph, name) not in self.initial}
        values = read(session, new)
        if values is None:
            values = {}
            for name, variable in new.items():
                values.update(read(session, {name: variable}) or {})
        for name in new:
            if name in values:
                self.initial[graph, name] = reduced(values[name])

    def _move(self, session, kind):
        """Move what the run has written, in one run, or as many as there are variables with one initial tensor."""
        while self._floors and self._floors[0][0] < len(self.runs):
            _, graph, floors = self._floors.pop(0)
            self._sizes.update(((graph, name), floor) for name, floor in floors.items())
        pending, graph = [], self.graphs.index(kind.graph)
        for name, value in (read(session, kind.written) or {}).items():
            if value.dtype.kind == 'f' and value.size:
                noise = value * self._random.uniform(-1, 1, value.shape) * np.finfo(value.dtype).eps
                size = self._sizes.get((graph, name), 0.0) / np.sqrt(value.size)
                noise = noise + size * self._random.standard_normal(value.shape)
                assign = kinds.initializer(kind.written[name])
                if assign is not None:
                    pending.append((assign, assign.inputs[1].name, (value + noise).astype(value.dtype)))
        while pending:
            now = collections.OrderedDict((tensor, (assign, moved)) for assign, tensor, moved in reversed(pending))
            BaseSession.run(session, [assign for assign, _ in now.values()],
                            {tensor: moved for tensor, (_, moved) in now.items()})
            done = {assign for assign, _ in now.values()}
            pending = [item for item in pending if item[0] not in done]

    # ---- chosen runs

    def _chooses(self, number):
        kind, times = self.kinds[number], len(self.times[number])
        if self.like is not None:
            return self.like.step(number, times) is not None
        due = (times < FIRST or times % self._strides.get(number, 1) == 0) if kind.trains else (
            times == 0 and not kind.written)
        return (due and not kind.obstacle  # what is asked of each run comes first: the rest walks through the graph
                and all(kinds.reading(variable) is not None for variable in kind.variables.values())
                and (kind.trains or self._computes(kind)))

    def _computes(self, kind):
        """Whether it computes floats from something."""
        return any(op.inputs and any(tensor.dtype.is_floating for tensor in op.outputs)
                   and op.type not in ('Identity', 'ReadVariableOp') for op in kind.ops)

    def _begin(self, session, number, run, feeds):
        before = read(session, self.kinds[number].variables)
        if before is None:
            return None
        given = {tensor.name: np.array(value) for tensor, value in feeds.items()}
        if any(value.dtype.kind not in kinds.NUMBERS for value in given.values()):
            return None
        chosen = Chosen(run, len(self.times[number]), number, before, given)
        chosen.before, chosen.feeds = self._kept(chosen, before), self._kept(chosen, given)
        return chosen

    def _kept(self, chosen, values):
        """{name: array} for making the run again, out of memory where they are large."""
        taken = self.like.given(chosen.kind, chosen.time) if self.like else ()
        return {name: reduced(value) if name in taken else self.scratch.keep(value) for name, value in values.items()}

    def _end(self, session, chosen, values, drawn):
        kind = self.kinds[chosen.kind]
        chosen.fetched = _reduced({name: np.array(value) for name, value in zip(kind.fetches, values)
                                   if np.asarray(value).dtype.kind in kinds.NUMBERS})
        chosen.sources = self._kept(chosen, {tensor.name: np.array(value)
                                             for tensor, value in zip(kind.sources, drawn)})
        chosen.after = _reduced(read(session, kind.written) or {})
        self.chosen.append(chosen)
        if self.like is None:
            self._thin(chosen.kind)

    def _thin(self, number):
        """Let go of chosen runs of a kind until the others are few, and fit the budget."""
        while True:
            mine = [chosen for chosen in self.chosen if chosen.kind == number]
            later = mine[FIRST:]
            size = sum(chosen.size for chosen in self.chosen)
            if len(later) <= MOST_LATER and (size <= self._budget or not later):
                return
            stride = self._strides[number] = 2 * self._strides.get(number, 1)
            of_kind = [run for run, kind in enumerate(self.runs) if kind == number]
            kept = set(of_kind[:FIRST]) | set(of_kind[::stride])
            dropped = [chosen for chosen in later if chosen.run not in kept] or later[-1:]
            self.chosen = [chosen for chosen in self.chosen if chosen not in dropped]
            for group in [group for chosen in dropped for group in (chosen.before, chosen.feeds, chosen.sources)]:
                for array in group.values():
                    self.scratch.let_go(array)


def _reduced(values):
    return {name: reduced(value) for name, value in values.items()}


def read(session, variables):
    """{name: array} of variables, given as {name: op}; None if one of them has no value yet, or cannot be read."""
    wanted = {name: kinds.reading(variable) for name, variable in variables.items()}
    if None in wanted.values():
        return None
    try:
        return BaseSession.run(session, wanted) if wanted else {}
    except NOT_READ:
        return None
