"""The chosen runs of a script made again, one by one, from recorded variables and feeds. Runs on Python 3.6."""
import collections
import threading
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple, TypeVar

import numpy as np

from legacy.formats import contents
from legacy.formats.arraynotes import TensorNote
from legacy.formats.contents import digest
from legacy.formats.errors import one_line
from legacy.formats.progress import Noted
from legacy.formats.values import Array
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.noise import SIZE, Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import Rules
from legacy.worker.scripts import allowances, singleops, spreads
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.otherconstants import OtherConstants
from legacy.worker.scripts.stepgraph import OP, Form, StepGraph
from legacy.worker.scripts.steps import Fault, Given, Inside, Looked, Outcome, Step, outcome

MOST_TENSORS, LARGEST_GROUP = 5000, 1 << 26  # tensors of a step; elements that are fetched at once
SAME_GRAPH = {'again': 'float32', 'own': 'float32'}  # in sessions of their own
OWN = 'own'  # with the constants that the script has here, where others have the recorded ones
SAME_FORM = {'op by op': 'float32'}  # the same ops, but for TensorFlow's optimizer
# So many sessions stay open for the next steps, the last ones, since to open one takes longer than many small runs;
# none whose variables are of more bytes.
MOST_OPEN, LARGEST_OPEN = 24, 4 << 20


def _noise() -> Noise:
    return Noise(seed=1, size=spreads.AMPLIFIED * SIZE)


def _finer_noise() -> Noise:
    return Noise(seed=1, size=SIZE)


# {arithmetic: (that of whose ops it is made, makes the rule set)}
RULES: Dict[str, Tuple[str, Callable[[], Rules]]] = {
    'portable': ('float32', Portable), 'float64': ('float32', Float64), 'noise in float32': ('float32', _noise),
    'noise in float64': ('float64', _noise), 'finer noise in float32': ('float32', _finer_noise),
    'finer noise in float64': ('float64', _finer_noise)}
BASES = ('float32', 'float64')
NOISY = {'noise in ' + name: count for name, count in spreads.REPETITIONS.items()}

Of = TypeVar('Of')  # what is made of a step
Make = Callable[[StepGraph, Step, Given], Of]


