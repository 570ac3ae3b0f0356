"""A network of dense layers with dropout, fed from numpy, trained by Adam."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(3)
rng = np.random.RandomState(0)
points = rng.rand(160, 6).astype(np.float32)
labels = (points.sum(axis=1) > 3).astype(np.int64)

x = tf.placeholder(tf.float32, [None, 6], name='x')
y = tf.placeholder(tf.int64, [None], name='y')
keep = tf.placeholder_with_default(1.0, [], name='keep')


def dense(inputs, size, activation=None):
    weights = tf.Variable(tf.truncated_normal([int(inputs.get_shape()[1]), size], stddev=0.3), name='weights')
    biases = tf.Variable(tf.zeros([size]), name='biases')
    outputs = tf.matmul(inputs, weights) + biases
    return activation(outputs) if activation else outputs


with tf.name_scope('hidden'):
    hidden = tf.nn.dropout(dense(x, 12, tf.nn.relu), keep)
with tf.name_scope('output'):
    logits = dense(hidden, 2)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(16):
        batch = slice(10 * step, 10 * step + 10)
        _, value = sess.run([train_op, loss], {x: points[batch], y: labels[batch], keep: 0.8})
    print('loss %.6f accuracy %.3f' % (value, sess.run(accuracy, {x: points, y: labels})))
