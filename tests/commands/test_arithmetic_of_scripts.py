"""`run --arithmetic` and `record --whole` of a script as a user types them."""
import os
import signal
import subprocess
import sys
import time

import pytest

from legacy.formats import articlerun, wholerun
from tests.command_line import LONGEST, assert_fault, compat_run_here
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'
# FAULT: the learning rate of a step that is made neither at the beginning nor at the end
TRAINS = '''
import os
import numpy as np
import tensorflow as tf
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 3])
w = tf.Variable(tf.random_normal([3, 2]), name='w')
loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w)) - 1))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
spoilt = tf.placeholder(tf.float32, [])
fault = tf.assign(w, w * spoilt)
with tf.Session() as sess:
    sess.run(w.initializer)
    for k in range(6):
        data = np.random.RandomState(k).rand(4, 3)
        sess.run(train, {x: data})
        if k == 3:
            sess.run(fault, {spoilt: 1 + float(os.environ.get('FAULT', 0))})
        print(sess.run(loss, {x: data}))
'''


@pytest.fixture(scope='module')
def recorded(fork, tmp_path_factory):
    """(finished process of `record --whole`, its folder): a small script under this TensorFlow."""
    folder = tmp_path_factory.mktemp('whole')
    (folder / 'train.py').write_text(TRAINS)
    return fork.command('record', '--whole', '--noisy', '2', '--out', 'own.npz', 'train.py', cwd=folder), folder


def test_record_whole_says_what_it_holds(recorded):
    done, folder = recorded
    assert done.returncode == 0, done.stderr
    assert 'whole run in portable arithmetic: 14 runs; not pinned: nothing' in done.stdout
    assert 'run 6 of 6' in done.stderr


def test_check_compares_the_whole_run(fork, recorded):
    done = fork.command('check', '--strict', 'identical', '--baseline', 'own.npz', 'train.py', cwd=recorded[1])
    row = next(line for line in done.stdout.splitlines() if line.startswith('whole portable run'))
    assert done.returncode == 0 and 'passed' in row and 'of 14 runs have the recorded bits' in row, done.stdout


def test_a_fault_between_two_steps_is_named_by_its_run(fork, recorded):
    done = fork.command('check', '--baseline', 'own.npz', 'train.py', cwd=recorded[1], FAULT='1e-3')
    row = next(line for line in done.stdout.splitlines() if line.startswith('whole portable run'))
    assert done.returncode == 1 and 'failed' in row, done.stdout
    assert 'Placeholder_1:0 (train.py:18) is another at its time 0' in row


def test_where_what_is_fed_differs_by_rounding_the_whole_run_is_only_reported(fork, recorded):
    done = fork.command('check', '--baseline', 'own.npz', 'train.py', cwd=recorded[1], FAULT='1e-6')
    row = next(line for line in done.stdout.splitlines() if line.startswith('whole portable run'))
    assert done.returncode == 0 and 'since what is fed differs by rounding' in row, done.stdout


def test_the_articles_listing_as_a_script_has_the_committed_portable_costs(fork, article_recording):
    done = fork.run('run', '--arithmetic', 'portable', SCRIPTS / 'article_port.py', '20')
    costs = dict(line.split() for line in done.stdout.splitlines())
    assert done.stderr.splitlines()[-1] == '30 runs in portable arithmetic; not pinned: nothing'
    recorded = articlerun.costs(article_recording, wholerun.PREFIX)
    for name, found in costs.items():
        assert bytes.fromhex(found) == getattr(recorded, name)[:4].astype('<f4').tobytes()
    assert sorted(costs) == ['cost', 'cost_norm']


def test_an_arithmetic_that_nobody_knows_is_refused():
    assert_fault(compat_run_here('run', '--arithmetic', 'decimal', SCRIPTS / 'mlp.py'), 'decimal')


def test_a_script_that_has_no_portable_run_is_recorded_without(fork, tmp_path):
    (tmp_path / 'train.py').write_text(TRAINS + '''
with tf.Session() as sess:
    handle = sess.partial_run_setup([x * 2], [x])
''')
    done = fork.command('record', '--whole', '--noisy', '0', '--quiet', '--out', 'own.npz', 'train.py', cwd=tmp_path)
    assert_fault(done, 'in portable arithmetic partial runs cannot be made')
    assert sorted(os.listdir(tmp_path)) == ['train.py']


def test_ctrl_c_ends_a_script_in_another_arithmetic(tmp_path):
    (tmp_path / 'train.py').write_text('''
import time
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [4, 4])
y = tf.exp(x)
with tf.Session() as sess:
    sess.run(y, {x: np.ones((4, 4))})
    print('begun', flush=True)
    while True:  # TensorFlow itself is seldom in the middle of a run then, where a signal may end the process
        sess.run(y, {x: np.ones((4, 4))})
        time.sleep(0.02)
''')
    started = subprocess.Popen([sys.executable, ROOT / 'compat_run.py', 'run', '--arithmetic', 'portable', 'train.py'],
                               cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert started.stdout.readline() == 'begun\n'
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=LONGEST)
    assert started.returncode in (130, -signal.SIGINT) and 'KeyboardInterrupt' in said and 'error: ' not in said


def test_what_a_script_draws_is_drawn(fork, tmp_path):
    (tmp_path / 'draw.py').write_text('''
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import tensorflow as tf
with tf.Session() as sess:
    plt.plot(sess.run(tf.exp(tf.linspace(0., 1., 5))))
plt.savefig('curve.png')
''')
    done = fork.run('run', '--arithmetic', 'portable', 'draw.py', cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / 'curve.png').stat().st_size > 1000, done.stderr
