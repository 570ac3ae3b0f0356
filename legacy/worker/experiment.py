"""The article's graph with both networks in it, and handles into it that the listing does not keep.

Nothing here adds a node to the graph: variables are read and written through the ops that `tf.Variable` made, and the
gradients are the tensors that the listing's own update ops consume. In another arithmetic than the article's the graph
that runs is a rewritten one, in which everything has the same name. Runs on Python 3.6.
"""
import collections
import copy

from legacy import article, shim
from legacy.shim import tf
from legacy.worker import building
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import imported, rewritten_graph

NETWORKS = ('plain', 'norm')
REWRITTEN = {'portable': Portable, 'float64': Float64}  # {arithmetic: rule set}


class Experiment(object):
    """Data and graph, built in the listing's order.

    x_data, y_data: float64 (2500, 1). xs, ys: placeholders. nets: {'plain': [train_op, cost, layers_inputs],
    'norm': ...}. variables: {name: tf.Variable} in order of creation. network_of: {name: network}.
    gradients: {name of a trainable variable: tensor}. seeded_calls: [building.SeededCall, ...]. built: the experiment
    as the article's calls built it, to describe; itself unless the graph was rewritten.
    """

    def __init__(self, seed=1, op_seeds='1.15', arithmetic='float32'):
        self.arithmetic = arithmetic
        self.graph = tf.Graph()
        self.nets = collections.OrderedDict()
        self.network_of = {}
        with self.graph.as_default(), building.building(op_seeds, 'float32' if arithmetic in REWRITTEN else arithmetic):
            self.x_data, self.y_data = article.make_data(seed)
            self.xs, self.ys = article.make_placeholders()
            for network, norm in zip(NETWORKS, (False, True)):
                self.nets[network] = article.built_net(self.xs, self.ys, norm=norm, seed=seed)
                for variable in tf.global_variables():
                    self.network_of.setdefault(variable.op.name, network)
            self.initializer = tf.global_variables_initializer()
            self.variables = collections.OrderedDict((v.op.name, v) for v in tf.global_variables())
            self.trainable = [v.op.name for v in tf.trainable_variables()]
        found = {}
        for train_op, _, _ in self.nets.values():
            found.update(_gradients(train_op))  # in an order that changes from process to process
        self.gradients = collections.OrderedDict((name, found[name]) for name in self.trainable)
        self.seeded_calls = building.seeded_calls(self.graph)
        self.built = self
        if arithmetic in REWRITTEN:
            self.rewrite(REWRITTEN[arithmetic]())

    def rewrite(self, rules):
        """Go on with another graph: this one rewritten by a rule set. Returns the rewriter's Report."""
        if self.built is self:
            self.built = copy.copy(self)
        graph_def, report = rewritten_graph(self.graph, rules)
        old, self.graph = copy.copy(self), imported(graph_def)
        tensor, operation = self.graph.get_tensor_by_name, self.graph.get_operation_by_name
        self.xs, self.ys = tensor(old.xs.name), tensor(old.ys.name)
        self.initializer = operation(old.initializer.name)
        self.nets = collections.OrderedDict(
            (name, [operation(train_op.name), tensor(cost.name), [tensor(layer.name) for layer in layers]])
            for name, (train_op, cost, layers) in old.nets.items())
        self.gradients = collections.OrderedDict((name, tensor(old.gradients[name].name)) for name in old.gradients)
        with self.graph.as_default():
            self.variables = collections.OrderedDict(
                (name, tf.Variable.from_proto(variable.to_proto())) for name, variable in old.variables.items())
        return report

    def session(self):
        """A new session on this graph, its variables not yet initialised."""
        config = shim.session_config()
        return tf.Session(graph=self.graph, config=config if self.built is self else shim.without_optimizers(config))

    def feed(self, rows=slice(None)):
        """The feed of these rows; all of them unless given."""
        return {self.xs: self.x_data[rows], self.ys: self.y_data[rows]}

    def train(self, sess, steps, watch):
        """`article.train` on both networks."""
        return article.train(sess, self.xs, self.ys, self.nets['plain'], self.nets['norm'],
                             self.x_data, self.y_data, steps, watch)

    def values(self, sess):
        """{name: array} of every variable."""
        return sess.run(self.variables)

    def restore(self, sess, values):
        """Give every variable the value that `values` has for its name."""
        initializers = [variable.initializer for variable in self.variables.values()]
        sess.run(initializers, {op.inputs[1]: values[name] for name, op in zip(self.variables, initializers)})

    def drawn_variables(self):
        """For each of `seeded_calls`, the name of the variable that is initialised from its op, or None."""
        seeded = building.seeded_ops(self.built.graph)
        drawn = [None] * len(seeded)
        for name in self.trainable:
            pending = [self.built.variables[name].initializer.inputs[1].op]
            while pending:
                op = pending.pop()
                if op in seeded:
                    drawn[seeded.index(op)] = name
                pending.extend(tensor.op for tensor in op.inputs)
        return drawn


def _gradients(train_op):
    """{variable name: gradient tensor} that the update ops behind a `minimize()` consume."""
    return {op.inputs[0].op.name: op.inputs[2]
            for op in train_op.control_inputs if op.type == 'ApplyGradientDescent'}
