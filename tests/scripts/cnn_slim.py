"""Convolutions with tf.contrib.slim and its arg_scope."""
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib.layers import flatten, l2_regularizer, xavier_initializer

tf.set_random_seed(6)
images = np.random.RandomState(2).rand(32, 8, 8, 1).astype(np.float32)
with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(1e-3)):
    net = slim.conv2d(tf.constant(images), 4, [3, 3], normalizer_fn=slim.batch_norm, scope='conv')
    net = slim.dropout(slim.max_pool2d(net, [2, 2]), 0.8)
    logits = slim.fully_connected(flatten(net), 2, activation_fn=None, weights_initializer=xavier_initializer())
extra = tf.get_variable('extra', [2], initializer=tf.ones_initializer(), regularizer=l2_regularizer(0.1))
labels = tf.constant((images.mean(axis=(1, 2, 3)) > 0.5).astype(np.int64))
tf.losses.sparse_softmax_cross_entropy(labels, logits * extra)
total = tf.losses.get_total_loss()
train_op = slim.learning.create_train_op(total, tf.train.RMSPropOptimizer(0.01))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print('loss', [round(float(sess.run(train_op)), 5) for _ in range(4)][-1])
