"""Reads of variables that race with writes of the same run. Runs on Python 3.6.

A reading of a reference variable is no copy: what takes it looks into the memory that an update writes in place. A
resource variable is copied when it is read. Where a look at a variable and a write of it do not wait for each other,
it is a matter of luck which comes first; the last layer's bias in a loss that is linear in its logits is read so, and
a condition that compares a loss with the one that it then remembers. In a run that is made again the look is put first.
Where the two are in different branches of one predicate, as updates and uses of moving averages are, none races.

A loop hands the memory on to a stack, from which its gradient takes it: by then the last state of a network may be
written over its first. In a run that is made again such a reading is a copy.
"""
import collections
from typing import TYPE_CHECKING, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from legacy.worker.scripts import reach
from legacy.worker.scripts.conditions import Conditions
from legacy.worker.tfobjects import Graph, Operation

if TYPE_CHECKING:
    from legacy.worker.scripts.kinds import Kind

# Ops that hand on the memory that they are given.
ALIASES = frozenset('Identity StopGradient PreventGradient Reshape Squeeze ExpandDims CheckNumerics'.split())
RESTORES = ('Restore', 'RestoreV2', 'RestoreSlice')
ENTRANCES = frozenset('Switch RefSwitch Enter RefEnter'.split())  # of loops and conditions

HANDS_ON = ALIASES | ENTRANCES | frozenset('Merge RefMerge NextIteration RefNextIteration'.split())  # in these, too
PUSHES, POPS = ('StackPush', 'StackPushV2'), ('StackPop', 'StackPopV2')

Write = Tuple[Operation, Operation]  # the op that writes, and that of its variable
# readers: ops that look at a variable's value. memory: ops of which a fetch is a look at it when the run is over. pops:
# ops that take it from a stack. pushed: readings that hand it on to one.
_Looks = NamedTuple('_Looks', [('readers', List[Operation]), ('memory', List[Operation]), ('pops', List[Operation]),
                               ('pushed', List[Operation])])


class Races(object):
    """Of a kinds.Kind. racing: names of fetches that are by luck even where the run is made again. late: names of
    fetches, and of variables, that are by luck in the script's own runs alone. pairs: [(name of the reading op, name of
    the writing one)] that can be put into an order, the reading first: of ops outside of loops and conditions that
    depend on no write. copied: names of readings that are to be copies."""

    def __init__(self, kind: 'Kind', writes: Iterable[Write]) -> None:
        self.racing: List[str] = []
        self.late: List[str] = []
        self.pairs: List[Tuple[str, str]] = []
        self.copied: List[str] = []
        self._kind, self._writes = kind, list(writes)
        writers = {op for op, _ in self._writes}
        looks = {variable: _looks(variable, kind.ops, writers) for _, variable in self._writes}
        number: Dict[Operation, int] = collections.OrderedDict()
        for op in [op for op, _ in self._writes] + [op for found in looks.values() for group in found for op in group]:
            number.setdefault(op, len(number))
        if len(number) > len(writers):
            self._find(looks, {op: 1 << k for op, k in number.items()}, 1 << len(number))

    def _find(self, looks: Dict[Operation, _Looks], own: Dict[Operation, int], inside: int) -> None:
        """own: {op: its bit}. inside: the bit of all entrances."""
        kind, writes = self._kind, 0
        for writer, _ in self._writes:
            writes |= own[writer]
        marked = dict(own)
        for op in kind.ops:
            if op.type in ENTRANCES:
                marked[op] = marked.get(op, 0) | inside
        behind, feeds = reach.marks(kind.ops, marked, set(kind.feeds)), set(kind.feeds)
        late = racing = 0
        memory: Set[Operation] = set()
        conditions: Optional[Conditions] = None
        for writer, variable in self._writes:
            for op in looks[variable].memory:
                if op is variable or not (behind[writer] & own[op] or behind[op] & own[writer]):
                    memory.add(op)
            for pop in looks[variable].pops:
                if not behind[writer] & own[pop]:
                    late |= own[pop]
                    self.copied += [op.name for op in looks[variable].pushed if op.name not in self.copied]
            for reader in looks[variable].readers:
                if behind[writer] & own[reader] or behind[reader] & own[writer]:
                    continue
                conditions = conditions or Conditions(kind.ops, feeds)
                if conditions.never_together(reader, writer):
                    continue
                late |= own[reader]
                if behind[reader] & (inside | writes) or behind[writer] & inside:
                    racing |= own[reader]
                else:
                    self.pairs.append((reader.name, writer.name))
        fetched = [(name, kind.graph.get_tensor_by_name(name).op) for name in kind.fetches if name not in feeds]
        self.racing = [name for name, op in fetched if op in memory or behind.get(op, 0) & racing]
        self.late = [name for name, op in fetched if name not in self.racing and behind.get(op, 0) & late]
        self.late += sorted({variable.name for writer, variable in self._writes if behind[writer] & late})


