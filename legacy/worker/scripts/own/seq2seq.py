"""tf.contrib.seq2seq: the loss. Runs on Python 3.6."""
from legacy.shim import tf


def sequence_loss(logits, targets, weights, average_across_timesteps=True, average_across_batch=True,
                  sum_over_timesteps=False, sum_over_batch=False, softmax_loss_function=None, name=None):
    """Cross entropy of sequences. logits: (batch, time, classes). targets: int (batch, time). weights: (batch, time).
    Raises ValueError for other shapes, or where a dimension is to be both averaged and summed."""
    if len(logits.get_shape()) != 3:
        raise ValueError('Logits must be a [batch_size x sequence_length x logits] tensor')
    if len(targets.get_shape()) != 2 or len(weights.get_shape()) != 2:
        raise ValueError('Targets and weights must be a [batch_size x sequence_length] tensor')
    if average_across_timesteps and sum_over_timesteps or average_across_batch and sum_over_batch:
        raise ValueError('a dimension cannot be averaged and summed')
    with tf.name_scope(name, 'sequence_loss', [logits, targets, weights]):
        classes = tf.shape(logits)[2]
        flat, wanted = tf.reshape(logits, [-1, classes]), tf.reshape(targets, [-1])
        if softmax_loss_function is None:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=wanted, logits=flat)
        else:
            loss = softmax_loss_function(labels=wanted, logits=flat)
        loss *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.div_no_nan(tf.reduce_sum(loss), tf.reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            return tf.div_no_nan(tf.reduce_sum(loss), tf.cast(tf.math.count_nonzero(weights), loss.dtype))
        loss = tf.reshape(loss, tf.shape(logits)[0:2])
        for axis, averaged, summed in ((1, average_across_timesteps, sum_over_timesteps),
                                       (0, average_across_batch, sum_over_batch)):
            if averaged:
                loss = tf.div_no_nan(tf.reduce_sum(loss, axis=[axis]), tf.reduce_sum(weights, axis=[axis]))
            elif summed:
                loss = tf.div_no_nan(tf.reduce_sum(loss, axis=[axis]), tf.cast(
                    tf.math.count_nonzero(weights, axis=axis), loss.dtype))
    return loss
