"""Shares of what is left, one after the other, of which some leave nothing: the product is 0 from there on."""
import numpy as np
import tensorflow as tf


def shares(rest):
    left = tf.cumprod(rest, axis=1, exclusive=True)
    return (1 - rest) * left


x = tf.placeholder(tf.float32, [None, 3], name='x')
wanted = tf.placeholder(tf.float32, [None, 4], name='wanted')
w = tf.get_variable('w', [3, 4], initializer=tf.random_uniform_initializer(-1, 1, seed=2))
share = shares(tf.nn.relu(tf.matmul(x, w)))
loss = tf.reduce_mean(tf.square(share - wanted))
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
numbers = np.random.RandomState(5)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(2):
        fed = {x: numbers.rand(6, 3) * 2, wanted: numbers.rand(6, 4) / 4}
        print(session.run([loss, train], fed)[0])
