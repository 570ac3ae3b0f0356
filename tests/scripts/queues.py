"""A queue filled by threads: QueueRunner and Coordinator."""
import tensorflow as tf

values = tf.train.input_producer(tf.range(20), shuffle=False, num_epochs=1).dequeue()
batch = tf.train.batch([tf.cast(values, tf.float32)], batch_size=4)
total = tf.Variable(0.0)
train_op = tf.assign_add(total, tf.reduce_sum(batch))
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coordinator)
    try:
        while not coordinator.should_stop():
            sess.run(train_op)
    except tf.errors.OutOfRangeError:
        print('total', sess.run(total))
    finally:
        coordinator.request_stop()
        coordinator.join(threads)