class Replayer(object):
    """Makes steps again. Graphs of one kind are cut and rewritten once for each arithmetic.

    unknown: {arithmetic: {op type}} that its rules leave as they are. faults: [(arithmetic, Step, why)] of what could
    not be had. what: an arithmetic, or 'inside'. progress: a progress.Noted of the repetitions.
    """

    def __init__(self, constants: Optional[OtherConstants] = None, progress: Optional[Noted] = None) -> None:
        """constants: the otherconstants.OtherConstants of a check; none of a recording."""
        self.constants, self._progress = constants or OtherConstants(), progress or Noted()
        self._forms: Dict[Tuple[str, Kind], Form] = {}
        self._graphs: Dict[Tuple[str, Kind], StepGraph] = {}
        self._faulty: Dict[Tuple[str, Kind], Exception] = {}
        self.unknown: Dict[str, Set[str]] = {'portable': set(), 'float64': set()}
        # bytes of their variables, in the order of their last runs
        self._open: 'collections.OrderedDict[StepGraph, int]' = collections.OrderedDict()
        self.faults: List[Fault] = []
        self._works: Dict[Kind, int] = {}
        self._lock = threading.Lock()  # is held by who changes any of these

    def expect(self, count: int) -> None:
        """Steps will be made so many times more, as far as is known: see `progress.Noted`."""
        self._progress.expect(count)

    def outcomes(self, steps: Sequence[Step], arithmetic: str) -> List[Optional[Outcome]]:
        """[Outcome or None] of steps. None where it failed."""
        return self._each(arithmetic, steps, outcome)

    def work(self, step: Step) -> int:
        """How much a step of this kind computes, see `StepGraph.work`; where that cannot be had, by its ops and its
        variables."""
        if step.kind not in self._works:
            found = self._each('float32', [step], lambda graph, step, given: graph.work(*given))[0]
            self._progress.expect(1)  # none of those that are counted
            self._works[step.kind] = found or OP * len(step.kind.ops) + sum(
                array.nbytes for array in step.before.values())
        return self._works[step.kind]

    def graph_by(self, kind: Kind, *rules: Rules) -> StepGraph:
        """A StepGraph of a kind in float32, rewritten by these rule sets, one after another. Whoever asks must close
        it. Raises whatever a graph that cannot be written raises."""
        form = self._form('float32', kind)
        for one in rules:
            form = form.rewritten(one)
        return StepGraph(form)

    def looked_at(self, step: Step, arithmetic: str, names: Iterable[str]) -> Optional[Looked]:
        """The Looked of a step, of the tensors those that can be had. None where the step cannot be made."""
        def made(graph: StepGraph, step: Step, given: Given) -> Looked:
            fetched, after = graph.run(*given)
            return Looked(fetched, after, graph.tensors(*given, names=[name for name in names if graph.has(name)]))
        return self._each(arithmetic, [step], made)[0]

    def rounded(self, steps: Sequence[Step]) -> List[Optional[Array]]:
        """[int64 (tensors,) or None] of steps in float32, op by op as the graph has them: digests of the inner tensors
        of their kinds, and of each variable written, afterwards."""
        def made(graph: StepGraph, step: Step, given: Given) -> Array:
            found: List[int] = []
            for names in in_groups(step.kind):
                values = graph.tensors(*given, names=names)
                found += [digest(values[name]) for name in names]
            _, after = graph.run(*given)
            return np.array(found + [digest(after[name]) for name in step.kind.written], '<i8')
        return self._each('op by op', steps, made, optimized=False)

    def _each(self, what: str, steps: Sequence[Step], make: Make[Of], **options: bool) -> List[Optional[Of]]:
        """[make(StepGraph, Step, its arrays) or None] of steps. None where that cannot be had."""
        found = self.each_open(what, steps, make, options)
        self.close_large()
        return found

    def each_open(self, what: str, steps: Sequence[Step], make: 'Callable[[StepGraph, Step, Given], Optional[Of]]',
                  options: Optional[Mapping[str, bool]] = None) -> List[Optional[Of]]:
        """As `_each`, but that sessions stay open: several threads may ask at once, each for another arithmetic."""
        found: List[Optional[Of]] = []
        for step in steps:
            found.append(self._one(what, step, make, options or {}))
            with self._lock:
                self._progress.made(NOISY.get(what, 1))
        return found

    def close(self) -> None:
        """Give back what sessions take; what comes next opens others."""
        while self._open:
            self._open.popitem()[0].close()

    def close_large(self) -> None:
        """Close sessions of large variables, and all but the last MOST_OPEN."""
        for graph in list(self._open):
            if len(self._open) > MOST_OPEN or self._open[graph] > LARGEST_OPEN:
                del self._open[graph]
                graph.close()

    def _one(self, what: str, step: Step, make: 'Callable[[StepGraph, Step, Given], Optional[Of]]',
             options: Mapping[str, bool]) -> Optional[Of]:
        try:
            with self._lock:
                graph = self._opened(what, step, options)
            found = None if graph is None else make(graph, step, step.read())
        except Exception as error:  # an op without such a kernel, a graph that cannot be cut: this step is not compared
            self._note(what, step, error)
            return None
        if graph is None:
            self._note(what, step, self._faulty[self._same(what, step.kind), step.kind])
        return found

    def _note(self, what: str, step: Step, error: Exception) -> None:
        self.faults.append(Fault(what, step, one_line(error)))

    def _opened(self, what: str, step: Step, options: Optional[Mapping[str, bool]] = None) -> Optional[StepGraph]:
        """As `_graph`, of a step that is made now, so that its session is open afterwards."""
        graph = self._graph(what, step.kind, options)
        if graph is not None:
            self._open.pop(graph, None)
            self._open[graph] = sum(array.nbytes for array in step.before.values())
        return graph

    def _graph(self, what: str, kind: Kind, options: Optional[Mapping[str, bool]] = None) -> Optional[StepGraph]:
        """The StepGraph of a kind; None if it could not be had before: it is not tried again. Raises its fault when it
        cannot be had for the first time."""
        same = self._same(what, kind)
        if (same, kind) in self._faulty:
            return None
        if (what, kind) not in self._graphs:
            try:
                self._graphs[what, kind] = graph = StepGraph(self._form(SAME_FORM.get(same, same), kind),
                                                             **dict(options or {}))
            except Exception as error:
                self._faulty[same, kind] = error
                raise
            if what in self.unknown and graph.report is not None:
                self.unknown[what].update(graph.report.unknown)
        return self._graphs[what, kind]

    def _same(self, what: str, kind: Kind) -> str:
        """Which arithmetic has the same ops, though in a session of its own."""
        return what if what == OWN and kind.graph in self.constants.put_in else SAME_GRAPH.get(what, what)

    def _form(self, what: str, kind: Kind) -> Form:
        """The Form of a kind in an arithmetic. Those of which others are made are kept."""
        if (what, kind) in self._forms:
            return self._forms[what, kind]
        if what in ('float32', OWN):
            form = Form.cut_out(kind, self.constants.definition(kind.graph) if what != OWN
                                else kind.graph.as_graph_def())
        else:
            of, rules = RULES[what]
            form = self._form(of, kind).rewritten(rules(), has_objects=what in BASES)
        if what in BASES:
            self._forms[what, kind] = form
        return form

    def inside(self, step: Step, exactly: bool = False) -> Inside:
        """What a step computes on its way: [arraynotes.TensorNote] in portable arithmetic,
        [(tensor name, array)] of its ops, each alone (see `singleops`), and, where `exactly`, what is exact of these
        (see `allowances.exact`). Empty where that cannot be had."""
        names = (step.kind.inner_tensors() + step.kind.later_tensors())[:MOST_TENSORS]
        ops = singleops.ops_of(step.kind)[:MOST_TENSORS]
        try:
            graph = self._opened('portable', step)
            if graph is None:
                return Inside([], [], [])
            found = graph.tensors(*step.read(), names=sorted(set(names).union(singleops.inputs_of(ops))))
            unknown = set(graph.report.unknown) if graph.report is not None else set()
            values = singleops.alive(ops, found)
            return Inside([tensor_note(name, found[name]) for name in names], singleops.answers(ops, values),
                          allowances.exact(ops, values, unknown, found) if exactly else [])
        except Exception as error:
            self._note('inside', step, error)
            return Inside([], [], [])


def in_groups(kind: Kind) -> List[List[str]]:
    """[[tensor name]]: the inner tensors of a kind, in groups that fit into memory."""
    groups: List[List[str]] = []
    size = LARGEST_GROUP + 1
    for name in kind.inner_tensors()[:MOST_TENSORS]:
        count = kind.graph.get_tensor_by_name(name).get_shape().num_elements() or 1
        size += count
        if size > LARGEST_GROUP:
            groups.append([])
            size = count
        groups[-1].append(name)
    return groups


def tensor_note(name: str, array: Array) -> TensorNote:
    """The TensorNote of an inner tensor: norm and projection, on a fixed direction, of what is finite in it, by which
    two can be compared when only this is kept."""
    values: Array = np.asarray(contents.values(contents.as_held(array), contents.label(array)), 'f8').reshape(-1)
    values = np.where(np.isfinite(values), values, 0)
    direction = np.cos(np.arange(values.size) * 0.7 + 0.3)
    return TensorNote(name, digest(array), np.shape(array), float(np.linalg.norm(values)),
                      float(np.dot(values, direction)))
