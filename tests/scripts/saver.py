"""Saves a variable, changes it, restores it, in a session of its own; then another graph."""
import os
import tempfile

import tensorflow as tf

folder = tempfile.mkdtemp()
w = tf.get_variable('w', initializer=tf.random_uniform([3], seed=4))
step = tf.train.get_or_create_global_step()
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w)), global_step=step)
saver = tf.train.Saver(max_to_keep=2)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(train_op)
    path = saver.save(sess, os.path.join(folder, 'model'), global_step=step)
    saved = sess.run(w)
with tf.Session() as sess:
    saver.restore(sess, tf.train.latest_checkpoint(folder))
    assert (sess.run(w) == saved).all() and sess.run(step) == 3
tf.reset_default_graph()
with tf.Session() as sess:
    print(sess.run(tf.constant(2) * 3), os.path.basename(path))
