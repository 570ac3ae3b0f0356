"""Where steps depart from the recorded ones, the cause of it, by experiment: two graphs, on this TensorFlow. Runs on
Python 3.6.

The recorded graph is made again here, from the recorded variables and feeds. Where it gives what was recorded, the
graph is another, and lines are compared (`twographs`); where not, a kernel is, and ops are (`onekernel`).
"""
import functools
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Set, Tuple

from legacy.formats import callers, casedraft, causes, graphtable
from legacy.formats.casedraft import Draft
from legacy.formats.causes import Cause, Found
from legacy.formats.errors import in_one_line, one_line
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, Json, JsonObject
from legacy.worker.scripts import departedsteps, onekernel, opcase, sourcecase, twographs
from legacy.worker.scripts.departedsteps import OF_FORMULAS, Departure
from legacy.worker.scripts.lines import Lines
from legacy.worker.scripts.matching import Like
from legacy.worker.scripts.movedlines import MovedLines
from legacy.worker.scripts.observer import Observer
from legacy.worker.scripts.recordedgraph import NotHere, kind_of
from legacy.worker.scripts.recordedsteps import Made
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.sides import Side
from legacy.worker.scripts.steps import Outcome, Step
from legacy.worker.scripts.twographs import Formula

FEW = 2  # steps of a kind of which it is asked whether formulas explain other bits in portable arithmetic

Case = Tuple[Draft, Dict[str, Array]]  # a draft, and the arrays that belong to it


def found(baseline: Recording, observer: Observer, made: Made, arrays: Mapping[str, Array], replayer: Replayer,
          lines: Lines, case: bool = False) -> Tuple[Found, Dict[str, Array]]:
    """(the causes.Found of the steps that were made again, {name: array} of cases to send, with `case`, else empty).

    baseline: Recording. observer: observer.Observer. made: recordedsteps.Made of the baseline's steps. arrays: of the
    recording that is made, with the graphs' tables. replayer: the replayer.Replayer that made them. lines: lines.Lines
    of the script."""
    search = Search(baseline, observer, made, arrays, replayer, lines)
    departures = departedsteps.first(baseline, made, arrays)
    for kind, departure in sorted(departures.items()):
        search.look(kind, departure)
    departing = departedsteps.other_bits(baseline, made)
    other_bits = sorted(number for numbers in departing.values() for number in numbers[:FEW])
    unexplained = [number for number in other_bits if not search.explains(number)]
    is_pinned = not baseline.header['unknown'].get('portable')
    alike = [] if is_pinned else [number for numbers in departing.values() for number in numbers
                                  if search.is_alike(number)]
    of_formulas = {kind for kind, departure in departures.items() if departure.arithmetics & set(OF_FORMULAS)}
    moves: List[Cause] = []
    for number in other_bits:
        kind = baseline.header['steps'][number]['kind']
        if kind not in of_formulas and (number not in unexplained or not is_pinned and number not in alike):
            moves += search.moves(number)
            of_formulas.add(kind)
    told, moves = ([item._replace(edited=search.edited) for item in items] for items in (search.causes, moves))
    rounding = {label for number in alike for label in search.rounding(number)}
    return (Found(told, search.lacks, unexplained, moves, sorted(alike), sorted(rounding)),
            search.cases() if case else {})


