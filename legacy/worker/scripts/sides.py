"""One of two graphs that compute the same, or should: its nodes, where each comes from, what each gave. Runs on Python
3.6."""
import collections
from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from legacy.formats import signatures
from legacy.formats.graphtable import Table, producer
from legacy.formats.signatures import Attributes, Edge
from legacy.formats.values import Array
from legacy.worker.graph import definition
from legacy.worker.rewriting.optypes import MOVES, VARIABLES
from legacy.worker.rewriting.source import frames_of
from legacy.worker.scripts import kinds, sketches
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.lines import Chain
from legacy.worker.tfobjects import GraphDef, NodeDef

MOST_TENSORS = 20000
SHAPES = ('Shape', 'ShapeN', 'Size', 'Rank')  # whose results follow from no element
SWITCHES, MERGES = ('Switch', 'RefSwitch'), ('Merge', 'RefMerge')

# Where a node comes from. line: of the script, of a gradient that of the forward op. callers: lines that called it,
# outermost first. part: '', 'gradient' or 'update'.
Group = NamedTuple('Group', [('line', str), ('callers', Tuple[str, ...]), ('part', str)])


class Side(signatures.Graph):
    """A `kinds.Kind` with what is known of its ops.

    nodes: {name: NodeDef} of the kind's ops, inputs first, all attributes filled in. order: {name: place among them}.
    inputs: {name: [(name, output)]} without control inputs. groups: {name: Group}. of: {name of a gradient's op: op
    type that it is the gradient of, or ''}. constants: names of Const ops. writers: {variable: [op name]}. values:
    {tensor name: Sketch}, once `measure` was called.
    """

    def __init__(self, kind: Kind, table: Table, chains: Sequence[Chain], translate: Callable[[str], str],
                 graph_def: Optional[GraphDef] = None) -> None:
        """table, chains: of the whole graph, as `Lines.described` gives them. translate: function of a line's key that
        returns that of the script as it is now. graph_def: the GraphDef, where it is not the graph's own."""
        self.kind = kind
        names = {op.name for op in kind.ops}
        graph_def = graph_def or kind.graph.as_graph_def()
        self.nodes = _inputs_first({node.name: node for node in graph_def.node if node.name in names},
                                   [node.name for node in graph_def.node])
        self.order = {name: k for k, name in enumerate(self.nodes)}
        self.inputs = {name: [producer(given) for given in node.input if not given.startswith('^')]
                       for name, node in self.nodes.items()}
        self._texts = {translate(key): text for key, (_, text) in table.lines.items()}
        types = {node.name: node.op_type for node in table.nodes}
        self.of = {node.name: types.get(node.of, '') for node in table.nodes if node.role == 'gradient'}
        self.groups = _groups(table, chains, translate)
        self.constants = {name for name, node in self.nodes.items() if node.op == 'Const'}
        self.writers: Dict[str, List[str]] = collections.defaultdict(list)
        for op in kind.ops:
            for k in kinds.WRITES.get(op.type, ()):
                variable = kinds.variable_of(op.inputs[k])
                if variable is not None:
                    self.writers[variable.name].append(op.name)
        self.given = {name.partition(':')[0] for name in kind.feeds} | {tensor.op.name for tensor in kind.sources}
        self.values: Dict[str, sketches.Sketch] = {}
        self.way: Optional[Callable[[str, int], Edge]] = None  # see `through`

    def group(self, name: str) -> Group:
        """The Group of a node; of one that the recorded table does not have, an empty one."""
        return self.groups.get(name, Group('', (), ''))

    def text(self, line: str) -> str:
        """The statement of a line that made nodes; '' of any other."""
        return self._texts.get(line, '')

    def through(self, name: str, output: int) -> Edge:
        """The tensor that gives what this one hands on: itself, unless a run's way is known, see `branches`."""
        return (name, output) if self.way is None else self.way(name, output)

    def is_given(self, name: str) -> bool:
        """Whether a node's results are the same on both sides, since they are put in."""
        return name in self.given or name not in self.nodes or self.nodes[name].op in VARIABLES

    def op_type(self, name: str) -> str:
        return str(self.nodes[name].op) if name in self.nodes else ''

    def attributes(self, name: str) -> Attributes:
        return definition.attributes(self.nodes[name])

    def is_gradient(self, name: str) -> bool:
        return self.group(name).part == 'gradient'

    def value(self, name: str) -> str:
        return definition.value(self.nodes[name])

    def computes_floats(self, name: str) -> bool:
        """Whether a node computes with floats, or writes a variable: not one that finds out a shape."""
        op = self.kind.graph.get_operation_by_name(name)
        tensors = list(op.outputs) + ([] if op.type in SHAPES else list(op.inputs))
        return not op.outputs or any(tensor.dtype.is_floating or tensor.dtype.is_complex for tensor in tensors)

    def moves(self, name: str) -> bool:
        return self.nodes[name].op in MOVES

    def tensors(self) -> List[str]:
        """Names of the tensors of numbers that can be fetched: outside of loops and conditions, before any variable is
        written."""
        consumers: Dict[str, List[str]] = collections.defaultdict(list)
        for name, node in self.nodes.items():
            for given in node.input:
                consumers[producer(given)[0]].append(name)
        framed = frames_of(self.nodes, consumers)
        found: List[str] = []
        hidden: Set[str] = set()
        conditions: Dict[str, int] = {}
        for name, node in self.nodes.items():
            before = [producer(given)[0] for given in node.input]
            inside = max((conditions.get(other, 0) for other in before), default=0)
            if name not in framed:  # those of a loop belong to its condition
                inside += (node.op in SWITCHES) - (node.op in MERGES and inside > 0)
            conditions[name] = inside
            if node.op in kinds.WRITES or any(other in hidden for other in before):
                hidden.add(name)
            elif not conditions[name] and (name not in framed or node.op == 'Exit' and len(framed[name]) == 1) \
                    and not self.is_given(name):
                outputs = self.kind.graph.get_operation_by_name(name).outputs
                found += [tensor.name for tensor in (outputs[:1] if node.op in MERGES else outputs)
                          if kinds.is_number(tensor) and not tensor.dtype._is_ref_dtype]
        return found[:MOST_TENSORS]

    def measure(self, arrays: Mapping[str, Array]) -> None:
        """Note what each tensor is. arrays: {tensor name: array}."""
        self.values = {name: sketches.sketch(array) for name, array in arrays.items()}


