"""The article's graph with both networks in it, and handles into it that the listing does not keep.

Nothing here adds a node to the graph: variables are read and written through the ops that `tf.Variable` made, and the
gradients are the tensors that the listing's own update ops consume. In an arithmetic other than float32 what runs is
another graph, which the rewriter makes of the built one; in it everything has the name that it has in the built one.
Runs on Python 3.6.
"""
import collections
import weakref
from typing import Any, Callable, Dict, Iterable, List, MutableMapping, NamedTuple, Optional, Tuple, Union

from legacy import article, shim
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker import building, port, seedanswers
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import Report, Rules, imported, rewritten_graph
from legacy.worker.seedanswers import OpSeeds
from legacy.worker.tfobjects import Operation, Session, Tensor, Variable

NETWORKS = ('plain', 'norm')
RULES = {'portable': Portable, 'float64': Float64}  # arithmetic: what rewrites the graph


Rows = Union[slice, Array]  # of the data: some in a row, or the numbers of some
# What `article.built_net` returns, which a graph has one of for each network.
Net = NamedTuple('Net', [('train_op', Operation), ('cost', Tensor), ('layers_inputs', List[Tensor])])


class Experiment(object):
    """Data and graph, built in the listing's order.

    x_data, y_data: float64 (2500, 1). built: the graph as the port built it. graph: the one that runs, in which are
    xs, ys: placeholders; nets: by network; initializer; gradients: of each trainable variable, by name. variables: of
    the built graph, by name, in order of creation. network_of: which network a variable is of. seeded_calls: of
    `building`. port_changes: of `port.changes`, when it was built. rewriting: None in float32.
    """

    def __init__(self, seed: int = 1, op_seeds: OpSeeds = '1.15', arithmetic: str = 'float32') -> None:
        """op_seeds: as `building.building` takes them. Raises ShimError where these do not belong to the graph."""
        self.arithmetic = arithmetic
        self.built = self.graph = tf.Graph()
        self.nets: Dict[str, Net] = collections.OrderedDict()
        self.network_of: Dict[str, str] = {}
        self.port_changes = port.changes()
        with self.graph.as_default(), building.building(op_seeds, trusted=not self.port_changes):
            self.x_data, self.y_data = article.make_data(seed)
            self.xs, self.ys = article.make_placeholders()
            for network, norm in zip(NETWORKS, (False, True)):
                self.nets[network] = Net(*article.built_net(self.xs, self.ys, norm=norm, seed=seed))
                for variable in tf.global_variables():
                    self.network_of.setdefault(variable.op.name, network)
            self.initializer = tf.global_variables_initializer()
            self.variables: Dict[str, Variable] = collections.OrderedDict((v.op.name, v) for v in tf.global_variables())
            self.trainable: List[str] = [v.op.name for v in tf.trainable_variables()]
        found: Dict[str, Tensor] = {}
        for train_op, _, _ in self.nets.values():
            found.update(_gradients(train_op))  # in an order that changes from process to process
        for name in self.trainable:
            if name not in found:
                raise shim.ShimError('%s is not updated by gradient descent: of other optimizers than '
                                     'tf.train.GradientDescentOptimizer the gradients are not known here' % name)
        self.gradients: Dict[str, Tensor] = collections.OrderedDict((name, found[name]) for name in self.trainable)
        self.seeded_calls = building.seeded_calls(self.graph)
        self.rewriting: Optional[Report] = None
        # of each session the function that fetches all variables
        self._fetchers: MutableMapping[Session, Callable[[], Dict[str, Array]]] = weakref.WeakKeyDictionary()
        for rules in self._rules():
            self._rewrite(rules)

    def _rules(self) -> List[Rules]:
        """The rule sets that make the graph that runs of the one that was built, one after another."""
        return [RULES[self.arithmetic]()] if self.arithmetic in RULES else []

    def _rewrite(self, rules: Rules) -> None:
        """Run another graph from now on."""
        definition, self.rewriting = rewritten_graph(self.graph, rules)
        self.graph = imported(definition)
        tensor, op = self.graph.get_tensor_by_name, self.graph.get_operation_by_name
        self.xs, self.ys = tensor(self.xs.name), tensor(self.ys.name)
        self.initializer = op(self.initializer.name)
        self.nets = collections.OrderedDict(
            (name, Net(op(train_op.name), tensor(cost.name), [tensor(layer.name) for layer in layers]))
            for name, (train_op, cost, layers) in self.nets.items())
        self.gradients = collections.OrderedDict((name, tensor(gradient.name))
                                                 for name, gradient in self.gradients.items())

    def session(self) -> Session:
        """A new session on the graph that runs, its variables not yet initialised."""
        config = shim.session_config()
        return tf.Session(graph=self.graph, config=shim.without_optimizers(config) if self.rewriting else config)

    def feed(self, rows: Rows = slice(None)) -> Dict[Tensor, Any]:
        """The feed of these rows; all of them unless given."""
        return {self.xs: self.x_data[rows], self.ys: self.y_data[rows]}

    def train(self, sess: Session, steps: int, watch: article.Watch) -> Tuple[List[float], List[float]]:
        """`article.train` on both networks."""
        histories: Tuple[List[float], List[float]] = article.train(
            sess, self.xs, self.ys, self.nets['plain'], self.nets['norm'], self.x_data, self.y_data, steps, watch)
        return histories

    def values(self, sess: Session, names: Optional[Iterable[str]] = None) -> Dict[str, Array]:
        """{name: array} of these variables; of all unless given."""
        if names:
            values: Dict[str, Array] = sess.run({name: name + ':0' for name in names})
            return values
        if sess not in self._fetchers:
            self._fetchers[sess] = shim.fetcher(sess, {name: name + ':0' for name in self.variables})
        return self._fetchers[sess]()

    def restore(self, sess: Session, values: Dict[str, Array]) -> None:
        """Give each variable that `values` ({name: array}) names this value."""
        assigns = {name: self.graph.get_operation_by_name(self.variables[name].initializer.name) for name in values}
        sess.run(list(assigns.values()), {assign.inputs[1]: values[name] for name, assign in assigns.items()})

    def drawn_variables(self) -> List[Optional[str]]:
        """For each of `seeded_calls`, the name of the variable that is initialised from its op, or None."""
        seeded = building.seeded_ops(self.built)
        drawn: List[Optional[str]] = [None] * len(seeded)
        for name in self.trainable:
            pending = [self.variables[name].initializer.inputs[1].op]
            while pending:
                op = pending.pop()
                if op in seeded:
                    drawn[seeded.index(op)] = name
                pending.extend(tensor.op for tensor in op.inputs)
        return drawn


def for_its_nodes(arithmetic: str = 'float32') -> Experiment:
    """An Experiment to be looked at, not run: where nobody knows 1.15's op seeds, with this release's own."""
    try:
        return Experiment(arithmetic=arithmetic)
    except seedanswers.SeedsUnknown:
        return Experiment(op_seeds='native', arithmetic=arithmetic)


def _gradients(train_op: Operation) -> Dict[str, Tensor]:
    """{variable name: gradient tensor} that the update ops behind a `minimize()` consume."""
    return {op.inputs[0].op.name: op.inputs[2]
            for op in train_op.control_inputs if op.type == 'ApplyGradientDescent'}
