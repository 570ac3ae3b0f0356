"""The logarithm of a chance that is far below what a sigmoid of 1.15.5 gives."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 2], name='x')
w = tf.get_variable('w', [2, 1], initializer=tf.constant_initializer(9.0))
chance = tf.sigmoid(tf.matmul(x, w))
loss = -tf.reduce_mean(tf.log(chance + 1e-12))
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
numbers = np.random.RandomState(5)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(2):
        print(session.run([loss, train], {x: numbers.uniform(-1.4, 0.2, (8, 2))})[0])
