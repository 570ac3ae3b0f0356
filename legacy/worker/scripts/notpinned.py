"""What another arithmetic leaves as it is, of what a script has run: op types, and the lines that made them.
Runs on Python 3.6."""
import collections
import weakref
from typing import Any, Dict, Iterable, List, MutableMapping, NamedTuple, Set, Tuple

from legacy.worker.rewriting.growing import Growing
from legacy.worker.rewriting.optypes import EXACT, MOVES, RANDOM
from legacy.worker.rewriting.rewriter import FLOATING
from legacy.worker.scripts import reach
from legacy.worker.scripts.lines import Lines
from legacy.worker.tfobjects import NodeDef, Operation, Tensor

# Ops that IEEE 754 determines: any kernel of them gives the same.
DETERMINED = frozenset('Add AddV2 Sub Mul Div RealDiv Sqrt Square BiasAdd'.split())
# type: of the op. place: the line of the script that made it, or ''. inside: name of the op that calls the function of
# the library that it is in, '' where it is in the graph itself.
Left = NamedTuple('Left', [('type', str), ('place', str), ('inside', str)])


class NotPinned(object):
    """found: {Left: number of ops}, of all runs that were noted. """

    def __init__(self, lines: Lines) -> None:
        self.found: Dict[Left, int] = collections.OrderedDict()
        self._lines = lines
        # of each graph the kinds of runs, and names of the ops, that were looked at
        self._known: MutableMapping[Growing, Tuple[Set[Any], Set[str]]] = weakref.WeakKeyDictionary()

    def note(self, growing: Growing, targets: Iterable[Operation], fetches: Iterable[Tensor],
             feeds: Iterable[Tensor]) -> None:
        """A run. growing: of its graph. Only the first run of its kind is looked at."""
        key = tuple(op.name for op in targets), tuple(tensor.name for tensor in fetches)
        kinds, looked_at = self._known.setdefault(growing, (set(), set()))
        if key in kinds:
            return
        kinds.add(key)
        unknown = {name for names in growing.report.unknown.values() for name in names}
        if not unknown and not growing.library:
            return
        fed = {tensor.name for tensor in feeds}
        ops = reach.behind(list(targets) + [tensor.op for tensor in fetches if tensor.name not in fed], fed)
        for op in sorted((op for op in ops if op.name not in looked_at), key=lambda op: op.name):
            looked_at.add(op.name)
            if op.name in unknown:
                self._add(Left(op.type, self._lines.of(op), ''))
            for op_type in _in_functions(growing, op):
                self._add(Left(op_type, self._lines.of(op), op.type))

    def _add(self, left: Left) -> None:
        self.found[left] = self.found.get(left, 0) + 1

    def types(self) -> List[str]:
        """[op type], sorted; of ops in functions of the library 'Type in Caller'."""
        return sorted({'%s in %s' % (left.type, left.inside) if left.inside else left.type for left in self.found})


def _in_functions(growing: Growing, op: Operation) -> List[str]:
    """Types of the ops that round, in the functions of the library that an op calls."""
    if not growing.library:
        return []
    node = growing.source.nodes[op.name]
    found: Set[str] = set()
    seen: Set[str] = set()
    pending = _functions(node)
    while pending:
        name = pending.pop()
        if name in seen or name not in growing.library:
            continue
        seen.add(name)
        for inner in growing.library[name].node_def:
            pending.extend(_functions(inner))
            if inner.op not in growing.library and _rounds(inner):
                found.add(inner.op)
    return sorted(found)


def _functions(node: NodeDef) -> List[str]:
    """Names of functions that a NodeDef calls."""
    found = [node.op]
    for key in node.attr:
        value = node.attr[key]
        found += [value.func.name] if value.WhichOneof('value') == 'func' else [
            function.name for function in value.list.func]
    return found


def _rounds(node: NodeDef) -> bool:
    if node.op in MOVES or node.op in EXACT or node.op in RANDOM or node.op in DETERMINED or not node.input:
        return False
    return any(node.attr[key].WhichOneof('value') == 'type' and node.attr[key].type in FLOATING
               for key in ('T', 'dtype', 'Tparams') if key in node.attr)
