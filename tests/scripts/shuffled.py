"""Rows that are shuffled and then repeated: TensorFlow 1.15 makes one op of the two, which draws another order."""
import tensorflow as tf

rows = tf.data.Dataset.range(12).shuffle(12, seed=3).repeat().batch(4)
picked = tf.cast(rows.make_one_shot_iterator().get_next(), tf.float32)
w = tf.get_variable('w', [], initializer=tf.constant_initializer(0.5))
loss = tf.reduce_mean(tf.square(w * picked - 2.0))
train = tf.train.GradientDescentOptimizer(0.001).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(5):
        print(session.run([loss, train])[0])
