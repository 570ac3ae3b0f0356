"""What ops depend on, for all ops of a graph at once. Runs on Python 3.6.

Each op that matters has a bit of its own; what an op depends on is the bits of its inputs, in whole numbers of Python,
and takes one pass in the order of the graph: to walk back from each op in turn would take the square of their number.
"""
from typing import AbstractSet, Container, Dict, Iterable, Iterator, List, Mapping, Optional, Set, Tuple

from legacy.worker.tfobjects import Operation


def marks(ops: AbstractSet[Operation], own: Mapping[Operation, int], feeds: Container[str]) -> Dict[Operation, int]:
    """{op: the bits of all ops that it depends on, and its own}, of each of `ops`, a set of tf.Operation.

    own: {op: bits}. feeds: names of tensors that are fed: what is behind them does not matter.
    """
    order, returns = in_order(ops, feeds)
    found = dict.fromkeys(ops, 0)
    while True:
        before = [found[op] for op in returns]
        for op in order:
            bits = own.get(op, 0)
            for other in _behind(op, feeds):
                bits |= found.get(other, 0)
            found[op] = bits
        if [found[op] for op in returns] == before:  # else what a loop hands back has to go round once more
            return found


def behind(ops: Iterable[Operation], feeds: Container[str]) -> Set[Operation]:
    """The set of these ops and of all that they depend on. feeds: names of tensors that are fed."""
    found: Set[Operation] = set()
    pending = list(ops)
    while pending:
        op = pending.pop()
        if op not in found:
            found.add(op)
            pending.extend(_behind(op, feeds))
    return found


def _behind(op: Operation, feeds: Container[str]) -> Iterator[Operation]:
    """The ops that an op takes something from, or waits for."""
    for tensor in op.inputs:
        if tensor.name not in feeds:
            yield tensor.op
    for other in op.control_inputs:
        yield other


def in_order(ops: AbstractSet[Operation], feeds: Container[str]) -> Tuple[List[Operation], List[Operation]]:
    """[op], each after all that it depends on but those of loops; [op] from which a way leads back in a loop."""
    order: List[Operation] = []
    returns: Set[Operation] = set()
    state: Dict[Operation, int] = {}  # 1 while what an op depends on is looked at, then 2
    for first in ops:
        pending: List[Tuple[Operation, Optional[Iterator[Operation]]]] = [(first, None)]
        while pending:
            op, rest = pending.pop()
            if rest is None:
                if op in state:
                    continue
                state[op], rest = 1, iter([other for other in _behind(op, feeds) if other in ops])
            for other in rest:
                if other not in state:
                    pending += [(op, rest), (other, None)]
                    break
                if state[other] == 1:
                    returns.add(other)
            else:
                state[op] = 2
                order.append(op)
    return order, list(returns)
