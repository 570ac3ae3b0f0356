"""A variational autoencoder: random numbers in every step."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(8)
data = (np.random.RandomState(4).rand(48, 10) > 0.6).astype(np.float32)
x = tf.placeholder(tf.float32, [None, 10])
init = tf.contrib.layers.xavier_initializer() if hasattr(tf, 'contrib') else None
with tf.variable_scope('encoder', initializer=init):
    hidden = tf.nn.softplus(tf.matmul(x, tf.get_variable('w', [10, 8])) + tf.get_variable('b', [8]))
    mean = tf.matmul(hidden, tf.get_variable('mean', [8, 2]))
    log_variance = tf.matmul(hidden, tf.get_variable('log_variance', [8, 2]))
z = mean + tf.exp(log_variance / 2) * tf.random_normal(tf.shape(mean))
with tf.variable_scope('decoder', initializer=init):
    logits = tf.matmul(z, tf.get_variable('w', [2, 10])) + tf.get_variable('b', [10])
likelihood = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), 1)
divergence = -0.5 * tf.reduce_sum(1 + log_variance - tf.square(mean) - tf.exp(log_variance), 1)
loss = tf.reduce_mean(likelihood + divergence)
train_op = tf.train.RMSPropOptimizer(0.01).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(6):
        _, value = sess.run([train_op, loss], {x: data[8 * step:8 * step + 8]})
    print('loss %.6f' % value)
