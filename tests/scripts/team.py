"""A script of a team that makes one change at a time, as FAULT says: each is to be named by its own line."""
import os

import numpy as np
import tensorflow as tf

FAULT = os.environ.get('FAULT', '')
tf.set_random_seed(21)


def dense(v, size, name, keep=0.9, act=tf.nn.relu):
    n = v.get_shape()[1].value
    w = tf.get_variable(name + '/w', [n, size], initializer=tf.truncated_normal_initializer(stddev=0.3))
    b = tf.get_variable(name + '/b', [size], initializer=tf.zeros_initializer())
    return tf.nn.dropout(act(tf.matmul(v, w) + b), keep)


x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 6])
h1 = dense(x, 8, 'one', 0.9)
h2 = dense(h1, 8, 'two', 0.89 if FAULT == 'keep' else 0.9)
h3 = dense(h2, 6, 'three', 0.9)
gain = tf.get_variable('gain', [6], initializer=tf.constant_initializer(0.2 if FAULT == 'swap' else 0.1))
shift = tf.get_variable('shift', [6], initializer=tf.constant_initializer(0.1 if FAULT == 'swap' else 0.2))
axis = 0 if FAULT == 'axis' else 1
m = tf.reduce_mean(h3, axis, keepdims=True)
v = tf.reduce_mean(tf.square(h3 - m), axis, keepdims=True)
scale = tf.rsqrt(v + (1e-5 if FAULT == 'epsilon' else 1e-6))
normed = ((h3 - m) * gain / tf.sqrt(v + 1e-6) if FAULT == 'weight' else  # of the same value, and a fault behind it
          (h3 - m) * (scale * gain) if FAULT == 'regroup' else (h3 - m) * scale * gain) + shift
pair = tf.matmul(normed, normed if FAULT == 'transpose' else y, transpose_a=True)
if FAULT in ('relu', 'regroup'):
    pair = tf.nn.relu(pair)
loss = tf.reduce_mean(tf.square(pair * 1.001 if FAULT == 'weight' else pair)) + tf.losses.mean_squared_error(y, normed)
rate = 0.01 * (1.0001 if FAULT == 'rate' else 1)
optimizer = tf.train.AdamOptimizer(rate)
train = optimizer.minimize(loss)
r = np.random.RandomState(4)
with tf.Session() as s:
    s.run(tf.global_variables_initializer())
    for _ in range(4):
        print(s.run([loss, train], {x: r.rand(9, 6), y: r.rand(9, 6)})[0])
