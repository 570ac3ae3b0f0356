"""One run of a session as a function of variables and of what is fed, in a graph of its own. Runs on Python 3.6."""
from typing import Any, Callable, Dict, Hashable, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.formats.contents import array_of
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.nodes import INT32, Type, node_of, set_attribute, tensor_name
from legacy.worker.rewriting.rewriter import Report, Rules, imported, rewritten
from legacy.worker.rewriting.source import Types, types_of
from legacy.worker.scripts import kinds
from legacy.worker.scripts.kinds import Kind
from legacy.worker.tfobjects import Graph, GraphDef, NodeDef, Operation, Session, Tensor

PREFIX = 'legacy_step/'


class Form(object):
    """The ops of a `kinds.Kind`, cut out of its graph, as rules have written them: each `rewriting.rewriter` rule set
    makes another Form of one.

    kind: the Kind. cut: what was cut out. graph_def: the GraphDef. report: of the first rules, or None. is_rewritten:
    whether any rules have written it.
    """

    def __init__(self, kind: Kind, cut: '_Cut', graph_def: GraphDef, report: Optional[Report] = None,
                 is_rewritten: bool = False) -> None:
        self.kind, self.cut, self.graph_def, self.report, self.is_rewritten = kind, cut, graph_def, report, is_rewritten
        self._graph: Optional[Graph] = None
        self._types: Optional[Types] = None

    @classmethod
    def cut_out(cls, kind: Kind, definition: GraphDef) -> 'Form':
        """definition: the GraphDef of kind.graph."""
        cut = _Cut(kind, definition)
        return cls(kind, cut, cut.graph_def)

    @property
    def graph(self) -> Graph:
        """The tf.Graph. To import it takes most of the time, so that it is done once for all who need it."""
        if self._graph is None:
            self._graph = imported(self.graph_def)
        return self._graph

    def rewritten(self, rules: Rules) -> 'Form':
        """Another Form, by one rule set."""
        if self._types is None:
            self._types = types_of(self.graph)
        graph_def, report = rewritten(self.graph_def, rules, self._types)
        return Form(self.kind, self.cut, graph_def, self.report or report, True)


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
        self._fed = {name: self._tensor(given) for name, given in cut.fed.items()}
        self._values = {name: self._tensor(cut.values[name]) for name in self.kind.variables}
        self._restores = cut.restores
        self._written = {name: self._tensor(cut.readings[name]) for name in self.kind.written}
        self._fetched = {name: self._named(name) for name in self.kind.fetches
                         if kinds.can_hold(self.kind.graph.get_tensor_by_name(name))}
        self._targets = [name for name in self.kind.targets if name in cut.kept]

    def _named(self, name: str) -> Tensor:
        """The tensor that has this name in the kind's graph."""
        return self._fed[name] if name in self._fed else self._tensor(tensor_name(name))

    def has(self, name: str) -> bool:
        """Whether this graph has the tensor that has this name in the kind's graph."""
        try:
            return self._named(name) is not None
        except (KeyError, ValueError):
            return False

    def _tensor(self, name: str) -> Tensor:
        return self.graph.get_tensor_by_name(name if ':' in name else name + ':0')

    def run(self, before: Mapping[str, Array], fed: Mapping[str, Array]) -> Tuple[Dict[str, Array], Dict[str, Array]]:
        """Both {tensor name: array}, {variable: array}: what is fetched, and what is written afterwards.

        before: {variable: array}. fed: {tensor name: array}, of feeds and sources. Floats are cast to what the graph
        takes.
        """
        self._restore(before)
        fetched = self._made('run', self._fetched, self._targets, self._fed, fed)
        return ({name: array_of(value) for name, value in fetched.items()},
                {name: np.asarray(value) for name, value in self._made('written', self._written).items()})

    def session(self) -> Session:
        """The tf.Session that it runs in, which is opened when it is first needed."""
        if self._session is None:
            self._session = tf.Session(graph=self.graph, config=self._config)
        return self._session

    def _restore(self, before: Mapping[str, Array]) -> None:
        self.session()
        self._made('restore', {}, self._restores, self._values, before)

    def tensors(self, before: Mapping[str, Array], fed: Mapping[str, Array], names: Sequence[str]) -> Dict[str, Array]:
        """{tensor name: array} of tensors behind the fetches and targets, which are not run themselves, so that no
        variable is written meanwhile, but what some of the tensors wait for; these are asked by themselves. before,
        fed: as of `run`."""
        found: Dict[str, Array] = {}
        for is_later in (False, True):
            asked = [name for name in names if self.kind.is_later(name) is is_later]
            if asked or not is_later:
                self._restore(before)
                made = self._made(tuple(asked), {name: self._named(name) for name in asked}, (), self._fed, fed)
                found.update((name, np.asarray(value)) for name, value in made.items())
        return found

    def _made(self, what: Hashable, fetches: Mapping[str, Tensor], targets: Iterable[str] = (),
              feeds: Optional[Mapping[str, Tensor]] = None, given: Any = None) -> Dict[str, Any]:
        """{name: value} of fetches, {name: tf.Tensor}, in one run of the session. what: stands for the first four.
        targets: names of ops. feeds: {name: tf.Tensor} that get the array of this name in `given`. Raises ValueError
        where one has another shape than its tensor."""
        feeds = feeds or {}
        known = self._cast.get(what)
        if known is None or known[0] is not given:  # a run with noise is made of the same arrays again and again
            self._cast[what] = known = given, {tensor.name: _cast(given[name], tensor)
                                               for name, tensor in feeds.items()}
        arrays = known[1]
        found = {name: arrays[tensor.name] for name, tensor in fetches.items()
                 if tensor.name in arrays} if arrays else {}
        asked = [name for name in fetches if name not in found]
        if asked or targets:  # a session runs no empty graph
            if what not in self._callers:
                self._callers[what] = shim.caller(self._session, [fetches[name].name for name in asked], list(targets),
                                                  list(arrays))
            found.update(zip(asked, self._callers[what](list(arrays.values()))))
        return found

    def close(self) -> None:
        """Give back what a session takes; the next run opens another."""
        self._cast = {}
        if self._session is not None:
            self._callers = {}
            self._session.close()
            self._session = None


