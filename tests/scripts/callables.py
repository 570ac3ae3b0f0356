"""Session.make_callable with and without feeds, partial_run, eval and op.run."""
import tensorflow as tf

x = tf.placeholder(tf.float32, [])
w = tf.Variable(1.0)
grow = tf.assign_add(w, x)
with tf.Session() as sess:
    w.initializer.run()
    step = sess.make_callable(grow, [x])
    read = sess.make_callable(w)
    for value in (1.0, 2.0):
        step(value)
    a, b = x + 1, x * 3
    handle = sess.partial_run_setup([a, b], [x])
    print(read(), sess.partial_run(handle, a, {x: 5.0}), sess.partial_run(handle, b), w.eval())