def _inputs_first(nodes: Mapping[str, NodeDef], names: Iterable[str]) -> Dict[str, NodeDef]:
    """OrderedDict of the nodes, each behind what it takes but for what comes round in a loop. names: all, in the order
    of the graph, in which an op inside a condition comes before the switches of what it takes."""
    found: Dict[str, NodeDef] = collections.OrderedDict()
    begun: Set[str] = set()
    for start in names:
        pending = [start]
        while pending:
            name = pending[-1]
            before = [producer(given)[0] for given in nodes[name].input] if name in nodes else ()
            left = [other for other in before if other in nodes and other not in begun]
            if name in begun or not left or name not in nodes:
                pending.pop()
                if name in nodes and name not in found:
                    found[name] = nodes[name]
                begun.add(name)
            else:
                begun.add(name)
                pending.extend(left)
    return found


def _groups(table: Table, chains: Sequence[Chain], translate: Callable[[str], str]) -> Dict[str, Group]:
    """{node name: Group}"""
    at = {node.name: k for k, node in enumerate(table.nodes)}
    found: Dict[str, Group] = {}
    for k, node in enumerate(table.nodes):
        of = at.get(node.of) if node.role == 'gradient' else None
        owner = k if of is None else of
        line, part = table.nodes[owner].line, node.role if node.role in ('gradient', 'update') else ''
        found[node.name] = Group(translate(line) or '(%s)' % node.name.partition('/')[0],
                                 tuple(translate(caller) for caller in chains[owner]), part)
    return found
