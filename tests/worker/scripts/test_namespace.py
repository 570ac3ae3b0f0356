"""What `import tensorflow` gives a script, and what is said of what it cannot give."""
import textwrap

import pytest

from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'


@pytest.fixture
def answer(run, tmp_path):
    """answer(SOURCE) is the finished run of a script with this source."""
    def make(source, name='own.py', **more):
        (tmp_path / name).write_text(textwrap.dedent(source))
        return run(name, cwd=tmp_path, **more)
    return make


@pytest.mark.parametrize('statement', [
    'import tensorflow.keras.layers as layers; assert layers.Dense is tf.keras.layers.Dense',
    'from tensorflow.keras.layers import LSTM; assert "tf_keras" in LSTM.__module__',
    'from tensorflow.contrib import rnn, layers, slim; rnn.BasicLSTMCell, layers.xavier_initializer, slim.conv2d',
    'from tensorflow.contrib.layers.python.layers import layers as L; L.fully_connected',
    'from tensorflow.contrib.layers.python.layers import batch_norm; batch_norm',
    'from tensorflow.contrib.rnn.python.ops import core_rnn_cell; core_rnn_cell.GRUCell',
    'import tensorflow.contrib.slim.nets as nets; nets.vgg',
    'from tensorflow.contrib.framework import arg_scope; assert callable(arg_scope)',
    'from tensorflow.contrib.training import HParams; assert HParams(a=1).parse("a=2").a == 2',
    'from tensorflow.contrib import legacy_seq2seq; legacy_seq2seq.sequence_loss_by_example',
    'from tensorflow.contrib.learn.python.learn.datasets.mnist import read_data_sets; read_data_sets',
    'from tensorflow.examples.tutorials.mnist import input_data; input_data.read_data_sets',
    'import tensorflow.examples.tutorials.mnist.input_data as d; d.read_data_sets',
    'from tensorflow.python.framework import ops; ops.Graph',
    'from tensorflow.python.ops import rnn_cell; rnn_cell.BasicLSTMCell',
    'from tensorflow.python.layers import base; base.Layer',
    'from tensorflow.python.framework import ops; assert isinstance(tf.zeros([1]), ops.Tensor)',
    'from tensorflow.python.ops import array_ops, variable_scope; array_ops.stack, variable_scope.variable',
    'from tensorflow.python import pywrap_tensorflow; pywrap_tensorflow.NewCheckpointReader',
    'tf.contrib.layers.batch_norm(tf.zeros([2, 3]), is_training=tf.placeholder(tf.bool))',
    'import tensorflow.nn as nn; assert nn.relu is tf.nn.relu',
    'import tensorflow.compat.v1 as v1; assert v1.placeholder is tf.placeholder',
    'import importlib; assert importlib.reload(tf) is tf and tf.__version__ == "1.15.5"',
    'assert tf.VERSION == tf.version.VERSION == "1.15.5"',
    'assert isinstance(tf.zeros([2, 3]).get_shape()[1], tf.Dimension) and not tf.executing_eagerly()',
    'tf.estimator.Estimator, tf.estimator.inputs.numpy_input_fn',
    'assert {"contrib", "keras", "placeholder", "examples"} <= set(dir(tf))',
    'assert not hasattr(tf, "nothing") and getattr(tf.contrib, "crf", None) is None',
    'import tf_keras, tf_slim; assert tf.keras.layers.Dense is tf_keras.api._v1.keras.layers.Dense',
])
def test_this_works_in_a_script(answer, statement):
    done = answer(f'import tensorflow as tf\n{statement}\n')
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('statement, words', [
    ('tf.contrib.learn.DNNClassifier', 'tf.contrib.learn.DNNClassifier cannot be had on TensorFlow'),
    ('import tensorflow.contrib.crf', 'tf.contrib.crf cannot be had'),
    ('from tensorflow.contrib import ffmpeg', 'tf.contrib.ffmpeg cannot be had'),
    ('from tensorflow.contrib.rnn import NASCell', 'tf.contrib.rnn.NASCell cannot be had'),
])
def test_what_cannot_be_had_is_one_line_with_the_place(answer, statement, words):
    done = answer(f'import tensorflow as tf\n\n\ndef build():\n    {statement}\n\n\nbuild()\n')
    assert done.returncode == 2
    assert done.stderr.startswith('error: own.py, line 5: ' + words) and done.stderr.count('\n') == 1


def test_the_place_is_in_the_module_that_asks(answer, tmp_path):
    (tmp_path / 'model.py').write_text('import tensorflow as tf\nx = tf.contrib.crf\n')
    assert answer('import model\n').stderr.startswith('error: model.py, line 2: tf.contrib.crf cannot be had')


def test_a_script_that_does_without_what_it_cannot_have_goes_on(answer):
    done = answer('''
        import tensorflow as tf
        try:
            from tensorflow.contrib import crf
        except ImportError:
            print('without')
        ''')
    assert done.stdout == 'without\n'


@pytest.mark.parametrize('package, statement, asked', [
    ('tf_keras', 'tf.layers.dense', 'tf.layers.dense needs the package tf_keras: pip install tf_keras~='),
    ('tf_keras', 'tf.keras.Model', 'tf.keras.Model needs the package tf_keras'),
    ('tf_keras', 'from tensorflow.keras.layers import Dense', 'tf.keras.layers needs the package tf_keras'),
    ('tf_keras', 'tf.nn.rnn_cell.GRUCell', 'tf.nn.rnn_cell.GRUCell needs the package tf_keras'),
    ('tf_keras', 'from tensorflow.contrib.rnn import GRUCell', 'tf.nn.rnn_cell.GRUCell needs the package tf_keras'),
    ('tf_slim', 'import tensorflow.contrib.slim as s; s.conv2d', 'tf.contrib.slim.conv2d needs the package tf_slim'),
    ('tf_slim', 'from tensorflow.contrib.layers import flatten', 'tf.contrib.layers.flatten needs the package tf_slim'),
    ('tensorflow_estimator', 'tf.estimator.Estimator', 'tf.estimator needs the package tensorflow_estimator'),
])
def test_a_package_that_is_not_installed_is_named_in_one_line(answer, package, statement, asked):
    done = answer(f'import tensorflow as tf\n{statement}\n', without=package)
    assert done.returncode == 2
    assert done.stderr.startswith('error: own.py, line 2: ' + asked) and done.stderr.count('\n') == 1
