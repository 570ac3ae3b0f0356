"""tf.contrib.rnn: what is neither in tf.nn nor in tf.nn.rnn_cell. Runs on Python 3.6."""
from legacy.shim import tf


def stack_bidirectional_dynamic_rnn(cells_fw, cells_bw, inputs, initial_states_fw=None, initial_states_bw=None,
                                    dtype=None, sequence_length=None, parallel_iterations=None, time_major=False,
                                    scope=None, swap_memory=False):
    """Layers of bidirectional networks, each on both outputs of the one before: (outputs, states fw, states bw)."""
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or 'stack_bidirectional_rnn'):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with tf.variable_scope('cell_%d' % i):
                outputs, (state_fw, state_bw) = tf.nn.bidirectional_dynamic_rnn(
                    cell_fw, cell_bw, inputs, sequence_length=sequence_length, dtype=dtype,
                    initial_state_fw=initial_states_fw[i] if initial_states_fw else None,
                    initial_state_bw=initial_states_bw[i] if initial_states_bw else None,
                    parallel_iterations=parallel_iterations, time_major=time_major, swap_memory=swap_memory)
                inputs = tf.concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_rnn(cells_fw, cells_bw, inputs, initial_states_fw=None, initial_states_bw=None, dtype=None,
                            sequence_length=None, scope=None):
    """The same of `static_bidirectional_rnn`, with a list of inputs, one for each time."""
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or 'stack_bidirectional_rnn'):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with tf.variable_scope('cell_%d' % i):
                inputs, state_fw, state_bw = tf.nn.static_bidirectional_rnn(
                    cell_fw, cell_bw, inputs, initial_states_fw[i] if initial_states_fw else None,
                    initial_states_bw[i] if initial_states_bw else None, sequence_length=sequence_length, dtype=dtype)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def transpose_batch_time(x):
    """(batch, time, ...) <-> (time, batch, ...)"""
    rank = x.get_shape().ndims
    return tf.transpose(x, [1, 0] + list(range(2, rank)))
