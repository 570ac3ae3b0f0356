"""The article's graph with both networks in it, and handles into it that the listing does not keep.

Nothing here adds a node to the graph: variables are read and written through the ops that `tf.Variable` made, and the
gradients are the tensors that the listing's own update ops consume. Runs on Python 3.6.
"""
import collections

from legacy import article, shim
from legacy.shim import tf
from legacy.worker import building

NETWORKS = ('plain', 'norm')


class Experiment(object):
    """Data and graph, built in the listing's order.

    x_data, y_data: float64 (2500, 1). xs, ys: placeholders. nets: {'plain': [train_op, cost, layers_inputs],
    'norm': ...}. variables: {name: tf.Variable} in order of creation. network_of: {name: network}.
    gradients: {name of a trainable variable: tensor}. seeded_calls: [building.SeededCall, ...].
    """

    def __init__(self, seed=1, op_seeds='1.15', arithmetic='float32'):
        self.arithmetic = arithmetic
        self.graph = tf.Graph()
        self.nets = collections.OrderedDict()
        self.network_of = {}
        with self.graph.as_default(), building.building(op_seeds, arithmetic):
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

    def session(self):
        """A new session on this graph, its variables not yet initialised."""
        return tf.Session(graph=self.graph, config=shim.session_config())

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
        seeded = building.seeded_ops(self.graph)
        drawn = [None] * len(seeded)
        for name in self.trainable:
            pending = [self.variables[name].initializer.inputs[1].op]
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
