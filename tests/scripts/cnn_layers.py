"""Convolutions with tf.layers, batch normalisation and its update ops, momentum."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(5)
images = np.random.RandomState(1).rand(64, 8, 8, 1).astype(np.float32)
labels = (images.mean(axis=(1, 2, 3)) > 0.5).astype(np.float32)[:, None]

x = tf.placeholder(tf.float32, [None, 8, 8, 1])
y = tf.placeholder(tf.float32, [None, 1])
training = tf.placeholder(tf.bool)
net = tf.layers.conv2d(x, 4, 3, padding='same', name='conv')
net = tf.nn.relu(tf.layers.batch_normalization(net, training=training, name='norm'))
net = tf.layers.max_pooling2d(net, 2, 2)
net = tf.layers.dropout(tf.layers.flatten(net), 0.3, training=training)
logits = tf.layers.dense(net, 1, name='out')
loss = tf.losses.sigmoid_cross_entropy(y, logits)
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
    train_op = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(8):
        feed = {x: images[8 * step:8 * step + 8], y: labels[8 * step:8 * step + 8], training: True}
        _, value = sess.run([train_op, loss], feed)
    print('loss %.6f' % value)
