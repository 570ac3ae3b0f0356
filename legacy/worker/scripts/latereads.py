"""Reads of reference variables that race with writes of the same run. Runs on Python 3.6.

A reading of a reference variable is no copy: what takes it looks into the memory that an update writes in place. Where
neither waits for the other, it is a matter of luck whether it sees the old values or the new ones; the last layer's
bias in a loss that is linear in its logits is such a read. Resource variables are copied before they are written.
"""
import collections
from typing import TYPE_CHECKING, Dict, List, Optional, Set, Tuple

from legacy.worker.scripts import reach
from legacy.worker.tfobjects import Operation

if TYPE_CHECKING:
    from legacy.worker.scripts.kinds import Kind

# Ops that hand on the memory that they are given.
ALIASES = frozenset('Identity StopGradient PreventGradient Reshape Squeeze ExpandDims CheckNumerics'.split())
ENTRANCES = frozenset('Switch RefSwitch Enter RefEnter'.split())  # of loops and conditions


class LateReads(object):
    """Of a kinds.Kind. fetches: names of those that depend on such a read. pairs: [(name of the reading op, name of
    the writing one)] that can be put into an order, the reading first: of ops outside of loops and conditions that
    depend on no write."""

    def __init__(self, kind: 'Kind', writers: List[Tuple[Operation, Optional[Operation]]]) -> None:
        """writers: [(tf.Operation, that of the variable which it writes)]."""
        self.fetches: List[str] = []
        self.pairs: List[Tuple[str, str]] = []
        writers = [(op, variable) for op, variable in writers
                   if variable is not None and variable.type in ('Variable', 'VariableV2')]
        readers = {variable: _readers(variable, kind.ops, {op for op, _ in writers}) for _, variable in writers}
        number: Dict[Operation, int] = collections.OrderedDict()
        for op in [op for op, _ in writers] + [op for found in readers.values() for op in found]:
            number.setdefault(op, len(number))
        if len(number) == len({op for op, _ in writers}):
            return
        own = {op: 1 << k for op, k in number.items()}
        inside, writes = 1 << len(number), sum(own[op] for op in {op for op, _ in writers})
        for op in kind.ops:
            if op.type in ENTRANCES:
                own[op] = own.get(op, 0) | inside
        behind, late = reach.marks(kind.ops, own, set(kind.feeds)), 0
        for writer, variable in writers:
            for reader in readers[variable]:
                if not behind[writer] & own[reader] & ~inside and not behind[reader] & own[writer] & ~inside:
                    late |= own[reader]
                    if not behind[reader] & (inside | writes) and not behind[writer] & inside:
                        self.pairs.append((reader.name, writer.name))
        late &= ~inside
        self.fetches = [name for name in kind.fetches if name not in kind.feeds
                        and behind.get(kind.graph.get_tensor_by_name(name).op, 0) & late]


def _readers(variable: Operation, ops: Set[Operation], writers: Set[Operation]) -> List[Operation]:
    """[tf.Operation] that look into a variable's memory through what hands it on."""
    found: List[Operation] = []
    pending, seen = [variable], {variable}
    while pending:
        for tensor in pending.pop().outputs:
            for op in tensor.consumers():
                if op in ops and op not in seen and op not in writers:
                    seen.add(op)
                    if op.type in ALIASES:
                        pending.append(op)
                    else:
                        found.append(op)
    return found
