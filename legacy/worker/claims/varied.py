"""The article's experiment with other values in some of its calls. Runs on Python 3.6.

The port stays the listing, call for call. While a graph is built, these calls are answered otherwise, where it is asked
for:

    in the listing                                here
    fix_seed(1)                                   fix_seed(seed): other noise, other order of the rows, other weights
    tf.random_normal(..., stddev=1.0)             He: stddev=sqrt(2 / inputs of the layer), from the same normal numbers
    tf.train.GradientDescentOptimizer(0.001)      a variable in place of 0.001
    minimize(cost)                                L2: of cost + strength * sum(Weights ** 2) / 2, without the biases
    tf.train.ExponentialMovingAverage(decay=0.5)  a variable in place of 0.5
    tf.nn.relu                                    dropout: some of its outputs are dropped while a step is taken
    tf.nn.batch_normalization(x, mean, var, ...)  inference: the moving averages in place of mean and var

A variable that holds the listing's value changes no bit (tested).
"""
import collections
import math
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import numpy as np

from legacy import article
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.building import Replacement, replaced
from legacy.worker.experiment import Experiment, Rows
from legacy.worker.tfobjects import Operation, Session, Tensor, Variable

INITIALISATIONS = ('article', 'He')
LISTING = {'rate': 0.001, 'decay': 0.5, 'strength': 0.0}  # where the dials stand unless set

# One application of batch normalisation: tensors x and output of shape (rows, units), mean and variance of (units,);
# variables scale, shift, average_mean and average_variance of (units,).
Layer = NamedTuple('Layer', [
    ('x', Tensor), ('mean', Tensor), ('variance', Tensor), ('scale', Variable), ('shift', Variable), ('output', Tensor),
    ('average_mean', Variable), ('average_variance', Variable)])


class Varied(Experiment):
    """An Experiment with dials.

    layers: the eight Layers of the network with batch normalisation, the one of its input first. keep: with dropout, a
    scalar tensor to be fed in training: the share of the units that is kept. It is 1 where it is not fed.
    """

    def __init__(self, seed: int = 1, initialisation: str = 'article', dropout: bool = False, l2: bool = False,
                 inference: bool = False) -> None:
        if initialisation not in INITIALISATIONS:
            raise ValueError('initialisation=%r' % (initialisation,))
        self.layers: List[Layer] = []
        self.keep: Optional[Tensor] = None
        self._dials: Dict[str, Variable] = collections.OrderedDict()
        calls = self._noting(l2, inference)
        if initialisation == 'He':
            calls.append((tf, 'random_normal', _he_normal(tf.random_normal)))
        if dropout:
            calls.append((article, 'ACTIVITION', self._dropping(article.ACTIVITION)))
        with replaced(calls):
            # dropout draws random numbers as well, more than TensorFlow 1.15's op seeds are recorded for
            super(Varied, self).__init__(seed, 'native' if dropout else '1.15')

    def session(self, initial: Optional[Dict[str, Array]] = None, **dials: float) -> Session:
        """A session with every variable at its initial value, or at `initial`'s ({name: array}); each dial at the value
        given, else at the listing's."""
        sess = super(Varied, self).session()
        sess.run(self.initializer)
        if initial:
            self.restore(sess, initial)
        for name, variable in self._dials.items():
            assign = variable.initializer
            sess.run(assign, {assign.inputs[1]: dials.get(name, LISTING[name])})
        return sess

    def feed(self, rows: Rows = slice(None), fed: Optional[Dict[Tensor, Any]] = None) -> Dict[Tensor, Any]:
        """The feed of these rows, and of `fed`: {tensor: what is fed in its place}."""
        found = super(Varied, self).feed(rows)
        found.update(fed or {})
        return found

    def predictions(self, sess: Session, network: str, size: int, fed: Optional[Dict[Tensor, Any]] = None) -> Array:
        """float32 (rows,): for all rows, `size` at a time."""
        prediction = prediction_of(self.nets[network].cost)
        predictions: Array = np.concatenate([sess.run(prediction, self.feed(slice(start, start + size), fed))
                                             for start in range(0, len(self.x_data), size)])[:, 0]
        return predictions

    def _dial(self, name: str) -> Variable:
        if name not in self._dials:
            self._dials[name] = tf.Variable(LISTING[name], trainable=False, collections=[], name='dial_' + name)
        return self._dials[name]

    def _noting(self, l2: bool, inference: bool) -> List[Replacement]:
        """What answers in place of the calls that set a dial or that `layers` is gathered from."""
        matmul, batch_normalization = tf.matmul, tf.nn.batch_normalization
        weights: List[Variable] = []  # of the network that is being built
        averages: List[Variable] = []  # of the layer that is being built

        def noting_matmul(inputs: Tensor, Weights: Variable) -> Tensor:
            weights.append(Weights)
            return matmul(inputs, Weights)

        class Optimizer(tf.train.GradientDescentOptimizer):
            def minimize(optimizer: Any, cost: Tensor) -> Operation:
                if l2:
                    cost = cost + self._dial('strength') * tf.add_n([tf.nn.l2_loss(matrix) for matrix in weights])
                del weights[:]
                return super(Optimizer, optimizer).minimize(cost)

        class Average(tf.train.ExponentialMovingAverage):
            def apply(average: Any, tensors: List[Tensor]) -> Operation:
                op = super(Average, average).apply(tensors)
                averages[:] = [average.average(tensor) for tensor in tensors]
                return op

        def noting_normalization(x: Tensor, mean: Tensor, variance: Tensor, offset: Variable, scale: Variable,
                                 epsilon: float) -> Tensor:
            statistics = averages if inference else (mean, variance)
            output = batch_normalization(x, statistics[0], statistics[1], offset, scale, epsilon)
            self.layers.append(Layer(x, mean, variance, scale, offset, output, *averages))
            return output

        return [(tf, 'matmul', noting_matmul), (tf.nn, 'batch_normalization', noting_normalization),
                (tf.train, 'GradientDescentOptimizer', lambda learning_rate: Optimizer(self._dial('rate'))),
                (tf.train, 'ExponentialMovingAverage', lambda decay: Average(self._dial('decay')))]

    def _dropping(self, activation: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def dropping(x: Tensor) -> Tensor:
            if self.keep is None:
                self.keep = tf.placeholder_with_default(1.0, [])
            return tf.nn.dropout(activation(x), keep_prob=self.keep)
        return dropping


def _he_normal(random_normal: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda shape, mean, stddev: random_normal(shape, mean=mean, stddev=stddev * math.sqrt(2.0 / shape[0]))


def prediction_of(cost: Tensor) -> Tensor:
    """The tensor (rows, 1) that `built_net` compares with ys: its cost is Mean(Sum(Square(ys - prediction)))."""
    return cost.op.inputs[0].op.inputs[0].op.inputs[0].op.inputs[1]
