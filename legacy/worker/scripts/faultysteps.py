"""Steps of a script made again with a known error in the ops of each type, so that one sees how small an error a check
of this script would notice. Runs on Python 3.6.
"""
import collections
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from legacy.formats.contents import Contents
from legacy.formats.errors import one_line
from legacy.formats.graphtable import Table
from legacy.formats.knownerrors import EVERYWHERE, MODES, SIZES
from legacy.formats.values import JsonObject
from legacy.shim import tf
from legacy.worker.rewriting.fault import GRADIENTS, Fault, set_error
from legacy.worker.rewriting.optypes import MOVES, UPDATES
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import Rules
from legacy.worker.scripts import recordedsteps
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.observer import Observer
from legacy.worker.scripts.recordedsteps import Numbered
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.stepgraph import StepGraph
from legacy.worker.scripts.steps import Outcome, outcome
from legacy.worker.tfobjects import Operation

ONE_ULP = 2.0 ** -23
IN_LOOPS = 'all in loops, into which no error can be put'


def groups_of(kind: Kind, roles: Mapping[str, str]) -> Dict[Tuple[str, str], List[str]]:
    """{(op type, role): [op name]} of the ops of a kinds.Kind that compute float32 from float32, in order of creation.

    roles: {op name: role}, as a graphtable.Node has it.
    """
    found: Dict[Tuple[str, str], List[str]] = collections.OrderedDict()
    for op in kind.graph.get_operations():
        if op in kind.ops and _computes(op):
            found.setdefault((op.type, roles.get(op.name, '')), []).append(op.name)
    return found


def _computes(op: Operation) -> bool:
    if op.type in GRADIENTS:
        return bool(op.inputs[GRADIENTS[op.type]].dtype.base_dtype == tf.float32)
    return (op.type not in MOVES and op.type not in UPDATES and bool(op.outputs)
            and op.outputs[0].dtype == tf.float32 and any(tensor.dtype.base_dtype == tf.float32
                                                          for tensor in op.inputs))


def spoilt(steps: Iterable[Numbered], replayer: Replayer, observer: Observer, tables: Sequence[Table],
           contents: Contents) -> List[JsonObject]:
    """What a header has as `faulty` (see `formats.knownerrors`).

    steps: [(number, steps.Step)] that are made again. replayer: the replayer.Replayer that has their graphs.
    observer: observer.Observer. tables: the graphtable.Table of each of its graphs. contents: the contents.Contents
    that gets the arrays.
    """
    by_kind: Dict[Kind, List[Numbered]] = collections.OrderedDict()
    found: List[JsonObject] = []
    for number, step in steps:
        by_kind.setdefault(step.kind, []).append((number, step))
    for kind, of_kind in by_kind.items():
        roles = {node.name: node.role for node in tables[observer.graphs.index(kind.graph)].nodes}
        names = observer.like.names.get(observer.kinds.index(kind), {}) if observer.like else {}
        back = {here: there for there, here in names.items()}
        for (op_type, role), ops in groups_of(kind, roles).items():
            group = _Group(ops, of_kind, replayer, contents, back)
            errors, one_ulp = group.errors(), group.one_ulp()
            found.append({'step': of_kind[0][0], 'op_type': op_type, 'role': role, 'ops': ops, 'errors': errors,
                          'one_ulp': one_ulp, 'in_loops': group.in_loops, 'why': group.why})
            group.close()
    return found


class _Group(object):
    """Some ops of one kind, and its steps.

    in_loops: how many of the ops are in loops, so that they get no error. why: what could not be had, in words, or ''.
    back: {name here: name in the baseline}.
    """

    def __init__(self, ops: Iterable[str], steps: Sequence[Numbered], replayer: Replayer, contents: Contents,
                 back: Mapping[str, str]) -> None:
        self._ops, self._steps, self._replayer = set(ops), steps, replayer
        self._contents, self._back = contents, back
        self._graphs: List[StepGraph] = []
        self.in_loops, self.why = 0, ''

    def _graph(self, *after: Rules) -> StepGraph:
        """A StepGraph with the fault in it, written by further rules then."""
        graph = self._replayer.graph_by(self._steps[0][1].kind, Fault(lambda node: node.name in self._ops), *after)
        self._graphs.append(graph)
        return graph

    def _outcomes(self, graph: StepGraph, size: float, mode: str) -> Dict[int, Outcome]:
        """{number of the step: its Outcome}"""
        set_error(graph.session(), size, mode)
        return {number: outcome(graph, step, step.read()) for number, step in self._steps}

    def errors(self) -> List[JsonObject]:
        """[{'mode', 'size', 'outcomes'}], the largest error first and none last: with none in it, the graph shows what
        the fault's own ops change. It ends where an error moves no bit."""
        found = []
        try:
            graph = self._graph()
            replaced = graph.report.replaced if graph.report is not None else {}
            self.in_loops = len(self._ops) - sum(len(names) for names in replaced.values())
            if not replaced:
                self.why = IN_LOOPS
                return []
            for mode in MODES:  # no step is known before, which the mode of one step needs
                sound = self._outcomes(graph, 0.0, mode)
                for size in SIZES:
                    outcomes = self._outcomes(graph, size, mode)
                    if _digests(outcomes) == _digests(sound):
                        break
                    found.append(self._noted(mode, size, outcomes))
                found.append(self._noted(mode, 0.0, sound))
        except Exception as error:  # a graph that no fault can be put into: this group is not tried, which is said
            self.why = one_line(error)
        return found

    def one_ulp(self) -> List[bool]:
        """[whether the steps have other bits in portable arithmetic where every result of these ops is one unit in the
        last place off]; empty where that could not be had."""
        if self.why:
            return []
        try:
            graph = self._graph(Portable())
            sound, spoilt_ones = (self._outcomes(graph, size, EVERYWHERE) for size in (0.0, ONE_ULP))
            return [_digests(sound) != _digests(spoilt_ones)]
        except Exception as error:  # as above
            self.why = one_line(error)
            return []

    def _noted(self, mode: str, size: float, outcomes: Mapping[int, Outcome]) -> JsonObject:
        made = {str(number): [recordedsteps.called(part, self._back) for part in outcome]
                for number, outcome in outcomes.items()}
        return {'mode': mode, 'size': size, 'outcomes': recordedsteps.noted_outcomes(made, self._contents)}

    def close(self) -> None:
        """Give back what the sessions take."""
        for graph in self._graphs:
            graph.close()


def _digests(outcomes: Mapping[int, Outcome]) -> Dict[Tuple[int, int, str], int]:
    return {(number, k, name): array.digest for number, outcome in outcomes.items() for k, part in enumerate(outcome)
            for name, array in part.items()}
