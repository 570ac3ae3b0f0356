"""Another graph made of a built one, op by op: GraphDef in, GraphDef out. Runs on Python 3.6.

A rule set (`portable`, `float64`, `noise`, `fault`) says for a node which nodes to write in its place. The last of
these keeps the original's name, so all who know it by name (consumers, fetches, feeds, control inputs) go on as before.
What no rule knows is left as it is, and reported.

Updates. A rewritten update of a variable reads the old value itself and assigns the new one. Two things keep it from
meeting anybody else who reads the variable in the same run:
- Readings. `Identity` of a reference variable hands on the variable's own buffer, which an assignment overwrites. Each
  reading of a variable with a rewritten update becomes a copy (x - 0).
- Order. The assignment waits for all plain readings, those without control inputs: they need nothing but the variable,
  so that to wait for them adds nothing to a run that it could not do. Readings with control inputs wait for these.
A run that fetches the variable itself (not a reading of it) together with its update is, as ever, a race.
"""
import collections
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from legacy.formats.unrounded import labelled
from legacy.shim import tf
from legacy.worker.garbage import none_collected
from legacy.worker.rewriting.arithmetic import Function, Write
from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import RESOURCE, ULPS, Nodes, TensorName, Type, node_of
from legacy.worker.rewriting.optypes import EXACT, MOVES, RANDOM, UPDATES
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import Frame, Source, Types, types_by_import, types_of
from legacy.worker.tfobjects import Graph, GraphDef, NodeDef, Tensor

FLOATING = (1, 2, 14, 19)  # float32, float64, bfloat16, half
ROUNDED = FLOATING + (8, 18)  # complex64, complex128
PARTS = ('Complex', 'Conj')  # which make complex numbers, and compute none


Rule = Callable[[Site], None]  # rewrites a site, and calls its `finish`


class Report(object):
    """What became of the nodes, each as {op type: [node names]}.

    rules: the rule set's name. replaced: written anew. exact: left, as they round nothing. moved: left, as they only
    move values. random: left, as they draw. unknown: left, since they compute floats or complex numbers and no rule
    knows them, by the names of `unrounded.labelled`. other: no such numbers.
    functions: names of functions in the library, whose bodies are left.
    """
    KINDS = ('replaced', 'exact', 'moved', 'random', 'unknown', 'other')
    replaced: Dict[str, List[str]]
    unknown: Dict[str, List[str]]

    def __init__(self, rules: str, functions: Iterable[str] = ()) -> None:
        self.rules, self.functions = rules, list(functions)
        for kind in self.KINDS:
            setattr(self, kind, collections.OrderedDict())

    def add(self, kind: str, node: NodeDef, label: str = '') -> None:
        """label: how it is called, if that is not its op type."""
        getattr(self, kind).setdefault(label or node.op, []).append(node.name)



class Rules(object):
    """A rule set. name: goes into the names of the nodes it writes. updates_stay: whether no op of UPDATES is ever
    rewritten."""
    name, updates_stay = '', False

    def rule(self, site: Site) -> Optional[Rule]:
        """A function of the site that rewrites it and calls `finish`, or None to leave it."""
        raise NotImplementedError

    def rewrites_update(self, node: NodeDef) -> bool:
        """Whether an op of UPDATES will be rewritten."""
        raise NotImplementedError

    def is_exact(self, site: Site) -> bool:
        """Whether a node without a rule rounds nothing, beside ops of EXACT."""
        return False

    def kind(self, rule: Rule, node: NodeDef) -> str:
        """Under which of Report.KINDS a node goes that this rule has rewritten."""
        return 'replaced'

    def prepare(self, nodes: Nodes) -> None:
        """Called once before the first node is written."""

    def grown(self) -> None:
        """Called when the graph has got more nodes, before these are written."""


