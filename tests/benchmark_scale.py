"""Scripts' recordings that are large: of much memory, and of many runs; against the same scripts by themselves.

    python -m tests.benchmark_scale [--megabytes 1000] [--runs 10000] [--rounds 1]

Prints medians of wall seconds and of peak memory, of the command's own process and of the largest that it started (the
one with TensorFlow in it), and ratios to the plain script. The first script trains a small network in so many runs of a
session; the second a dense network, eleven runs of which are kept with all variables, so many megabytes together.
A thousand megabytes take half an hour on two cores and 4 GB of disk. Needs /proc, so Linux.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from legacy.formats import recordings
from tests.benchmark import ROOT
from tests.benchmark_scripts import AS_TENSORFLOW_1, PLAIN

KEPT = 11  # runs of a kind: the first three, and eight later ones
LARGE = '''
import numpy as np
{imported}
tf.set_random_seed(1)
x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.float32, [None, 8])
found = x
for shape in ([64, {width}], [{width}, {width}], [{width}, 8]):
    found = tf.nn.relu(tf.matmul(found, tf.Variable(tf.truncated_normal(shape, stddev=0.05))))
loss = tf.reduce_mean(tf.square(found - y))
train = tf.train.AdamOptimizer(1e-4).minimize(loss)
rows = np.random.RandomState(0).rand(32, 64).astype('f4')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range({runs}):
        session.run([train, loss], {{x: rows, y: rows[:, :8]}})
'''
MANY = '''
import numpy as np
{imported}
tf.set_random_seed(1)
x, y = tf.placeholder(tf.float32, [None, 8]), tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(tf.truncated_normal([8, 4], stddev=0.3)), tf.Variable(tf.truncated_normal([4, 1], stddev=0.3))
loss = tf.reduce_mean(tf.square(tf.matmul(tf.nn.tanh(tf.matmul(x, w[0])), w[1]) - y))
train = tf.train.AdamOptimizer(1e-3).minimize(loss)
rows = np.random.RandomState(0).rand(256, 8).astype('f4')
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for step in range({runs}):
        at = 8 * (step % 32)
        session.run([train, loss], {{x: rows[at:at + 8], y: rows[at:at + 8, :1]}})
'''


def measure(command, folder):
    """Wall seconds, and peak megabytes of the process and of the largest that it started. Raises CalledProcessError."""
    started, peaks = time.perf_counter(), {}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    while process.poll() is None:
        for pid in _tree(process.pid):
            peaks[pid] = max(peaks.get(pid, 0.0), _peak(pid))
        time.sleep(0.05)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds, own = time.perf_counter() - started, peaks.pop(process.pid, 0.0)
    return seconds, own, max(peaks.values(), default=0.0)


def _tree(pid):
    """Numbers of a process and of all that it started and that still run."""
    try:
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
    except OSError:  # it has ended meanwhile
        return []
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _peak(pid):
    try:
        status = pathlib.Path(f'/proc/{pid}/status').read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith('VmHWM:')), 0.0)


def commands(folder, budget):
    """{name: command} on the script in a folder; the first that has a recording to look at makes it."""
    program, script, out = [sys.executable, str(ROOT / 'compat_run.py')], str(folder / 'script.py'), 'script.npz'
    return {'import': [sys.executable, '-c', 'import tensorflow'],
            'plain': [sys.executable, str(folder / 'plain.py')],
            'run': [*program, 'run', '--quiet', script],
            'record': [*program, 'record', '--noisy', '0', '--budget', str(budget), '--out', out, script],
            'check': [*program, 'check', '--baseline', out, '--html', 'page.html', script],
            'show': [*program, 'show', out],
            'compare': [*program, 'compare', out, out]}


def benchmark(name, text, rounds, budget=64, **filled):
    """Measure all commands on a script, in turn, and print what they took."""
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for file, imported in (('plain', PLAIN), ('script', AS_TENSORFLOW_1)):
            (folder / f'{file}.py').write_text(text.format(imported=imported, **filled))
        for _ in range(rounds):
            for label, command in commands(folder, budget).items():
                measured.setdefault(label, []).append(measure(command, folder))
        recorded, sizes = recordings.load(folder / 'script.npz'), [
            (folder / file).stat().st_size for file in ('script.npz', 'page.html')]
        content = sum(array.nbytes for array in recorded.arrays.held.values())
        watched = recorded.header['seconds']['script']
    print(f'{name}: {len(recorded.runs)} runs, {len(recorded.header["steps"])} kept; {content / 1e6:.1f} MB of arrays '
          f'in a file of {sizes[0] / 1e6:.1f} MB; page {sizes[1] / 1e6:.2f} MB; the recorded run took {watched} s')
    medians = {label: [statistics.median(column) for column in zip(*rows)] for label, rows in measured.items()}
    for label, (seconds, own, child) in medians.items():
        plain = medians['plain']
        print(f'  {label:<8} {seconds:8.2f} s  {seconds / plain[0]:6.2f} of plain   own process {own:6.0f} MB, '
              f'{own / plain[1]:5.2f} of plain   ' + (f'started {child:6.0f} MB, {child / plain[1]:5.2f} of plain'
                                                      if child else ''), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--megabytes', type=int, default=1000)
    parser.add_argument('--runs', type=int, default=10_000)
    parser.add_argument('--rounds', type=int, default=1)
    options = parser.parse_args()
    if options.runs:
        benchmark('many runs', MANY, options.rounds, runs=options.runs)
    if options.megabytes:  # of float32, a matrix and two slots of Adam beside it, in each run that is kept
        width = int((options.megabytes * 1e6 / KEPT / 3 / 4) ** 0.5)
        benchmark('large', LARGE, options.rounds, budget=1024, runs=KEPT, width=width)


if __name__ == '__main__':
    main()
