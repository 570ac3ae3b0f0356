"""One run of a session as a function of variables and of what is fed, in a graph of its own. Runs on Python 3.6."""
import numpy as np

from legacy import shim
from legacy.formats.contents import array_of
from legacy.shim import tf
from legacy.worker.rewriting.nodes import INT32, Type, node_of, set_attribute, tensor_name
from legacy.worker.rewriting.rewriter import imported, rewritten
from legacy.worker.scripts import kinds

PREFIX = 'legacy_step/'


class StepGraph(object):
    """The ops of a `kinds.Kind`, cut out of its graph, in the arithmetic of a rule set.

    rules: see `rewriting.rewriter`, several are applied one after the other; none leave the ops as they are. optimized:
    whether TensorFlow's optimizer of graphs may put these ops together otherwise; what rules have written it never may.
    report: of the first rules, or None.
    """

    def __init__(self, kind, definition, rules=(), optimized=True):
        """definition: the GraphDef of kind.graph."""
        self.kind = kind
        cut = _Cut(kind, definition)
        graph_def, self.report = cut.graph_def, None
        for rule in rules:
            graph_def, report = rewritten(graph_def, rule)
            self.report = self.report or report
        self.graph = imported(graph_def)
        config = shim.session_config()
        self._config = config if optimized and not rules else shim.without_optimizers(config)
        self._session = None
        self._fed = {name: self._tensor(given) for name, given in cut.fed.items()}
        self._values = {name: self._tensor(given) for name, given in cut.values.items()}
        self._restores = [self.graph.get_operation_by_name(name) for name in cut.restores]
        self._written = {name: self._tensor(cut.readings[name]) for name in kind.written}
        self._fetched = {name: self._named(name) for name in kind.fetches
                         if kinds.can_hold(kind.graph.get_tensor_by_name(name))}
        self._targets = [self.graph.get_operation_by_name(name) for name in kind.targets if name in cut.kept]

    def _named(self, name):
        """The tensor that has this name in the kind's graph."""
        return self._fed[name] if name in self._fed else self._tensor(tensor_name(name))

    def has(self, name):
        """Whether this graph has the tensor that has this name in the kind's graph."""
        try:
            return self._named(name) is not None
        except (KeyError, ValueError):
            return False

    def _tensor(self, name):
        return self.graph.get_tensor_by_name(name if ':' in name else name + ':0')

    def run(self, before, fed):
        """Both {tensor name: array}, {variable: array}: what is fetched, and what is written afterwards.

        before: {variable: array}. fed: {tensor name: array}, of feeds and sources. Floats are cast to what the graph
        takes.
        """
        self._restore(before)
        fetched, _ = self._made([self._fetched, self._targets], self._fed_with(fed))
        return ({name: array_of(value) for name, value in fetched.items()},
                {name: np.asarray(value) for name, value in self._made(self._written).items()})

    def _restore(self, before):
        if self._session is None:
            self._session = tf.Session(graph=self.graph, config=self._config)
        self._made(self._restores, {self._values[name]: _cast(before[name], self._values[name])
                                    for name in self.kind.variables})

    def _made(self, fetches, fed=None):
        """What a session gives; nothing where there is no op: a session runs no empty graph."""
        return self._session.run(fetches, fed) if self.graph.get_operations() else fetches

    def _fed_with(self, fed):
        return {tensor: _cast(fed[name], tensor) for name, tensor in self._fed.items()}

    def tensors(self, before, fed, names):
        """{tensor name: array} of tensors behind the fetches and targets, which are not run themselves, so that no
        variable is written meanwhile. before, fed: as of `run`."""
        self._restore(before)
        found = self._made({name: self._named(name) for name in names}, self._fed_with(fed))
        return {name: np.asarray(value) for name, value in found.items()}

    def close(self):
        """Give back what a session takes; the next run opens another."""
        if self._session is not None:
            self._session.close()
            self._session = None


def _cast(array, tensor):
    """The array as the tensor takes it. bfloat16 is held as uint16."""
    dtype = tensor.dtype.base_dtype.as_numpy_dtype
    if tensor.dtype.base_dtype == tf.bfloat16 and array.dtype != dtype:
        return array.view(dtype)
    if array.dtype.kind == 'c' and array.dtype != dtype:
        return array.astype(dtype)
    return array.astype(dtype) if array.dtype.kind == 'f' and array.dtype != dtype else array


class _Cut(object):
    """graph_def: the ops of a kind, with placeholders for what is fed and for the variables' values.

    fed, values: {tensor or variable: placeholder}. restores: ops that give the variables these values. readings:
    {variable: tensor}. kept: names of the kind's ops that are there.
    """

    def __init__(self, kind, definition):
        self.graph_def = tf.GraphDef()
        self.graph_def.versions.CopyFrom(definition.versions)
        self.graph_def.library.CopyFrom(definition.library)
        self.fed, self.values, self.readings, self.restores = {}, {}, {}, []
        for tensor in [kind.graph.get_tensor_by_name(name) for name in kind.feeds] + kind.sources:
            if kinds.can_hold(tensor):
                self.fed[tensor.name] = self._placeholder('fed/%d' % len(self.fed), tensor.dtype, tensor.get_shape())
        self.kept = {op.name for op in kind.ops}
        taken = {tensor_name(name): given for name, given in self.fed.items()}
        for node in definition.node:
            if node.name in self.kept:
                self._copy(node, taken)
                if node.name in kind.draws:
                    self._draw_alike(self.graph_def.node[-1])
        for k, (name, variable) in enumerate(kind.variables.items()):
            self._restorable(k, name, variable)

    def _copy(self, node, taken):
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

    def _draw_alike(self, node):
        """Make a random op one without a state, which draws the same whenever it runs."""
        seeds = np.array([node.attr['seed'].i, node.attr['seed2'].i], np.int32)
        name = self._node('Const', 'seeds/%d' % len(self.graph_def.node), ['^' + node_of(node.input[0])],
                          dtype=INT32, value=seeds)
        node = next(other for other in self.graph_def.node if other.name == node.name)
        node.op = kinds.STATELESS[node.op]
        node.input.insert(1, name)
        node.attr['Tseed'].type = INT32
        for key in ('seed', 'seed2'):
            node.attr.pop(key, None)

    def _restorable(self, k, name, variable):
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

    def _placeholder(self, name, dtype, shape):
        node = self.graph_def.node.add(op='Placeholder', name=PREFIX + name)
        node.attr['dtype'].type = dtype.base_dtype.as_datatype_enum
        node.attr['shape'].shape.CopyFrom(shape.as_proto())
        return node.name

    def _node(self, op, name, inputs, **attributes):
        node = self.graph_def.node.add(op=op, name=PREFIX + name, input=inputs)
        for key, value in attributes.items():
            set_attribute(node.attr[key], value)
        return node.name


def _shape(proto):
    return tf.TensorShape(proto)
