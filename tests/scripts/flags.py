"""tf.app.flags and tf.app.run."""
import tensorflow as tf

tf.app.flags.DEFINE_integer('steps', 2, 'How many.')
FLAGS = tf.app.flags.FLAGS


def main(argv):
    print('steps', FLAGS.steps, 'rest', argv[1:])


if __name__ == '__main__':
    tf.app.run()
