"""tf.data: shuffled batches, an iterator that ends."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(9)
values = np.arange(24, dtype=np.float32)
dataset = tf.data.Dataset.from_tensor_slices(values).shuffle(24).map(lambda v: v / 24).batch(4)
batch = dataset.make_one_shot_iterator().get_next()
w = tf.Variable(0.5)
loss = tf.reduce_mean(tf.square(w * batch - 2 * batch))
train_op = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    try:
        while True:
            sess.run(train_op)
    except tf.errors.OutOfRangeError:
        print('w %.6f' % sess.run(w))
