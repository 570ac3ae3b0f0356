"""An LSTM unrolled by hand and one by dynamic_rnn, with wrappers, on sums of random sequences."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

tf.set_random_seed(7)
values = np.random.RandomState(3).rand(64, 5, 2).astype(np.float32)
x = tf.placeholder(tf.float32, [None, 5, 2])
with tf.variable_scope('static'):
    outputs, _ = rnn.static_rnn(rnn.BasicLSTMCell(4, forget_bias=1.0), tf.unstack(x, 5, 1), dtype=tf.float32)
with tf.variable_scope('dynamic'):
    cells = [tf.nn.rnn_cell.DropoutWrapper(tf.contrib.rnn.GRUCell(3), output_keep_prob=0.9) for _ in range(2)]
    _, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.MultiRNNCell(cells), x, dtype=tf.float32)
joined = tf.concat([outputs[-1], state[-1]], 1)
prediction = tf.contrib.layers.fully_connected(joined, 1, activation_fn=None)
loss = tf.reduce_mean(tf.square(prediction[:, 0] - tf.reduce_sum(x, [1, 2])))
optimizer = tf.train.AdamOptimizer(0.05)
gradients, variables = zip(*optimizer.compute_gradients(loss))
gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
train_op = optimizer.apply_gradients(zip(gradients, variables))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(8):
        _, value = sess.run([train_op, loss], {x: values[8 * step:8 * step + 8]})
    print('loss %.6f' % value)
