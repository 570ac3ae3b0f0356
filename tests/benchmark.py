"""How long and how large: the published way against this one, as whole processes, in turn.

    python -m tests.benchmark PUBLISHED [--runs 5]

PUBLISHED is a script that runs the article's listing through tf.compat.v1 and saves its pictures to the folder given
as its argument. Medians of wall seconds and peak memory, and ratios; bytecode is kept, one run of each warms up.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def measure(command):
    """Wall seconds and peak megabytes of one whole process. Raises CalledProcessError if it fails."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, usage.ru_maxrss / 1024


def commands(published, folder):
    """{name: command}, each writing to a new folder below this one."""
    program, recorded = [sys.executable, str(ROOT / 'compat_run.py')], str(ROOT / 'legacy' / 'data' / 'article.npz')
    run = [*program, '--quiet', '--out']
    return {'published': [sys.executable, published, f'{folder}/published'],
            'compat_run': [*run, f'{folder}/pictures'],
            '--no-figures': [*run, f'{folder}/plain', '--no-figures'],
            'check': [*program, 'check'],
            'compare': [*program, 'compare', recorded, recorded],
            'import tensorflow': [sys.executable, '-c', 'import tensorflow']}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('published')
    parser.add_argument('--runs', type=int, default=5)
    options = parser.parse_args()
    measured = {}
    for k in range(options.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            for name, command in commands(options.published, folder).items():
                figures = measure(command)
                if k:  # the first round warms up
                    measured.setdefault(name, []).append(figures)
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in measured.items()}
    for name, (seconds, megabytes) in medians.items():
        ratios = '   '.join(f'{seconds / medians[other][0]:.2f} of {other}' for other in ('published', '--no-figures'))
        print(f'{name:<18} {seconds:6.2f} s {megabytes:6.0f} MB   {ratios}')


if __name__ == '__main__':
    main()
