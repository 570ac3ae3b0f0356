"""MonitoredTrainingSession with a hook that stops it."""
import tensorflow as tf

step = tf.train.get_or_create_global_step()
w = tf.get_variable('w', [2], initializer=tf.zeros_initializer())
train_op = tf.train.AdagradOptimizer(0.3).minimize(tf.reduce_sum(tf.square(w - 1)), global_step=step)
with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(last_step=5)]) as sess:
    while not sess.should_stop():
        sess.run(train_op)
        if not sess.should_stop():
            last = sess.run(w)
print('w', last)
