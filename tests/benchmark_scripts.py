"""What it costs to record a script, to watch it, and to check it: against the script through tf.compat.v1, in turn.

    python -m tests.benchmark_scripts [--runs 3] [--steps 1500] [--small-steps 12000]

Prints medians of wall and of processor seconds, of whole processes with all that they start, and ratios. One script
trains a dense network in steps of about 5 ms, one a small network in steps of half a millisecond. `first` is the run
that is recorded, with its steps made again, `watched` that run without what comes after it. On two idle cores `record`
is to take at most five times the script's own time, `check` three times.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from legacy.formats import recordings
from tests.benchmark import ROOT

DENSE = '''
import sys
import numpy as np
{imported}
x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
w = tf.Variable(tf.truncated_normal([784, 768], stddev=0.05)), tf.Variable(tf.truncated_normal([768, 10], stddev=0.05))
loss = tf.reduce_mean(tf.square(tf.matmul(tf.nn.relu(tf.matmul(x, w[0])), w[1]) - y))
train = tf.train.AdamOptimizer(1e-4).minimize(loss)
rows = np.random.RandomState(0).rand(256, 784).astype('f4')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range(int(sys.argv[1])):
        session.run([train, loss], {{x: rows, y: rows[:, :10]}})
'''
SMALL = '''
import sys
import numpy as np
{imported}
rows = np.random.RandomState(0).randn(1024, 20).astype('f4')
x, y = tf.placeholder(tf.float32, [None, 20]), tf.placeholder(tf.float32, [None, 1])
found = x
for shape in ([20, 32], [32, 32], [32, 1]):
    found = tf.matmul(tf.nn.tanh(found), tf.Variable(tf.truncated_normal(shape, stddev=0.2))) + tf.Variable(
        tf.zeros(shape[1:]))
loss = tf.reduce_mean(tf.square(found - y))
train = tf.train.AdamOptimizer(1e-3).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range(int(sys.argv[1])):
        at = step * 32 % 1024
        session.run([train, loss], {{x: rows[at:at + 32], y: rows[at:at + 32, :1] ** 2}})
'''
PLAIN, AS_TENSORFLOW_1 = 'import tensorflow.compat.v1 as tf; tf.disable_v2_behavior()', 'import tensorflow as tf'


def measured(command, folder):
    """(wall seconds, processor seconds) of a command with all that it starts. Raises CalledProcessError."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.perf_counter() - started,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def commands(folder, steps):
    """{name: command} on the script in a folder, in an order in which each has what it needs."""
    script, program = str(folder / 'script.py'), [sys.executable, str(ROOT / 'compat_run.py')]
    first = json.dumps({'script': script, 'arguments': [steps], 'out': str(folder / 'first.npz'), 'brief': False,
                        'quiet': True, 'seed': 1})
    return {'plain': [sys.executable, str(folder / 'plain.py'), steps],
            'run': [*program, 'run', '--quiet', script, steps],
            'first': [sys.executable, str(ROOT / 'legacy' / 'worker' / 'scripts' / '__main__.py'), first],
            'record': [*program, 'record', '--quiet', '--out', str(folder / 'script.npz'), script, steps],
            'check': [*program, 'check', '--baseline', str(folder / 'script.npz'), script, steps]}


def benchmark(name, text, steps, runs):
    """Measure all commands on a script, in turn, and print what they took."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for file, imported in (('plain', PLAIN), ('script', AS_TENSORFLOW_1)):
            (folder / f'{file}.py').write_text(text.format(imported=imported))
        for _ in range(runs):
            for label, command in commands(folder, str(steps)).items():
                found.setdefault(label, []).append(measured(command, folder))
            watched = recordings.load(str(folder / 'first.npz')).header['seconds']['script']
            found.setdefault('watched', []).append((watched, float('nan')))
    print(f'{name}: {steps} steps')
    medians = {label: [statistics.median(column) for column in zip(*rows)] for label, rows in found.items()}
    for label, (wall, processor) in medians.items():
        plain = medians['plain']
        print(f'  {label:<8} {wall:7.2f} s, {wall / plain[0]:5.2f} of plain;   processor {processor:7.2f} s, '
              f'{processor / plain[1]:5.2f} of plain', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--steps', type=int, default=1500)
    parser.add_argument('--small-steps', type=int, default=12_000)
    options = parser.parse_args()
    for name, text, steps in (('dense', DENSE, options.steps), ('small', SMALL, options.small_steps)):
        if steps:
            benchmark(name, text, steps, options.runs)


if __name__ == '__main__':
    main()
