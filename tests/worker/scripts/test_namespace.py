"""What `import tensorflow` gives a script, and what is said of what it cannot give."""
import textwrap

import pytest

from tests.conftest import ROOT, needs_tensorflow_1

SCRIPTS = ROOT / 'tests' / 'scripts'


@pytest.fixture
def answer(run, tmp_path):
    """answer(SOURCE) is the finished run of a script with this source."""
    def make(source, name='own.py', **more):
        (tmp_path / name).write_text(textwrap.dedent(source))
        return run(name, cwd=tmp_path, **more)
    return make


@needs_tensorflow_1
@pytest.mark.parametrize('statement', [
    'import tensorflow.keras.layers as layers; assert layers.Dense is tf.keras.layers.Dense',
    'import os; assert os.path.isfile(tf.keras.__file__) and os.path.isfile(tf.keras.layers.__file__)',
    'from tensorflow.keras.layers import LSTM; assert LSTM.__module__.endswith("keras.layers.recurrent")',
    'from tensorflow.keras.layers import GRU; assert GRU is tf.keras.layers.GRU and not GRU(2).reset_after',
    'from tensorflow.python.keras.layers import LSTM; assert LSTM is tf.keras.layers.LSTM',
    'from tensorflow.python.estimator.estimator import Estimator; assert Estimator is tf.estimator.Estimator',
    'from tensorflow_core.contrib import rnn; assert rnn is tf.contrib.rnn',
    'tf.contrib.crf, tf.contrib.learn.DNNClassifier, tf.contrib.rnn.NASCell, tf.contrib.tpu.TPUEstimator',
    'import tensorflow.contrib.eager as tfe; assert tfe is tf.contrib.eager and tfe.Network',
    'from tensorflow.contrib.learn.python.learn import preprocessing; preprocessing.VocabularyProcessor',
    'from tensorflow.python.framework.op_def_library import OpDefLibrary; OpDefLibrary()',
    'from tensorflow.python.training.tracking.base import Trackable; assert isinstance(tf.Variable(1.), Trackable)',
    'from tensorflow.python.ops.distributions import transformed_distribution as t; t.TransformedDistribution',
    'assert type(tf.placeholder(tf.float32)) is tf.Tensor and isinstance(tf.Variable(1.), tf.Variable)',
    'from tensorflow.python.framework.ops import Tensor; assert Tensor is tf.Tensor',
    'assert type(tf.no_op()) is tf.Operation and type(tf.zeros([2]).shape[0]) is tf.Dimension',
    'import collections, time, inspect; collections.Iterable, time.clock(), inspect.getargspec(len)',
    'from collections import Mapping, OrderedDict; assert isinstance({}, Mapping)',
    'import imp, pipes, base64, fractions; imp.reload, pipes.quote, base64.encodestring, fractions.gcd',
    'import xml.etree.cElementTree as e; e.parse',
    'import numpy as np; assert np.array([(np.ones(3), np.ones(2))] * 4).shape == (4, 2)',
    'import numpy as np; assert np.array([1, 2], dtype=np.float32, copy=False).dtype == np.float32',
    'from PIL import Image; assert Image.ANTIALIAS == Image.LANCZOS',
    'from tensorflow.contrib import rnn, layers, slim; rnn.BasicLSTMCell, layers.xavier_initializer, slim.conv2d',
    'from tensorflow.contrib.layers.python.layers import layers as L; L.fully_connected',
    'from tensorflow.contrib.layers.python.layers import batch_norm; batch_norm',
    'from tensorflow.contrib.rnn.python.ops import core_rnn_cell as c; c.EmbeddingWrapper',
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
    'from tensorflow.python.ops import array_ops as a, variable_scope as v; a.stack, v.variable(1., trainable=False)',
    'from tensorflow.python import pywrap_tensorflow as p; assert "py_checkpoint" in p.NewCheckpointReader.__module__',
    'tf.contrib.layers.batch_norm(tf.zeros([2, 3]), is_training=tf.placeholder(tf.bool))',
    'import tensorflow.nn as nn; assert nn.relu is tf.nn.relu',
    'import tensorflow.compat.v1 as v1; assert v1.placeholder is tf.placeholder',
    'import importlib; assert importlib.reload(tf) is tf and tf.__version__ == "1.15.5"',
    'assert tf.VERSION == tf.version.VERSION == "1.15.5"',
    'assert isinstance(tf.zeros([2, 3]).get_shape()[1], tf.Dimension) and not tf.executing_eagerly()',
    'tf.estimator.Estimator, tf.estimator.inputs.numpy_input_fn',
    'assert {"contrib", "keras", "placeholder", "examples"} <= set(dir(tf))',
    'assert not hasattr(tf, "nothing") and getattr(tf.contrib, "nothing", None) is None',
])
def test_this_works_in_a_script(answer, statement):
    done = answer(f'import tensorflow as tf\n{statement}\n')
    assert done.returncode == 0, done.stderr


