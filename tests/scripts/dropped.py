"""Scores of minus infinity where there is nothing to attend to, and dropout on them."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(5)
x = tf.placeholder(tf.float32, [None, 6], name='x')
w = tf.get_variable('w', [6, 6], initializer=tf.random_uniform_initializer(-1, 1, seed=2))
score = tf.matmul(x, w)
score = tf.where(x > 0.3, score, tf.fill(tf.shape(x), -np.inf))
score = tf.nn.dropout(score, 0.7)
loss = tf.reduce_mean(tf.square(tf.reduce_sum(tf.nn.softmax(score) * x, 1) - 0.5))
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
numbers = np.random.RandomState(5)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(2):
        print(session.run([loss, train], {x: numbers.rand(8, 6)})[0])
