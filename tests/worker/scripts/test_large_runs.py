"""Scripts whose variables are too large to wait in memory until the script ends."""
import json

import pytest

from legacy.formats import contents, recordings
from legacy.formats.stored import SMALL

# Its temporary files go to a folder of its own. After three steps: {ending}.
SCRIPT = '''
import os, signal, tempfile
tempfile.tempdir = {folder!r}
import numpy as np
import tensorflow as tf
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 256], name='x')
w = tf.Variable(tf.truncated_normal([256, 128], stddev=0.1), name='w')
loss = tf.reduce_mean(tf.square(tf.matmul(x, w)), name='loss')
train = tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range(4):
        session.run([train, loss], {{x: np.random.rand(4, 256).astype('f4')}})
    {ending}
'''


@pytest.fixture
def record(fork, tmp_path):
    """record(ending, **asked) is (exit code, path of the recording, names of what is left of temporary files)."""
    (tmp_path / 'temporary').mkdir()
    out = tmp_path / 'out.npz'

    def record(ending='pass', **asked):
        (tmp_path / 'large.py').write_text(SCRIPT.format(folder=str(tmp_path / 'temporary'), ending=ending))
        done = fork.run('-m', 'legacy.worker.scripts', json.dumps({
            'script': str(tmp_path / 'large.py'), 'quiet': True, 'out': str(out), 'seed': 1, **asked}), cwd=tmp_path)
        return done.returncode, out, sorted(path.name for path in (tmp_path / 'temporary').iterdir())
    return record


def test_what_a_run_began_with_is_what_the_one_before_it_left_bit_for_bit(record):
    _, out, left = record()
    recorded = recordings.load(out)
    steps = [step for step in recorded.header['steps'] if recorded.kinds[step['kind']]['trains']]
    assert len(steps) == 4 and left == []
    for earlier, later in zip(steps, steps[1:]):
        for name, after in earlier['outcomes']['run']['after'].items():
            assert recorded.content(later['before'][name]).nbytes > SMALL
            assert contents.digest(recorded.content(later['before'][name])) == after.digest


def test_a_check_from_the_recorded_variables_gives_the_recorded_bits(record):
    _, out, _ = record()
    baseline = out.rename(out.with_name('baseline.npz'))
    _, out, left = record(op_seeds=str(baseline), seed=None)
    there, here = (recordings.load(path).header['steps'] for path in (baseline, out))
    assert len(here) == len(there) >= 4 and left == []
    for recorded, step in zip(there, here):
        for arithmetic in ('run', 'float32', 'portable', 'float64'):
            assert recorded['outcomes'][arithmetic]
            for group in ('fetched', 'after'):
                assert ({name: noted.digest for name, noted in recorded['outcomes'][arithmetic][group].items()}
                        == {name: noted.digest for name, noted in step['outcomes'][arithmetic][group].items()})


def test_only_samples_are_kept_of_a_check(record):
    _, baseline, _ = record()
    assert any(array.nbytes > SMALL for array in recordings.load(baseline).arrays.held.values())
    _, out, _ = record(op_seeds=str(baseline.rename(baseline.with_name('baseline.npz'))), seed=None)
    assert all(array.nbytes <= SMALL for array in recordings.load(out).arrays.held.values())


@pytest.mark.parametrize('ending, code', [('raise ValueError("no")', 1), ('os.kill(os.getpid(), signal.SIGINT)', 1),
                                          ('os.kill(os.getpid(), signal.SIGKILL)', -9)],
                         ids=['an exception', 'Ctrl-C', 'killed'])
def test_a_script_that_does_not_end_well_leaves_no_temporary_file(ending, code, record):
    found, out, left = record(ending)
    assert (found, out.exists(), left) == (code, False, [])