class Search(object):
    """Looks for causes. causes: [causes.Cause], the likeliest of each kind first. lacks: [[what, why]]. edited: lines
    of the script that are not as they were recorded. drafting: for each cause a function that makes the draft of a case
    to send."""

    def __init__(self, baseline: Recording, observer: Observer, made: Made, arrays: Mapping[str, Array],
                 replayer: Replayer, lines: Lines) -> None:
        self._baseline, self._observer, self._arrays, self._here = baseline, observer, arrays, replayer
        self._made, self._steps = made, dict(made.steps)
        self._there, self._same, self._lines = Replayer(), MovedLines(baseline, lines.folder), lines
        like = observer.like or Like()
        self._names = {number: like.names[item.kind] for (number, _), item in zip(made.steps, made.chosen)}
        self._sides: Dict[int, Side] = {}  # of the recorded graph, for kinds of the baseline
        self._givens: Dict[int, Optional[Outcome]] = {}
        self.causes: List[Cause] = []
        self.drafting: List[Callable[[], Case]] = []
        self.lacks: List[Json] = []
        self.edited = self._same.edited

    def look(self, kind: int, departure: Departure) -> None:
        """Look for the cause of the departure of a kind of the baseline."""
        number, step, departing = departure
        place = self._baseline.kinds[kind]['place'] or 'a run'
        try:
            there = self._recorded_side(kind)
        except NotHere as why:
            self.lacks.append(['the recorded graph of %s' % place, str(why)])
            return
        recorded, here = self._step_there(there, number), self._side_here(step)
        names = self._names[number]
        formula: Optional[List[Formula]] = []
        for arithmetic in OF_FORMULAS if departing & set(OF_FORMULAS) else ():
            formula = twographs.formula_causes(there, here, names, (recorded, step), (self._there, self._here),
                                               arithmetic, edited=self._edited_statements())
            if formula is None:
                self.lacks.append(['%s in %s' % (place, arithmetic), self._fault()])
            if formula:
                break
        self.causes += self._placed(number, formula)
        for _, lists in formula or ():
            self.drafting.append(functools.partial(opcase.of_formula, there, here, (recorded, step),
                                                   (self._there, self._here), lists))
        if 'float32' in departing and not formula:
            self._look_for_kernel(kind, number, there)

    def moves(self, number: int) -> List[Cause]:
        """[causes.Cause] of the formulas that give a step other bits in portable arithmetic, which is exact."""
        try:
            there = self._recorded_side(self._baseline.header['steps'][number]['kind'])
        except NotHere:  # said where it was asked whether a formula explains the bits
            return []
        step = self._steps[number]
        found = twographs.formula_causes(there, self._side_here(step), self._names[number],
                                         (self._step_there(there, number), step), (self._there, self._here), 'portable',
                                         exactly=True)
        return self._placed(number, found)

    def _placed(self, number: int, found: Optional[Iterable[Formula]]) -> List[Cause]:
        """The causes of `twographs.formula_causes` with their step, their line as it was recorded and its statement."""
        return [item._replace(step=number, recorded_line=self._same.there(item.line),
                              text=item.text or self._text(item.line)) for item, _ in found or ()]

    def explains(self, number: int) -> bool:
        """Whether the recorded graph gives the recorded bits here, in portable arithmetic, so that another graph is all
        that makes this step another; also where that graph cannot be had."""
        given = self._given(number)
        return given is None or self._has(self._baseline.header['steps'][number], given)

    def is_alike(self, number: int) -> bool:
        """Whether the recorded graph and the one built here give the same bits here, in portable arithmetic, so that no
        formula makes this step another: kernels do, of ops that this arithmetic leaves as they are."""
        given = self._given(number)
        here = next(step for step in self._made.header if step['step'] == number)
        return given is not None and self._has(here, given)

    def rounding(self, number: int) -> Set[str]:
        """As `onekernel.rounding`, of a step in portable arithmetic; empty where nothing was recorded of its ops."""
        recorded, step = self._baseline.tensors(number), self._baseline.header['steps'][number]
        there = self._recorded_side(step['kind'])
        found = self._there.looked_at(self._step_there(there, number), 'portable', [
            tensor.name for tensor in recorded]) if recorded else None
        after = {name: noted.digest for name, noted in step['outcomes']['portable']['after'].items()}
        return onekernel.rounding(there, recorded, after, found) if found is not None else set()

    def _given(self, number: int) -> Optional[Outcome]:
        """What a step of the recorded graph gives here in portable arithmetic; None where that cannot be had."""
        if number not in self._givens:
            try:
                there = self._recorded_side(self._baseline.header['steps'][number]['kind'])
                self._givens[number] = self._there.outcomes([self._step_there(there, number)], 'portable')[0]
            except NotHere as why:
                self.lacks.append(['the recorded graph of step %d' % number, str(why)])
                self._givens[number] = None
        return self._givens[number]

    def _has(self, step: JsonObject, given: Outcome) -> bool:
        """Whether a step, as a header has it, came to these bits in portable arithmetic. Of what races nobody knows."""
        noted = step['outcomes']['portable']
        racing = set(self._baseline.kinds[self._baseline.header['steps'][step['step']]['kind']]['racing'])
        return all(name in racing or name not in noted[group] or noted[group][name].digest == sampled.digest
                   for group, part in zip(('fetched', 'after'), given) for name, sampled in part.items())

    def _look_for_kernel(self, kind: int, number: int, there: Side) -> None:
        """The op that gives something else, in this step or in another of the kind of which its ops were recorded."""
        answered = [k for k in self._steps if self._baseline.header['steps'][k]['kind'] == kind
                    and self._baseline.answers(k)]
        for k in sorted(answered, key=lambda k: (k != number, k)):
            step = self._step_there(there, k)
            item = onekernel.kernel_cause(there, self._baseline, k, step, self._there)
            if item is not None:
                self.causes.append(item._replace(step=number))
                self.drafting.append(functools.partial(opcase.of_kernel, there, self._baseline, k, step,
                                                       self._there, item.departs))
                return

    def cases(self) -> Dict[str, Array]:
        """{name: array}: the draft of a case, or why there is none, for the likeliest formula, the likeliest kernel and
        the first source that gives something else."""
        arrays: Dict[str, Array] = {}
        for what in casedraft.WHATS:
            likeliest = causes.likeliest([item for item in self.causes if item.what == what])
            make = self.drafting[self.causes.index(likeliest)] if likeliest is not None else None
            try:
                made = make() if make else self._source() if what == 'source' else None
            except Exception as error:  # NoCase, or what TensorFlow says of an op alone: the check goes on
                why = in_one_line(error) if isinstance(error, casedraft.NoCase) else one_line(error)
                made = casedraft.draft(what, why=why), {}
            if made:
                arrays.update(casedraft.to_arrays(*made))
        return arrays

    def _source(self) -> Optional[Case]:
        """As `sourcecase.of_source`, of the first that gives something else, or None. Raises casedraft.NoCase."""
        found = sourcecase.first_other(self._baseline, self._made, self._arrays)
        if found is None:
            return None
        graph = self._baseline.kinds[self._baseline.header['steps'][found.step]['kind']]['graph']
        table = graphtable.uncompressed(self._baseline.arrays['graph/%d' % graph].tobytes())
        line = self._same.here({node.name: node.line for node in table.nodes}.get(found.name.partition(':')[0], ''))
        return sourcecase.of_source(self._baseline, found, self._steps[found.step].kind.graph,
                                    self._names[found.step][found.name], line, self._text(line))

    def _fault(self) -> str:
        faults = self._there.faults + self._here.faults
        return faults[-1].why if faults else 'it cannot be made again'

    def _recorded_side(self, kind: int) -> Side:
        if kind not in self._sides:
            self._sides[kind] = self._imported(kind)
        return self._sides[kind]

    def _imported(self, kind: int) -> Side:
        graph = self._baseline.kinds[kind]['graph']
        table = graphtable.uncompressed(self._baseline.arrays['graph/%d' % graph].tobytes())
        chains = callers.of_recording(self._baseline, graph, len(table.nodes))
        return Side(kind_of(self._baseline, kind), table, chains, self._same.here)

    def _side_here(self, step: Step) -> Side:
        graph = self._observer.graphs.index(step.kind.graph)
        table = graphtable.uncompressed(self._arrays['graph/%d' % graph].tobytes())
        chains = callers.from_array(self._arrays['callers/%d' % graph], len(table.nodes))
        return Side(step.kind, table, chains, lambda key: key, self._here.constants.definition(step.kind.graph))

    def _step_there(self, side: Side, number: int) -> Step:
        recorded = self._baseline.header['steps'][number]
        before, fed = ({name: self._baseline.stored(noted) for name, noted in recorded[group].items()}
                       for group in ('before', 'fed'))
        return Step(side.kind, before, fed, {})

    def _edited_statements(self) -> Set[str]:
        """Lines on which the statements begin that were edited."""
        places = [graphtable.file_and_number(line) for line in self.edited]
        return {self._lines.statement(self._lines.folder + file, number).line for file, number in places if number}

    def _text(self, line: str) -> str:
        file, number = graphtable.file_and_number(line)
        return self._lines.statement(self._lines.folder + file, number)[1] if number else ''
