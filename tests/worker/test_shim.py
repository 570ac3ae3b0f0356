"""TensorFlow 1 behaviour on the installed release; refusals in processes of their own."""
import importlib.util
import os
import subprocess
import sys

import pytest

from legacy import shim
from legacy.shim import tf
from tests.conftest import ROOT


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


def test_threads_that_are_no_number_are_refused(monkeypatch):
    monkeypatch.setenv('TF_NUM_INTRAOP_THREADS', 'many')
    with pytest.raises(shim.ShimError, match='TF_NUM_INTRAOP_THREADS=many'):
        shim.session_config()


def test_keras_that_the_settings_take_away_is_said_where_it_is_used():
    if shim.RELEASE < (2, 16) or importlib.util.find_spec('tf_keras'):
        pytest.skip('legacy keras is there')
    if shim.settings['TF_USE_LEGACY_KERAS']['from'] != 'default':
        pytest.skip('TF_USE_LEGACY_KERAS is set by the user')
    for _ in range(2):  # the second time as the first
        with pytest.raises(ImportError, match='legacy.shim sets TF_USE_LEGACY_KERAS=1, .*pip install tf_keras==2'):
            assert tf.layers.dense
