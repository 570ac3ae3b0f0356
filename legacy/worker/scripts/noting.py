"""What is noted of a script's runs while they go on. Runs on Python 3.6."""
import collections

import numpy as np

from legacy.formats import contents
from legacy.formats.contents import array_of, digest, reduced
from legacy.formats.runkinds import identity
from legacy.formats.unseen import Unseen
from legacy.worker.scripts import keptruns, kinds
from legacy.worker.scripts.keptruns import BUDGET, read_each
from legacy.worker.scripts.watching import BaseSession

SMALL = 16  # elements of a fetch that are kept of every run
MOST_KINDS = 1000


class Observer(object):
    """Notes the runs that `watching.Watching` hands over.

    lines: lines.Lines of the script. like, budget, brief: see `keptruns.KeptRuns`. nudge: number of a random generator
    that moves every variable, after each run that writes it, by up to one unit in the last place and by what rounding
    in such a run did to it, or None. floors: [(run, graph, {variable: noise floor})] of runs that were made again, in
    order, for the latter.

    runs: number of the kind of each run. raised: whether each did. kinds: [Kind]. places: of each kind the line that
    first asked for it. times: of each kind [(digests of feeds, digests of fetches, or None where it raised)].
    small: {(kind, fetch): {time: array}}. initial: {(graph, variable): Sampled}. kept: a keptruns.KeptRuns.
    """

    def __init__(self, lines, like=None, budget=BUDGET, nudge=None, floors=(), brief=False):
        self.runs, self.raised, self.kinds, self.times = [], [], [], []
        self.small, self.initial = {}, collections.OrderedDict()
        self.graphs, self.places, self.facts = [], [], Unseen()
        self._lines = lines
        self.like = like
        self.kept = keptruns.KeptRuns(self, like, budget, brief)
        self._random = None if nudge is None else np.random.RandomState(nudge)
        self._floors, self._sizes = list(floors), {}
        self._numbers, self._unknown = {}, set()

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
        chosen = self.kept.begin(session, number, run, feeds) if self.kept.wants(number) else None
        self.runs.append(number)
        self.raised.append(True)  # until it has not
        digests = [digest(feeds[tensor]) for tensor in sorted(feeds, key=lambda tensor: tensor.name)]
        try:
            values, drawn = make(kind.sources if chosen else ())
        except BaseException:
            self.times[number].append((digests, None))
            raise
        self.raised[run] = False
        given = {tensor.name: value for tensor, value in zip(fetches, values)}
        in_order = [given[name] for name in kind.fetches]
        for k, value in enumerate(in_order):
            self._note_small(number, k, value)
        self.times[number].append((digests, [digest(value) for value in in_order]))
        if chosen:
            self.kept.end(session, chosen, in_order, drawn)
        self._note_initial(session, kind)
        if self._random is not None:
            self._move(session, kind)
        return values

    def _kind(self, graph, targets, fetches, feeds):
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
        return self._numbers[key]

    def _note_small(self, number, k, value):
        value = array_of(value)
        if value.dtype.kind == 'f' and value.size <= SMALL:
            self.small.setdefault((number, k), {})[len(self.times[number])] = value.copy()

    def _note_initial(self, session, kind):
        """The value of every variable when it first has one."""
        graph = self.graphs.index(kind.graph)
        new = {name: variable for name, variable in kind.written.items() if (graph, name) not in self.initial}
        for name, value in read_each(session, new).items():
            if contents.label(value):
                self.initial[graph, name] = reduced(value)
            elif (graph, name) not in self._unknown:
                self._unknown.add((graph, name))
                self.unseen('unsupported-dtype', detail='the variable ' + name)

    def _move(self, session, kind):
        """Move what the run has written, in one run, or as many as there are variables with one initial tensor."""
        while self._floors and self._floors[0][0] < len(self.runs):
            _, graph, floors = self._floors.pop(0)
            self._sizes.update(((graph, name), floor) for name, floor in floors.items())
        pending, graph = [], self.graphs.index(kind.graph)
        for name, value in read_each(session, kind.written).items():
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
