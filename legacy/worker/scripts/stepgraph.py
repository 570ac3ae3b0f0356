"""One run of a session as a function of variables and of what is fed, in a graph of its own. Runs on Python 3.6."""
from typing import Any, Callable, Dict, Hashable, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.formats.contents import array_of
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.nodes import node_of, tensor_name
from legacy.worker.rewriting.rewriter import Report, Rules, import_into, rewritten
from legacy.worker.rewriting.source import Types, types_of
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.subgraph import Cut
from legacy.worker.tfobjects import Graph, GraphDef, NodeDef, Session

ROW = '/row'  # stands for the variables that are in a row, see `subgraph.Cut`: no variable has such a name
OP = 1000  # numbers that are computed while an op begins


class Form(object):
    """The ops of a `kinds.Kind`, cut out of its graph, as rules have written them: each `rewriting.rewriter` rule set
    makes another Form of one.

    kind: the Kind. cut: what was cut out. graph_def: the GraphDef. report: of the first rules, or None. is_rewritten:
    whether any rules have written it. has_objects: whether anybody asks for its ops as Python's objects, or writes
    another Form of it: to make these takes most of an import's time.
    """

    def __init__(self, kind: Kind, cut: Cut, graph_def: GraphDef, report: Optional[Report] = None,
                 is_rewritten: bool = False, has_objects: bool = True) -> None:
        self.kind, self.cut, self.graph_def, self.report, self.is_rewritten = kind, cut, graph_def, report, is_rewritten
        self.nodes: Dict[str, NodeDef] = {node.name: node for node in graph_def.node}
        self._has_objects = has_objects
        self._graph: Optional[Graph] = None
        self._types: Optional[Types] = None

    @classmethod
    def cut_out(cls, kind: Kind, definition: GraphDef) -> 'Form':
        """definition: the GraphDef of kind.graph."""
        cut = Cut(kind, definition)
        return cls(kind, cut, cut.graph_def)

    @property
    def graph(self) -> Graph:
        """The tf.Graph. To import it takes most of the time, so that it is done once for all who need it."""
        if self._graph is None:
            graph = tf.Graph() if self._has_objects else shim.graph_of_names()
            import_into(graph, self.graph_def)
            self._graph = graph  # not one that could not be imported
        return self._graph

    def rewritten(self, rules: Rules, has_objects: bool = True) -> 'Form':
        """Another Form, by one rule set. Only of one that has objects."""
        if self._types is None:
            self._types = types_of(self.graph)
        graph_def, report = rewritten(self.graph_def, rules, self._types)
        return Form(self.kind, self.cut, graph_def, self.report or report, True, has_objects)


