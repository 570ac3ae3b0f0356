"""An Estimator with a model function of its own."""
import tempfile

import numpy as np
import tensorflow as tf

x = np.random.RandomState(5).rand(40, 3).astype(np.float32)
y = x.sum(axis=1)


def model_fn(features, labels, mode):
    prediction = tf.layers.dense(features['x'], 1)[:, 0]
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions=prediction)
    loss = tf.losses.mean_squared_error(labels, prediction)
    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


config = tf.estimator.RunConfig(tf_random_seed=11, model_dir=tempfile.mkdtemp())
model = tf.estimator.Estimator(model_fn, config=config)
inputs = tf.estimator.inputs.numpy_input_fn({'x': x}, y, batch_size=10, num_epochs=2, shuffle=False)
model.train(inputs, steps=6)
print('steps', model.evaluate(inputs)['global_step'])