def _cast(array: Array, tensor: Tensor) -> Array:
    """The array as the tensor takes it. bfloat16 is held as uint16. Raises ValueError where it has another shape."""
    if not tensor.get_shape().is_compatible_with(array.shape):
        raise ValueError('%s has the shape %s, not %s' % (tensor.name, tensor.get_shape(), array.shape))
    dtype = tensor.dtype.base_dtype.as_numpy_dtype
    if tensor.dtype.base_dtype == tf.bfloat16 and array.dtype != dtype:
        return array.view(dtype)
    return array.astype(dtype) if array.dtype.kind in 'cf' and array.dtype != dtype else array


class _Cut(object):
    """graph_def: the ops of a kind, with placeholders for what is fed and for the variables' values.

    fed, values: {tensor or variable: placeholder}. restores: ops that give the variables these values. readings:
    {variable: tensor}. kept: names of the kind's ops that are there.
    """

    def __init__(self, kind: Kind, definition: GraphDef) -> None:
        self.graph_def = tf.GraphDef()
        self.graph_def.versions.CopyFrom(definition.versions)
        self.graph_def.library.CopyFrom(definition.library)
        self.fed: Dict[str, str] = {}
        self.values: Dict[str, str] = {}
        self.readings: Dict[str, str] = {}
        self.restores: List[str] = []
        for tensor in [kind.graph.get_tensor_by_name(name) for name in kind.feeds] + kind.sources:
            if kinds.can_hold(tensor):
                self.fed[tensor.name] = self._placeholder('fed/%d' % len(self.fed), tensor.dtype, tensor.get_shape())
        self.kept = {op.name for op in kind.ops}
        taken = {tensor_name(name): given for name, given in self.fed.items()}
        for node in definition.node:
            if node.name in self.kept:
                self._copy(node, taken)
                if node.name in kind.draws:
                    self._draw_alike(len(self.graph_def.node) - 1)
        self._read_first(kind.races().pairs)
        for k, (name, variable) in enumerate(kind.variables.items()):
            self._restorable(k, name, variable)

    def _copy(self, node: NodeDef, taken: Mapping[str, str]) -> None:
        copied = self.graph_def.node.add()
        copied.CopyFrom(node)
        copied.device = ''
        copied.attr.pop('_class', None)  # ops that it is placed with may not be here
        del copied.input[:]
        for given in node.input:
            if given.startswith('^'):
                if node_of(given) in self.kept:
                    copied.input.append(given)
            else:
                copied.input.append(taken.get(tensor_name(given), given))

    def _read_first(self, pairs: Iterable[Tuple[str, str]]) -> None:
        """Have the writing ops wait for reads that would race with them. pairs: [(name of the reading op, name of the
        writing one)]."""
        nodes = {node.name: node for node in self.graph_def.node} if pairs else {}
        for reader, writer in pairs:
            if '^' + reader not in nodes[writer].input:
                nodes[writer].input.append('^' + reader)

    def _draw_alike(self, at: int) -> None:
        """Make a random op, the node at this place, one without a state, which draws the same whenever it runs."""
        node = self.graph_def.node[at]
        seeds = np.array([node.attr['seed'].i, node.attr['seed2'].i], np.int32)
        name = self._node('Const', 'seeds/%d' % len(self.graph_def.node), ['^' + node_of(node.input[0])],
                          dtype=INT32, value=seeds)
        node = self.graph_def.node[at]
        node.op = kinds.STATELESS[node.op]
        node.input.insert(1, name)
        node.attr['Tseed'].type = INT32
        for key in ('seed', 'seed2'):
            node.attr.pop(key, None)

    def _restorable(self, k: int, name: str, variable: Operation) -> None:
        attributes = variable.node_def.attr
        if variable.type == 'VarHandleOp':
            dtype = Type(attributes['dtype'].type)
            value = self._placeholder('value/%d' % k, tf.as_dtype(int(dtype)), _shape(attributes['shape'].shape))
            self._node('AssignVariableOp', 'restore/%d' % k, [name, value], dtype=dtype)
            self.readings[name] = self._node('ReadVariableOp', 'reading/%d' % k, [name], dtype=dtype)
        else:
            dtype = Type(attributes['dtype'].type)
            value = self._placeholder('value/%d' % k, tf.as_dtype(int(dtype)), _shape(attributes['shape'].shape))
            self._node('Assign', 'restore/%d' % k, [name, value], T=dtype, validate_shape=False, use_locking=True)
            self.readings[name] = name
        self.values[name] = value
        self.restores.append(PREFIX + 'restore/%d' % k)

    def _placeholder(self, name: str, dtype: Any, shape: Any) -> str:
        node = self.graph_def.node.add(op='Placeholder', name=PREFIX + name)
        node.attr['dtype'].type = dtype.base_dtype.as_datatype_enum
        node.attr['shape'].shape.CopyFrom(shape.as_proto())
        return str(node.name)

    def _node(self, op: str, name: str, inputs: Sequence[str], **attributes: Any) -> str:
        node = self.graph_def.node.add(op=op, name=PREFIX + name, input=inputs)
        for key, value in attributes.items():
            set_attribute(node.attr[key], value)
        return str(node.name)


def _shape(proto: Any) -> Any:
    return tf.TensorShape(proto)
