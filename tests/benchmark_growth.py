"""How recording a script grows: with the runs of its session, and with the ops of its graph.

    python -m tests.benchmark_growth [--runs 10 1000 100000] [--ops 10 1000 50000]

Prints for each size the processor seconds of `record --noisy 0` and of all that it starts, and their growth against the
size before. A graph of 50,000 ops is to be recorded in five minutes of processor time, and 100,000 runs to an end.
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile

from tests.benchmark import ROOT
from tests.benchmark_scale import MANY
from tests.benchmark_scripts import AS_TENSORFLOW_1

LAYER = 60  # ops, about, of a layer, its gradients and its updates
DEEP = '''
import numpy as np
{imported}
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 4])
found = x
for layer in range({layers}):
    w = tf.Variable(tf.truncated_normal([4, 4], stddev=0.3))
    found = found + tf.nn.tanh(tf.matmul(found, w) + tf.Variable(tf.zeros([4])))
loss = tf.reduce_mean(tf.square(found))
train = tf.train.AdamOptimizer(1e-4).minimize(loss)
rows = np.random.RandomState(0).rand(8, 4).astype('f4')
print(len(tf.get_default_graph().get_operations()), 'ops')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range(2):
        session.run([train, loss], {{x: rows}})
'''


def processor_seconds(text):
    """Of `record` of a script, with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'script.py').write_text(text)
        subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), 'record', '--noisy', '0', '--timeout', '36000',
                        '--out', 'script.npz', 'script.py'], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def growth(what, sizes, text_of):
    before = None
    for size in sizes:
        seconds = processor_seconds(text_of(size))
        grown = f'  {seconds / before[1]:6.2f} times for {size / before[0]:g} times the size' if before else ''
        print(f'{size:>8} {what}  {seconds:8.1f} s{grown}', flush=True)
        before = size, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--runs', type=int, nargs='*', default=[10, 100, 1000, 10_000, 100_000])
    parser.add_argument('--ops', type=int, nargs='*', default=[100, 1000, 10_000, 50_000])
    options = parser.parse_args()
    growth('runs', options.runs, lambda runs: MANY.format(imported=AS_TENSORFLOW_1, runs=runs))
    growth('ops ', options.ops, lambda ops: DEEP.format(imported=AS_TENSORFLOW_1, layers=max(1, ops // LAYER)))


if __name__ == '__main__':
    main()
