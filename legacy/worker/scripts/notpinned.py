"""What another arithmetic leaves as it is, of what a script has run: op types, and the lines that made them.
Runs on Python 3.6."""
import collections
import weakref

from legacy.worker.rewriting.optypes import EXACT, MOVES, RANDOM
from legacy.worker.rewriting.rewriter import FLOATING
from legacy.worker.scripts import reach

# Ops that IEEE 754 determines: any kernel of them gives the same.
DETERMINED = frozenset('Add AddV2 Sub Mul Div RealDiv Sqrt Square BiasAdd'.split())
# type: of the op. place: the line of the script that made it, or ''. inside: name of the op that calls the function of
# the library that it is in, '' where it is in the graph itself.
Left = collections.namedtuple('Left', 'type place inside')


class NotPinned(object):
    """found: {Left: number of ops}, of all runs that were noted. lines: lines.Lines of the script."""

    def __init__(self, lines):
        self.found, self._lines, self._known = collections.OrderedDict(), lines, weakref.WeakKeyDictionary()

    def note(self, growing, targets, fetches, feeds):
        """A run. growing: the rewriting.growing.Growing of its graph. targets: [tf.Operation]. fetches, feeds:
        [tf.Tensor]. Only the first run of its kind is looked at."""
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

    def _add(self, left):
        self.found[left] = self.found.get(left, 0) + 1

    def types(self):
        """[op type], sorted; of ops in functions of the library 'Type in Caller'."""
        return sorted({'%s in %s' % (left.type, left.inside) if left.inside else left.type for left in self.found})


def _in_functions(growing, op):
    """Types of the ops that round, in the functions of the library that an op calls."""
    if not growing.library:
        return []
    node, found, seen = growing.source.nodes[op.name], set(), set()
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


def _functions(node):
    """Names of functions that a NodeDef calls."""
    found = [node.op]
    for key in node.attr:
        value = node.attr[key]
        found += [value.func.name] if value.WhichOneof('value') == 'func' else [
            function.name for function in value.list.func]
    return found


def _rounds(node):
    if node.op in MOVES or node.op in EXACT or node.op in RANDOM or node.op in DETERMINED or not node.input:
        return False
    return any(node.attr[key].WhichOneof('value') == 'type' and node.attr[key].type in FLOATING
               for key in ('T', 'dtype', 'Tparams') if key in node.attr)
