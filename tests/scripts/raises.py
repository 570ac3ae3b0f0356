"""Fails in a function, in the middle of building a graph."""
import tensorflow as tf


def build(x):
    return tf.matmul(x, tf.no_such_name)


build(tf.zeros([2, 2]))
