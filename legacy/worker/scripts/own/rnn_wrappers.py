"""The wrappers of tf.contrib.rnn that tf.nn.rnn_cell does not have. Runs on Python 3.6."""
from legacy.shim import tf

RNNCell = tf.nn.rnn_cell.RNNCell


def _linear(inputs, size):
    """inputs · kernel + bias, with the variables that TensorFlow 1's wrappers had."""
    kernel = tf.get_variable('kernel', [inputs.get_shape().as_list()[1], size], inputs.dtype)
    bias = tf.get_variable('bias', [size], inputs.dtype, initializer=tf.constant_initializer(0.0, dtype=inputs.dtype))
    return tf.nn.bias_add(tf.matmul(inputs, kernel), bias)


class InputProjectionWrapper(RNNCell):
    """A cell after a linear layer of num_proj units on its inputs."""

    def __init__(self, cell, num_proj, activation=None, input_size=None, reuse=None):
        super(InputProjectionWrapper, self).__init__(_reuse=reuse)
        self._cell, self._num_proj, self._activation = cell, num_proj, activation

    state_size = property(lambda self: self._cell.state_size)
    output_size = property(lambda self: self._cell.output_size)

    def zero_state(self, batch_size, dtype):
        """The cell's own."""
        return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs, state):
        """One step."""
        projected = _linear(inputs, self._num_proj)
        return self._cell(self._activation(projected) if self._activation else projected, state)


class OutputProjectionWrapper(RNNCell):
    """A cell before a linear layer of output_size units on its outputs."""

    def __init__(self, cell, output_size, activation=None, reuse=None):
        super(OutputProjectionWrapper, self).__init__(_reuse=reuse)
        self._cell, self._size, self._activation = cell, output_size, activation

    state_size = property(lambda self: self._cell.state_size)
    output_size = property(lambda self: self._size)

    def zero_state(self, batch_size, dtype):
        """The cell's own."""
        return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs, state):
        """One step."""
        output, state = self._cell(inputs, state)
        projected = _linear(output, self._size)
        return (self._activation(projected) if self._activation else projected), state


class EmbeddingWrapper(RNNCell):
    """A cell on the embeddings of its inputs, which are numbers of classes."""

    def __init__(self, cell, embedding_classes, embedding_size, initializer=None, reuse=None):
        super(EmbeddingWrapper, self).__init__(_reuse=reuse)
        self._cell, self._shape, self._initializer = cell, [embedding_classes, embedding_size], initializer

    state_size = property(lambda self: self._cell.state_size)
    output_size = property(lambda self: self._cell.output_size)

    def zero_state(self, batch_size, dtype):
        """The cell's own."""
        return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs, state):
        """One step."""
        with tf.device('/cpu:0'):
            initializer = (self._initializer or tf.get_variable_scope().initializer
                           or tf.random_uniform_initializer(-3 ** 0.5, 3 ** 0.5))
            dtype = (state[0] if isinstance(state, tuple) else state).dtype
            embedding = tf.get_variable('embedding', self._shape, dtype, initializer=initializer)
            return self._cell(tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1])), state)
