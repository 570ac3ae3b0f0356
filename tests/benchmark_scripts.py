"""What it costs to watch a script, and to check it: against the same script through tf.compat.v1, in turn.

    python tests/benchmark_scripts.py [--runs 3] [--steps 600]

Prints medians of wall seconds, as whole processes, and ratios. The script trains a dense network in steps of more than
5 ms; `watched` is its run that is recorded, without what comes after it.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from legacy.formats import scriptrecording
from tests.benchmark import ROOT, measure

SCRIPT = '''
import sys, time
started = time.time()
import numpy as np
{imported}
x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
w = tf.Variable(tf.truncated_normal([784, 768], stddev=0.05)), tf.Variable(tf.truncated_normal([768, 10], stddev=0.05))
loss = tf.reduce_mean(tf.square(tf.matmul(tf.nn.relu(tf.matmul(x, w[0])), w[1]) - y))
train = tf.train.AdamOptimizer(1e-4).minimize(loss)
rows = np.random.RandomState(0).rand(256, 784).astype('f4')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    begun = time.time()
    for step in range(int(sys.argv[1])):
        session.run([train, loss], {{x: rows, y: rows[:, :10]}})
    print('%.2f ms a step' % ((time.time() - begun) * 1e3 / int(sys.argv[1])), file=sys.stderr)
'''
PLAIN, AS_TENSORFLOW_1 = 'import tensorflow.compat.v1 as tf; tf.disable_v2_behavior()', 'import tensorflow as tf'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--steps', type=int, default=600)
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, imported in (('plain', PLAIN), ('script', AS_TENSORFLOW_1)):
            (folder / f'{name}.py').write_text(SCRIPT.format(imported=imported))
        script, recording, steps = folder / 'script.py', folder / 'script.npz', str(options.steps)
        program, worker = [sys.executable, str(ROOT / 'compat_run.py')], [sys.executable, '-m', 'legacy.worker.scripts']
        subprocess.run([*program, 'record', '--noisy', '2', '--out', recording, script, steps], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        watched = json.dumps({'script': str(script), 'arguments': [steps], 'out': str(folder / 'watched.npz'),
                              'brief': False, 'quiet': True, 'seed': 1})
        commands = {'plain': [sys.executable, str(folder / 'plain.py'), steps],
                    'run': [*program, 'run', '--quiet', str(script), steps], 'record': [*worker, watched],
                    'check': [*program, 'check', '--baseline', str(recording), str(script), steps]}
        for _ in range(options.runs):
            for name, command in commands.items():
                measured.setdefault(name, []).append(measure(command)[0])
            measured.setdefault('watched', []).append(
                scriptrecording.load(str(folder / 'watched.npz')).header['seconds']['script'])
    medians = {name: statistics.median(seconds) for name, seconds in measured.items()}
    for name, seconds in medians.items():
        print(f'{name:<8} {seconds:6.2f} s   {seconds / medians["plain"]:.2f} of plain')


if __name__ == '__main__':
    main()