class StepGraph(object):
    """One run of a session, to be made again: the ops of a `Form`, in a session of its own.

    optimized: whether TensorFlow's optimizer of graphs may put these ops together otherwise; what rules have written it
    never may. report: see `Form`.
    """

    def __init__(self, form: Form, optimized: bool = True) -> None:
        self.kind, self.graph, self.report, cut = form.kind, form.graph, form.report, form.cut
        config = shim.session_config()
        self._config = config if optimized and not form.is_rewritten else shim.without_optimizers(config)
        self._session: Optional[Session] = None
        self._callers: Dict[Hashable, Callable[[Sequence[Array]], List[Array]]] = {}
        self._cast: Dict[Hashable, Tuple[Any, Dict[str, Array]]] = {}  # of each run what it was given, and that cast
        self._nodes = form.nodes
        self._fed = {name: _Given(self._nodes[given]) for name, given in cut.fed.items()}
        self._row, row = cut.row, cut.row.shapes if cut.row else {}
        self._given: Tuple[Any, Mapping[str, Array]] = (None, {})  # what the variables were given, and that in a row
        self._values = {name: _Given(self._nodes[value]) for name, value in cut.values.items()}
        self._restores = cut.restores
        self._written = {name: self._tensor(cut.readings[name]) for name in self.kind.written if name not in row}
        if self._row is not None:
            self._values[ROW] = _Given(self._nodes[self._row.given])
            self._written[ROW] = self._tensor(self._row.read)
        self._fetched = {name: self._named(name) for name in self.kind.fetches
                         if kinds.can_hold(self.kind.graph.get_tensor_by_name(name))}
        self._targets = [name for name in self.kind.targets if name in cut.kept]

    def _named(self, name: str) -> str:
        """The name here of the tensor that has this name in the kind's graph. Raises KeyError if there is none."""
        return self._fed[name].name if name in self._fed else self._tensor(tensor_name(name))

    def has(self, name: str) -> bool:
        """Whether this graph has the tensor that has this name in the kind's graph."""
        try:
            return bool(self._named(name))
        except KeyError:
            return False

    def _tensor(self, name: str) -> str:
        """A tensor's name as a session takes it: 'a' -> 'a:0'. Raises KeyError if there is none."""
        node, output = self._nodes[node_of(name)], int((name + ':0').split(':')[1])
        if output and node.op in ('Identity', 'IdentityN') and output >= len(node.attr['T'].list.type):
            raise KeyError(name)  # it stands for a node that had more outputs: see `site.finish_outputs`
        return '%s:%d' % (node.name, output)

    def run(self, before: Mapping[str, Array], fed: Mapping[str, Array]) -> Tuple[Dict[str, Array], Dict[str, Array]]:
        """Both {tensor name: array}, {variable: array}: what is fetched, and what is written afterwards.

        before: {variable: array}. fed: {tensor name: array}, of feeds and sources. Floats are cast to what the graph
        takes.
        """
        self._restore(before)
        fetched = self._made('run', self._fetched, self._targets, self._fed, fed)
        written = {name: np.asarray(value) for name, value in self._made('written', self._written).items()}
        written.update(self._parted(written.pop(ROW)) if self._row is not None else {})
        return ({name: array_of(value) for name, value in fetched.items()},
                {name: written[name] for name in self.kind.written})

    def _in_a_row(self, before: Mapping[str, Array]) -> Array:
        assert self._row is not None
        for name, shape in self._row.shapes.items():
            if np.shape(before[name]) != shape:
                raise ValueError('%s has the shape %s, not %s' % (name, shape, np.shape(before[name])))
        return np.concatenate([np.asarray(before[name]).reshape(-1) for name in self._row.shapes])

    def _parted(self, row: Array) -> Dict[str, Array]:
        """{variable: array} of those that are in a row."""
        assert self._row is not None
        shapes = self._row.shapes
        ends = np.cumsum([int(np.prod(shape, dtype='i8')) for shape in shapes.values()])
        return {name: part.reshape(shape) for part, (name, shape) in zip(np.split(row, ends[:-1]), shapes.items())}

    def session(self) -> Session:
        """The tf.Session that it runs in, which is opened when it is first needed."""
        if self._session is None:
            self._session = tf.Session(graph=self.graph, config=self._config)
        return self._session

    def _restore(self, before: Mapping[str, Array]) -> None:
        self.session()
        if self._row is not None and self._given[0] is not before:
            self._given = before, dict(before, **{ROW: self._in_a_row(before)})
        self._made('restore', {}, self._restores, self._values, before if self._row is None else self._given[1])

    def tensors(self, before: Mapping[str, Array], fed: Mapping[str, Array], names: Sequence[str]) -> Dict[str, Array]:
        """{tensor name: array} of tensors behind the fetches and targets, which are not run themselves, so that no
        variable is written meanwhile, but what some of the tensors wait for; these are asked by themselves. before,
        fed: as of `run`."""
        found: Dict[str, Array] = {}
        for is_later in (False, True):
            asked = [name for name in names if self.kind.is_later(name) is is_later]
            if asked or not is_later:
                self._restore(before)
                named = {name: self._named(name) for name in asked}
                made = self._made(tuple(asked), named, (), self._fed, fed)
                found.update((name, np.asarray(value)) for name, value in made.items())
        return found

    def work(self, before: Mapping[str, Array], fed: Mapping[str, Array]) -> int:
        """How much the run computes, in numbers that come out of ops, loops included: the same on every machine. An op
        counts as so many numbers as it could compute meanwhile."""
        self._restore(before)
        feeds = {taker.name: taker.cast(fed[name]) for name, taker in self._fed.items()}
        fetches = [tensor for tensor in self._fetched.values() if tensor not in feeds]
        metadata = tf.RunMetadata()
        self.session().run([fetches, self._targets], feeds, run_metadata=metadata,
                           options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE))
        made = [node for device in metadata.step_stats.dev_stats for node in device.node_stats]
        return OP * len(made) + sum(_size(output.tensor_description.shape) for node in made for output in node.output)

    def _made(self, what: Hashable, fetches: Mapping[str, str], targets: Iterable[str] = (),
              feeds: 'Optional[Mapping[str, _Given]]' = None, given: Any = None) -> Dict[str, Any]:
        """{name: value} of fetches, {name: that of the tensor here}, in one run of the session. what: stands for the
        first four. targets: names of ops. feeds: those that get the array of this name in `given`. Raises ValueError
        where one has another shape than its tensor."""
        feeds = feeds or {}
        known = self._cast.get(what)
        if known is None or known[0] is not given:  # a run with noise is made of the same arrays again and again
            self._cast[what] = known = given, {taker.name: taker.cast(given[name]) for name, taker in feeds.items()}
        arrays = known[1]
        found = {name: arrays[tensor] for name, tensor in fetches.items() if tensor in arrays} if arrays else {}
        asked = [name for name in fetches if name not in found]
        if asked or targets:  # a session runs no empty graph
            if what not in self._callers:
                self._callers[what] = shim.caller(self._session, [fetches[name] for name in asked], list(targets),
                                                  list(arrays))
            found.update(zip(asked, self._callers[what](list(arrays.values()))))
        return found

    def close(self) -> None:
        """Give back what a session takes; the next run opens another."""
        self._cast, self._given = {}, (None, {})
        if self._session is not None:
            self._callers = {}
            self._session.close()
            self._session = None


def _size(shape: Any) -> int:
    """How many numbers there are in a TensorShapeProto."""
    found = 1
    for dim in shape.dim:
        found *= max(0, int(dim.size))
    return found


class _Given(object):
    """A placeholder that gets an array. name: of its tensor, as a session takes it. dtype, shape: tf.DType,
    tf.TensorShape."""

    def __init__(self, node: NodeDef) -> None:
        self.name = str(node.name) + ':0'
        self.dtype, self.shape = tf.as_dtype(node.attr['dtype'].type), tf.TensorShape(node.attr['shape'].shape)

    def cast(self, array: Array) -> Array:
        """The array as the tensor takes it. bfloat16 is held as uint16. Raises ValueError where it has another
        shape."""
        if not self.shape.is_compatible_with(array.shape):
            raise ValueError('%s has the shape %s, not %s' % (self.name, self.shape, array.shape))
        dtype = self.dtype.as_numpy_dtype
        if self.dtype == tf.bfloat16 and array.dtype != dtype:
            return array.view(dtype)
        return array.astype(dtype) if array.dtype.kind in 'cf' and array.dtype != dtype else array
