"""A script that computes something else where the variable FAULT says so, as another TensorFlow might."""
import os
import threading

import numpy as np
import tensorflow as tf

FAULT = os.environ.get('FAULT', '')


def other(name, wrong, right):
    return wrong if FAULT == name else right


tf.set_random_seed(5)
rng = np.random.RandomState(1)
ids, targets = rng.randint(0, 200, (12, 16)), rng.rand(12, 16).astype('f4')
rows = rng.rand(96, 4).astype('f4')

# an embedding, whose rate and mask are variables
word = tf.placeholder(tf.int32, [None], name='word')
wanted = tf.placeholder(tf.float32, [None], name='wanted')
table = tf.Variable(tf.truncated_normal([200, 24], stddev=0.3), name='table')
rate = tf.Variable(0.05, trainable=False, name='rate')
mask = tf.Variable(np.tile([1., 1., 0.], 8).astype('f4'), trainable=False, name='mask')
count = tf.Variable(0, trainable=False, name='count')
found = tf.nn.embedding_lookup(table, word) * mask
if FAULT == 'rows':
    found *= tf.where(tf.equal(word, int(ids[3, 5])), 1.5 * tf.ones([16]), tf.ones([16]))[:, tf.newaxis]
scale = tf.where(tf.equal(count, 6), 1.01, 1.0) if FAULT == 'n-th run' else 1.0
answer = tf.reduce_sum(found, 1)
loss = tf.reduce_mean(tf.square(answer - wanted)) * scale
train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=count)
near = tf.reduce_mean(tf.cast(tf.less(tf.abs(answer - wanted), 0.6), tf.float32), name='near')
if FAULT == 'accuracy':
    near = 1.0 - near
slower = tf.assign(rate, rate * other('rate', 0.81, 0.8))
hide = tf.assign(mask, mask * other('mask', np.float32([0] + [1] * 23), np.ones(24, 'f4')))

# rows of an iterator
batch = tf.data.Dataset.from_tensor_slices(other('iterator', rows[::-1].copy(), rows)).batch(8).repeat()
batch = tf.data.make_one_shot_iterator(batch).get_next()
v = tf.Variable(tf.zeros([4]), name='v')
fit = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(tf.square(tf.reduce_sum(batch * v, 1) - 1)))

# what a thread trains
z = tf.Variable(1.0, name='z')
deep = tf.square(tf.tanh(z) - 0.1) * other('thread', 3.0, 1.0)
dig = tf.train.AdamOptimizer(0.02).minimize(deep)


def in_thread(sess):
    for _ in range(6):
        sess.run([dig, deep])


def on_step(sess, step):
    if step % 4 == 3 and not (FAULT == 'callback' and step == 7):
        sess.run(slower)


with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(12):
        feed = {word: ids[step], wanted: targets[step]}
        if not (FAULT == 'skipped' and step == 8):
            sess.run([train, loss], feed)
        if FAULT == 'state' and step == 5:
            table.load(sess.run(table) * -40, sess)
        sess.run(fit)
        if step % 3 == 2 and not (FAULT == 'evaluation' and step == 5):
            print('%.2f' % sess.run(near, feed))
        on_step(sess, step)
        if step == 6:
            sess.run(hide)
    thread = threading.Thread(target=in_thread, args=(sess,))
    thread.start()
    thread.join()
