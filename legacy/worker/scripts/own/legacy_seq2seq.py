"""tf.contrib.legacy_seq2seq: losses of sequences, and decoders without attention. Runs on Python 3.6."""
import copy

from legacy.shim import tf


def sequence_loss_by_example(logits, targets, weights, average_across_timesteps=True, softmax_loss_function=None,
                             name=None):
    """Cross entropy of each sequence, float (batch,). logits, targets, weights: lists, one entry for each time.
    Raises ValueError if they are not equally long."""
    if not len(targets) == len(logits) == len(weights):
        raise ValueError('Lengths of logits, weights, and targets must be the same %d, %d, %d.' % (
            len(logits), len(weights), len(targets)))
    with tf.name_scope(name, 'sequence_loss_by_example', logits + targets + weights):
        losses = []
        for logit, target, weight in zip(logits, targets, weights):
            if softmax_loss_function is None:
                target = tf.reshape(target, [-1])
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = tf.add_n(losses)
        if average_across_timesteps:
            size = tf.add_n(weights)
            size += 1e-12
            total /= size
    return total


def sequence_loss(logits, targets, weights, average_across_timesteps=True, average_across_batch=True,
                  softmax_loss_function=None, name=None):
    """The same over all sequences of the batch, a scalar."""
    with tf.name_scope(name, 'sequence_loss', logits + targets + weights):
        cost = tf.reduce_sum(sequence_loss_by_example(
            logits, targets, weights, average_across_timesteps=average_across_timesteps,
            softmax_loss_function=softmax_loss_function))
        if average_across_batch:
            return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype)
        return cost


def rnn_decoder(decoder_inputs, initial_state, cell, loop_function=None, scope=None):
    """(outputs, last state) of the cell on a list of inputs; loop_function(output, time), if there is one, makes each
    input after the first from the output before."""
    with tf.variable_scope(scope or 'rnn_decoder'):
        state, outputs, previous = initial_state, [], None
        for i, value in enumerate(decoder_inputs):
            if loop_function is not None and previous is not None:
                with tf.variable_scope('loop_function', reuse=True):
                    value = loop_function(previous, i)
            if i > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(value, state)
            outputs.append(output)
            if loop_function is not None:
                previous = output
    return outputs, state


def basic_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, dtype=tf.float32, scope=None):
    """An encoder, and a decoder with its own variables that starts from the encoder's last state."""
    with tf.variable_scope(scope or 'basic_rnn_seq2seq'):
        _, state = tf.nn.static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(encoder_inputs, decoder_inputs, cell, loop_function=None, dtype=tf.float32, scope=None):
    """An encoder and a decoder that share their variables."""
    with tf.variable_scope('combined_tied_rnn_seq2seq'):
        scope = scope or 'tied_rnn_seq2seq'
        _, state = tf.nn.static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)
