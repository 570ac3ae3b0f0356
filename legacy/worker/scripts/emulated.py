"""Ops of tf.contrib's compiled libraries, put together from ops that every TensorFlow has. Runs on Python 3.6."""
from typing import Optional, Tuple

from legacy.shim import tf
from legacy.worker.tfobjects import Tensor


def gather_tree(step_ids: Tensor, parent_ids: Tensor, max_sequence_lengths: Tensor, end_token: Tensor,
                name: Optional[str] = None) -> Tensor:
    """GatherTree, as beam search needs it: the beams, int (time, batch, beam), followed back from their last step.

    step_ids, parent_ids: int (time, batch, beam). max_sequence_lengths: int (batch,). After its length, and after its
    first end_token, a beam has end_token alone.
    """
    with tf.name_scope(name, 'gather_tree', [step_ids, parent_ids, max_sequence_lengths, end_token]):
        step_ids, parent_ids = tf.convert_to_tensor(step_ids), tf.convert_to_tensor(parent_ids)
        end = tf.cast(end_token, step_ids.dtype)
        times, batch, width = tf.unstack(tf.shape(step_ids))
        own = tf.tile(tf.expand_dims(tf.range(width), 0), [batch, 1])
        row = tf.tile(tf.expand_dims(tf.range(batch), 1), [1, width])

        def back(later: Tuple[Tensor, Tensor], now: Tuple[Tensor, Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
            ids, parents, time = now
            chosen = tf.stack([row, later[1]], -1)
            inside = tf.tile(tf.expand_dims(time < max_sequence_lengths, 1), [1, width])
            return (tf.where(inside, tf.gather_nd(ids, chosen), tf.fill([batch, width], end)),
                    tf.where(inside, tf.gather_nd(tf.cast(parents, tf.int32), chosen), own))
        backwards = [tf.reverse(array, [0]) for array in (step_ids, parent_ids, tf.range(times))]
        beams = tf.reverse(tf.scan(back, tuple(backwards), (tf.zeros([batch, width], step_ids.dtype), own))[0], [0])
        ended = tf.cumsum(tf.cast(tf.equal(beams, end), tf.int32), axis=0, exclusive=True) > 0
        beams = tf.where(ended, tf.fill([times, batch, width], end), beams)
        beams.set_shape(step_ids.shape)
        return tf.identity(beams)


OPS = {'GatherTree': gather_tree}