def _looks(variable: Operation, ops: Set[Operation], writers: Set[Operation]) -> _Looks:
    if variable.type == 'VarHandleOp':
        return _Looks([op for op in variable.outputs[0].consumers() if op in ops and op not in writers], [], [], [])
    found, memory = [], [variable]  # type: List[Operation], List[Operation]
    pending, seen = [variable], {variable}
    while pending:
        for tensor in pending.pop().outputs:
            for op in tensor.consumers():
                if op in ops and op not in seen and op not in writers:
                    seen.add(op)
                    if op.type in ALIASES:
                        pending.append(op)
                        memory.append(op)
                    else:
                        found.append(op)
    stacks = {reading: _stacks(reading, ops) for reading in memory if reading is not variable
              and reading.inputs[0].op is variable}
    handles = set().union(*stacks.values())
    return _Looks(found, memory, [op for op in ops if op.type in POPS and _handle(op) in handles] if handles else [],
                  [reading for reading in stacks if stacks[reading] and reading.type == 'Identity'])


def _stacks(reading: Operation, ops: Set[Operation]) -> Set[Operation]:
    """The ops of the stacks onto which a reading's memory is put."""
    found: Set[Operation] = set()
    pending, seen = [reading], {reading}
    while pending:
        for op in [op for tensor in pending.pop().outputs for op in tensor.consumers()]:
            if op in ops and op not in seen:
                seen.add(op)
                if op.type in PUSHES:
                    found.add(_handle(op))
                elif op.type in HANDS_ON:
                    pending.append(op)
    return found


def _handle(op: Operation) -> Operation:
    """The op of the stack that an op pushes onto, or pops from."""
    op = op.inputs[0].op
    while op.type in HANDS_ON and op.inputs:
        op = op.inputs[0].op
    return op


def by_luck(kinds: Sequence['Kind'], races: Sequence[Races]) -> List[List[str]]:
    """Of each kind the names of fetches and variables that follow from what a run of this kind or of another leaves in
    variables by luck, beside those that its Races have: also by way of a checkpoint, from which a variable of the same
    name gets its value in another graph, as an Estimator evaluates. races: of each kind its Races."""
    lucky: Dict[Graph, Set[str]] = collections.defaultdict(set)
    for kind, own_races in zip(kinds, races):
        lucky[kind.graph].update(name for name in own_races.late if name in kind.written)
    behind: List[Optional[Dict[Operation, int]]] = []
    known = -1
    while sum(map(len, lucky.values())) > known:
        known, behind = sum(map(len, lucky.values())), []
        for kind in kinds:
            own = {op: 1 for name, op in kind.variables.items() if name in lucky[kind.graph]}
            behind.append(reach.marks(kind.ops, own, set(kind.feeds)) if own else None)
            marks = behind[-1]
            if marks is not None:
                lucky[kind.graph].update(variable.name for writer, variable in kind.writes() if marks[writer])
        everywhere = set().union(*lucky.values())
        for kind in kinds:
            if any(op.type in RESTORES for op in [*kind.ops, *(tensor.op for tensor in kind.sources)]):
                lucky[kind.graph].update(everywhere.intersection(kind.written))
    found = []
    for kind, own_races, marks in zip(kinds, races, behind):
        names = [] if marks is None else [
            name for name in kind.fetches if name not in kind.feeds
            and marks.get(kind.graph.get_tensor_by_name(name).op, 0)]
        names += [name for name in kind.variables if name in lucky[kind.graph]]
        found.append([name for name in names if name not in own_races.late + own_races.racing])
    return found
