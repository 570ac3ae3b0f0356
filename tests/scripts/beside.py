"""What `arguments.py` imports: it imports TensorFlow too."""
import tensorflow as tf


def greeting(name):
    return 'hello %s, says %s' % (name, tf.__version__)
