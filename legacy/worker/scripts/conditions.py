"""Which branches of conditions an op is in, as the graph alone says. Runs on Python 3.6.

A Switch hands on what it is given to one side, by a predicate; what takes it from there runs only where that is the
side. So an op of one branch and one of the other branch never run together, of two conditions with one predicate too.
"""
from typing import AbstractSet, Container, Dict, FrozenSet, Tuple

from legacy.worker.scripts import reach
from legacy.worker.tfobjects import Operation, Tensor

SWITCHES = ('Switch', 'RefSwitch')
MERGES = ('Merge', 'RefMerge')
Sides = FrozenSet[Tuple[str, int]]  # name of an op that gives a predicate, and 1 where it holds, else 0


class Conditions(object):
    """Of a set of ops. feeds: names of tensors that are fed."""

    def __init__(self, ops: AbstractSet[Operation], feeds: Container[str]) -> None:
        self._ops, self._feeds = ops, feeds
        self._sides: Dict[Operation, Sides] = {}
        order, _ = reach.in_order(ops, feeds)
        for op in order:  # of what a loop hands back nothing is known
            self._sides[op] = self._found(op)

    def _found(self, op: Operation) -> Sides:
        given = [self._of(tensor) for tensor in op.inputs if tensor.name not in self._feeds]
        if op.type in MERGES:
            return frozenset.intersection(*given) if given else frozenset()
        return frozenset().union(*given, *(self._sides.get(other, frozenset()) for other in op.control_inputs))

    def _of(self, tensor: Tensor) -> Sides:
        sides = self._sides.get(tensor.op, frozenset())
        return sides | self._side(tensor) if tensor.op.type in SWITCHES else sides

    def _side(self, tensor: Tensor) -> Sides:
        predicate = tensor.op.inputs[1].op
        while predicate.type == 'Identity':
            predicate = predicate.inputs[0].op
        return frozenset([(predicate.name, tensor.value_index)])

    def never_together(self, reader: Operation, writer: Operation) -> bool:
        """Whether an op never looks at a value in a run in which another op runs. A Switch does not look: it hands on
        the memory that it is given, and what takes that does."""
        looks = self._sides.get(reader, frozenset())
        if reader.type in SWITCHES:
            taken = [tensor for tensor in reader.outputs if any(op in self._ops for op in tensor.consumers())]
            if len(taken) == 1:
                looks |= self._side(taken[0])
        writes = self._sides.get(writer, frozenset())
        return any((predicate, 1 - side) in writes for predicate, side in looks)