@needs_tensorflow_1
@pytest.mark.parametrize('statement, words', [
    ('import tensorflow.contrib.nothing', 'tf.contrib.nothing: TensorFlow 1.15.5 had no such thing'),
    ('tf.contrib.nothing', 'tf.contrib.nothing: TensorFlow 1.15.5 had no such thing'),
    ('tf.contrib.resampler.resampler(tf.zeros([1, 2, 2, 1]), tf.zeros([1, 2]))',
     'Resampler needs a compiled kernel that TensorFlow 2'),
    ('from tensorflow.examples.tutorials.mnist import input_data; input_data.read_data_sets("nowhere")',
     "'train-images-idx3-ubyte.gz' is not in the folder 'nowhere', and nothing is downloaded"),
])
def test_what_cannot_be_had_is_one_line_with_the_place(answer, statement, words):
    done = answer(f'import tensorflow as tf\ntf.logging.set_verbosity(tf.logging.FATAL)\n\n\n'
                  f'def build():\n    {statement}\n\n\nbuild()\n')
    assert done.returncode == 2
    assert done.stderr.startswith('error: own.py, line 6: ' + words) and done.stderr.count('\n') == 1


@needs_tensorflow_1
def test_the_place_is_in_the_module_that_asks(answer, tmp_path):
    (tmp_path / 'model.py').write_text('import tensorflow as tf\nx = tf.contrib.nothing\n')
    assert answer('import model\n').stderr.startswith('error: model.py, line 2: tf.contrib.nothing: ')


@needs_tensorflow_1
def test_a_script_that_does_without_what_it_cannot_have_goes_on(answer):
    done = answer('''
        import tensorflow as tf
        try:
            from tensorflow.contrib import nothing
        except ImportError:
            print('without')
        ''')
    assert done.stdout == 'without\n'


# What a script says by other words than those that are looked for before it runs.
@pytest.mark.parametrize('statement, asked', [
    ('getattr(tf, "la" + "yers").dense', 'tf.layers.dense comes from'),
    ('getattr(tf, "ker" + "as").Model', 'tf.keras.Model comes from'),
    ('getattr(tf, "con" + "trib").crf', 'tf.contrib.crf comes from'),
    ('__import__("tensorflow.con" + "trib.crf")', 'tf.contrib.crf comes from'),
    ('__import__("tensorflow.pyth" + "on.ker" + "as")', 'tf.python.keras comes from'),
])
def test_without_the_files_one_line_says_how_to_get_them(answer, statement, asked, tmp_path):
    done = answer(f'import tensorflow as tf\n{statement}\n', environment={
        'LEGACY_TENSORFLOW_1': str(tmp_path / 'no')})
    assert done.returncode == 2
    assert done.stderr == (f"error: own.py, line 2: {asked} TensorFlow 1.15.5's own Python files, which are not on "
                           'this machine: python compat_run.py fetch\n')