class Rewriter(object):
    """State of one rewriting. nodes: the new graph. casts: float64 casts of tensors. renamed: what consumers take
    instead of a tensor of the original."""

    def __init__(self, graph_def: GraphDef, rules: Rules, types: Types) -> None:
        self.source = Source(graph_def, types)
        self.rules = rules
        self.nodes = Nodes(self.source.nodes)
        self.nodes.graph_def.library.CopyFrom(graph_def.library)
        self.casts: Dict[TensorName, TensorName] = {}
        self.renamed: Dict[TensorName, TensorName] = {}
        self.functions: Set[str] = set()
        self.report = Report(rules.name, [f.signature.name for f in graph_def.library.function])
        self._find_readings()

    def _find_readings(self) -> None:
        """updated: variables with a rewritten update. _readings: {variable: nodes that read it and wait for nothing}"""
        self.updated: Set[str] = set()
        self._readings: Dict[str, List[str]] = collections.defaultdict(list)
        for node in self.source.nodes.values():
            self.updated.update(self.updates_of(node))
        for node in self.source.nodes.values():
            self.note_reading(node)

    def updates_of(self, node: NodeDef) -> List[str]:
        """Names of the variables, of a type that is rounded, that a node updates whose rule writes other nodes."""
        if node.op not in UPDATES or not self.rules.rewrites_update(node):
            return []
        inputs = [self.source.data_inputs(node)[k] for k in UPDATES[node.op]]
        found = [self.source.variable(tensor) for tensor in inputs
                 if self.source.dtype(tensor) in (RESOURCE, *ULPS)]
        return [variable.name for variable in found if variable is not None]

    def note_reading(self, node: NodeDef) -> None:
        if self.is_plain_reading(node):
            self._readings[node_of(node.input[0])].append(node.name)

    def is_plain_reading(self, node: NodeDef) -> bool:
        """Whether a node is a reading that waits for nothing."""
        return self.is_reading(node) and len(node.input) == 1 and node.name not in self.source.frames

    def is_reading(self, node: NodeDef) -> bool:
        """Whether a node reads, directly, a variable that has a rewritten update."""
        return node.op in ('Identity', 'ReadVariableOp') and node_of(node.input[0]) in self.updated

    def plain_read(self, reference: TensorName) -> Optional[str]:
        """A reading of the variable that waits for nothing, or None."""
        found = self._readings.get(node_of(reference))
        return found[0] if found else None

    def written_before(self, reference: TensorName, node: NodeDef) -> bool:
        """Whether another op that writes the variable comes before this one, in every run that has both."""
        variable = self.source.variable(reference)
        writers = self.source.writers.get(variable.name, ()) if variable is not None else ()
        return variable is None or any(self.source.leads(writer, node.name)
                                       for writer in writers if writer != node.name)

    def readers_of(self, variables: Iterable[TensorName], frame: Optional[Frame]) -> List[str]:
        """Control inputs: all plain readings of the variables. None inside a loop, where an edge cannot enter."""
        if frame:
            return []
        roots = [self.source.variable(tensor) for tensor in variables]
        return ['^' + name for root in roots if root is not None for name in self._readings.get(root.name, ())]

    def define(self, name: str, write: Write, dtypes: Sequence[Type], results: Sequence[Type]) -> None:
        """Add a function to the library, unless it is there. See `Site.call`."""
        if name not in self.functions:
            self.functions.add(name)
            body = Function(self.nodes.graph_def.library.function.add(), name, dtypes)
            written = write(body, *body.inputs)
            for tensor, dtype in zip([written] if isinstance(written, str) else written, results):
                body.returns(tensor, dtype)

    def run(self) -> None:
        self.rules.prepare(self.nodes)
        self.write(self.source.nodes.values())

    def write(self, nodes: Iterable[NodeDef]) -> None:
        """Write what stands for these nodes of the original."""
        for node in nodes:
            site = Site(self, node)
            rule = self.rules.rule(site)
            if rule is not None:
                rule(site)
                self._report(self.rules.kind(rule, node), node)
            else:
                self.leave(site)
        if self.renamed:
            for node in self.nodes.graph_def.node:
                for k, name in enumerate(node.input):
                    if name in self.renamed:
                        node.input[k] = self.renamed[name]

    def leave(self, site: Site) -> None:
        node = site.node
        exact = sums_nothing(site) or self.rules.is_exact(site)
        self._report('exact' if exact else self.kind(node), node)
        if self.is_reading(node) and site.is_reference(0):
            site.finish('Sub', site.inputs[0], site.const(0.0, site.dtype()), T=site.dtype())
            return
        site.keep()

    def _report(self, kind: str, node: NodeDef) -> None:
        self.report.add(kind, node, labelled(node.op, [
            str(tf.as_dtype(self.source.dtype(name)).name) for name in self.source.outputs(node)])
            if kind == 'unknown' else '')

    def kind(self, node: NodeDef) -> str:
        """Under which of Report.KINDS a node goes that is left."""
        outputs = [self.source.dtype(name) for name in self.source.outputs(node)]
        inputs = [self.source.dtype(name) for name in self.source.data_inputs(node)]
        if not any(dtype in ROUNDED for dtype in outputs or inputs):
            return 'other'
        if node.op in PARTS:
            return 'exact'
        for kind, types in (('moved', MOVES), ('exact', EXACT), ('random', RANDOM)):
            if node.op in types:
                return kind
        return 'unknown' if outputs else 'other' if node.op == 'NoOp' else 'unknown'


def rewritten(graph_def: GraphDef, rules: Rules, types: Optional[Types] = None) -> Tuple[GraphDef, Report]:
    """(GraphDef, Report): the graph rewritten by a rule set.

    types: {tensor name: (DataType, shape)} as `source.types_of` gives of a tf.Graph; without it the graph is imported
    once to find out.
    """
    rewriter = Rewriter(graph_def, rules, types if types is not None else types_by_import(graph_def))
    rewriter.run()
    result = rewriter.nodes.graph_def
    result.versions.CopyFrom(graph_def.versions)
    return result, rewriter.report


def rewritten_graph(graph: Graph, rules: Rules) -> Tuple[GraphDef, Report]:
    """(GraphDef, Report) of a tf.Graph."""
    return rewritten(graph.as_graph_def(), rules, types_of(graph))


def imported(graph_def: GraphDef) -> Graph:
    """A tf.Graph of a GraphDef, to run."""
    graph = tf.Graph()
    import_into(graph, graph_def)
    return graph


def import_into(graph: Graph, graph_def: GraphDef, known: Optional[Mapping[str, Tensor]] = None) -> None:
    """Add a GraphDef to a tf.Graph. known: {tensor name: tf.Tensor} of the graph that its nodes take. Python's garbage
    collector rests meanwhile: it would look through all of TensorFlow's modules every few hundred nodes, and take half
    of the time."""
    with none_collected(), graph.as_default():
        tf.import_graph_def(graph_def, input_map=known, name='')
