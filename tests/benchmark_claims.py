"""Trainings per second: one process for each against many in one, and one core against two.

    python -m tests.benchmark_claims [--seeds 10] [--rounds 3]

A training is of both networks over the article's 250 steps. Prints medians over the rounds and their ratios.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.pop('PYTHONDONTWRITEBYTECODE', None)  # without bytecode every import of TensorFlow takes seconds more

from legacy.claims import chunkresults, plan, task  # noqa: E402
from legacy.machine import crew  # noqa: E402

RATES = (1e-4, 3e-4, 1e-3, 3e-3)
SETTINGS = {'convergence': [{'start': 'He', 'rates': RATES}]}


def alone():
    """Seconds of one training in a process of its own."""
    chunk, = plan.chunks('convergence', 1, {'convergence': [{'start': 'He', 'rates': RATES[:1]}]})
    started = time.perf_counter()
    assert 'fault' not in task.run(chunk.requests)
    return time.perf_counter() - started


def together(seeds, jobs):
    """Seconds of one training where chunks of them share a process, over so many processes at once."""
    chunks = plan.chunks('convergence', seeds, SETTINGS)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, crew.crew(jobs=jobs) as workers:
        chunkresults.Gathering(workers, folder).run(chunks)
    return (time.perf_counter() - started) / sum(chunk.trainings for chunk in chunks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seeds', type=int, default=10)
    parser.add_argument('--rounds', type=int, default=3)
    options = parser.parse_args()
    alone()  # warms up
    measured = [(alone(), together(options.seeds, 1), together(options.seeds, 2)) for _ in range(options.rounds)]
    single, one, two = (statistics.median(column) for column in zip(*measured))
    print(f'one process for each training: {1 / single:.2f} trainings a second and core')
    print(f'many in one process:           {1 / one:.2f}, {single / one:.1f} times as many')
    print(f'on two cores:                  {1 / two:.2f} a second, {one / two:.2f} times as many as on one')


if __name__ == '__main__':
    main()
