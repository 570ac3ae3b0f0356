"""TensorFlow 1 behaviour, op seeds and arithmetics on the installed release; refusals in processes of their own."""
import os
import subprocess
import sys

import numpy as np
import pytest

from legacy import article, opseeds, shim
from legacy.experiment import Experiment
from legacy.shim import tf
from tests.conftest import ROOT

OP_SEEDS = [5, 23, 41, 59, 77, 95, 113, 131, 393, 457, 521, 585, 649, 713, 777, 841]


def shim_error(before, **environment):
    """The message of the ShimError that importing the shim raises in a new process, after the statements `before`."""
    code = f'{before}\ntry:\n import legacy.shim\nexcept Exception as e:\n print(type(e).__name__ + ": " + str(e))'
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return done.stdout


@pytest.mark.skipif(shim.RELEASE < (2, 0), reason='eager execution is the default since 2.0 only')
def test_eager_execution_before_is_refused():
    said = shim_error('import tensorflow\ntensorflow.constant(1) + 1')
    assert 'ShimError: TensorFlow already executed eagerly' in said


@pytest.mark.parametrize('source, words', [
    ('raise ModuleNotFoundError("none", name="tensorflow")', 'not installed'),
    ('import nowhere_to_be_found', 'cannot be imported'),
    ('raise TypeError("Descriptors cannot\\nbe created")', 'Descriptors cannot be created'),
    ('__version__ = "0.12.1"', 'older than 1.0'),
    ('__version__ = "banana"', 'no release number'),
    ('', 'not TensorFlow'),
], ids=['missing', 'broken dependency', 'broken protobuf', 'too old', 'odd version', 'empty module'])
def test_unusable_tensorflow_is_refused_in_one_line(source, words, tmp_path):
    (tmp_path / 'tensorflow.py').write_text(source)
    said = shim_error('', PYTHONPATH=str(tmp_path))
    assert said.startswith('ShimError: ') and words in said


def test_import_passes_on_what_tensorflow_says_but_for_known_remarks(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('import os\nos.write(2, b"W 1: Could not find cuda drivers\\nkeep\\n")')
    done = subprocess.run([sys.executable, '-c', 'import legacy.shim'], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': str(tmp_path)})
    assert done.stderr.startswith('keep\n') and 'cuda' not in done.stderr


def test_death_inside_the_import_is_seen(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('import os\nos.abort()')
    done = subprocess.run([sys.executable, '-c', 'import legacy.shim'], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, 'PYTHONPATH': str(tmp_path)})
    assert 'Fatal Python error: Aborted' in done.stderr and '_import_tensorflow' in done.stderr


def test_users_own_setting_wins_and_is_noted():
    code = 'from legacy.shim import settings as s; print(s["TF_ENABLE_ONEDNN_OPTS"])'
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, 'TF_ENABLE_ONEDNN_OPTS': '1'})
    assert eval(done.stdout) == {'value': '1', 'from': 'user'}


def test_namespace_is_tensorflow_1s():
    assert not tf.executing_eagerly()
    with tf.Graph().as_default():
        assert tf.placeholder(tf.float32, [None, 3]).get_shape()[1].value == 3
        assert tf.Variable(1.0).op.type == 'VariableV2'


def test_graph_without_a_seed_is_refused():
    with tf.Graph().as_default(), shim.building(), pytest.raises(shim.ShimError, match='no seed'):
        tf.random_normal([1])


def test_a_random_op_more_than_recorded_is_refused():
    with tf.Graph().as_default(), shim.building():
        tf.set_random_seed(1)
        for _ in OP_SEEDS:
            tf.random_normal([1])
        with pytest.raises(shim.ShimError, match='random op number 17'):
            tf.random_normal([1])


def test_built_net_on_its_own_gets_the_articles_op_seeds():
    with tf.Graph().as_default() as graph:
        xs, ys = article.make_placeholders()
        article.built_net(xs, ys, norm=False)
        article.built_net(xs, ys, norm=True)
        calls = shim.seeded_calls(graph)
    assert calls == [shim.SeededCall('RandomStandardNormal', 1, seed) for seed in OP_SEEDS]


def test_explicit_op_seeds_are_left_alone():
    with tf.Graph().as_default() as graph, shim.building():
        tf.set_random_seed(1)
        tf.random_normal([1], seed=42)
        assert shim.seeded_calls(graph) == [('RandomStandardNormal', 1, 42)]


def test_native_op_seeds_are_those_recorded_for_this_release():
    seen = [family for family in opseeds.families() if shim.VERSION in family['seen_on']]
    if not seen:
        pytest.skip(f'no op seeds were recorded for {shim.VERSION}')
    assert [call.op_seed for call in Experiment(op_seeds='native').seeded_calls] == seen[0]['op_seeds']


def test_building_puts_everything_back_after_an_error():
    before = tf.placeholder, tf.zeros, tf.ones, tf.random_normal
    with pytest.raises(KeyError), shim.building(arithmetic='float64'):
        assert tf.zeros is not before[1]
        raise KeyError
    assert (tf.placeholder, tf.zeros, tf.ones, tf.random_normal) == before


@pytest.mark.parametrize('choice', [{'op_seeds': '1.14'}, {'arithmetic': 'float16'}])
def test_unknown_profile_is_refused(choice):
    with pytest.raises(ValueError), shim.building(**choice):
        pass


def test_float64_variables_and_placeholders_are_float64():
    experiment = Experiment(arithmetic='float64')
    tensors = [experiment.xs, experiment.ys, *experiment.variables.values(), *experiment.gradients.values()]
    assert {tensor.dtype.base_dtype for tensor in tensors} == {tf.float64}


def test_exact_rsqrt_is_correctly_rounded():
    values = np.random.default_rng(0).uniform(1e-3, 100, 10_000).astype('f4')
    with tf.Graph().as_default(), shim.building(arithmetic='exact-rsqrt'), tf.Session() as sess:
        from tensorflow.python.ops import math_ops
        obtained = sess.run(math_ops.rsqrt(tf.constant(values)))
    assert np.array_equal(obtained, (1 / np.sqrt(values.astype('f8'))).astype('f4'))


def test_threads_that_are_no_number_are_refused(monkeypatch):
    monkeypatch.setenv('TF_NUM_INTRAOP_THREADS', 'many')
    with pytest.raises(shim.ShimError, match='TF_NUM_INTRAOP_THREADS=many'):
        shim.session_config()
