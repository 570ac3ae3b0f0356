"""A script most of whose training is done in a child process."""
import multiprocessing
import os

import numpy as np
import tensorflow as tf


def trained(steps, times):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(2)
        w = tf.Variable(tf.truncated_normal([3]), name='w')
        loss = tf.reduce_sum(tf.square(w - np.float32([1, 2, 3]))) * times
        step = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
        sess.run(tf.global_variables_initializer())
        for _ in range(steps):
            sess.run([step, loss])


if __name__ == '__main__':
    child = multiprocessing.get_context('fork').Process(
        target=trained, args=(5, 3.0 if os.environ.get('FAULT') == 'child' else 1.0))
    child.start()
    child.join()
    trained(3, 1.0)
