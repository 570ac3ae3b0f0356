"""TensorFlow 1.15's dropout, which newer releases write otherwise: of equal value, but not of equal bits. With it a
script that computes in another arithmetic has one history on all releases. Runs on Python 3.6.

1.15 multiplies by 1 / (1 - rate), in float32; newer releases divide by 1 - rate where that is a tensor, and take the
reciprocal in Python where it is a number.
"""
from typing import Any, Callable, Optional

from legacy.shim import tf
from legacy.worker.tfobjects import Tensor

# isort: split
from tensorflow.python.framework import tensor_util
from tensorflow.python.ops import nn_ops


def give_back() -> None:
    """From now on `tf.nn.dropout` builds what 1.15 builds. Releases before 1.13 have yet another, and keep it."""
    if hasattr(nn_ops, 'dropout_v2'):
        nn_ops.dropout_v2 = _dropout(nn_ops.dropout_v2)


def _dropout(native: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def dropout_v2(x: Tensor, rate: Any, noise_shape: Any = None, seed: Optional[int] = None,
                   name: Optional[str] = None) -> Tensor:
        if isinstance(rate, (int, float)) and not 0 < rate < 1 or tf.executing_eagerly():
            return native(x, rate, noise_shape, seed, name)  # nothing to drop, or a mistake
        with tf.name_scope(name, 'dropout', [x]):
            x = tf.convert_to_tensor(x, name='x')
            rate = tf.convert_to_tensor(rate, dtype=x.dtype, name='rate')
            if tensor_util.constant_value(rate) == 0:
                return x
            drawn = tf.random_uniform(nn_ops._get_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
            scale = 1 / (1 - rate)
            dropped = x * scale * tf.cast(drawn >= rate, x.dtype)
            dropped.set_shape(x.get_shape())
            return dropped
    return dropout_v2
