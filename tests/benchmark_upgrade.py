"""What `upgrade` costs beside the processes that it runs.

    python -m tests.benchmark_upgrade [RELEASE ...] [--jobs 2]

Builds an environment for each release twice into a new folder: the first round fills uv's cache, the second is timed.
Then runs the rows, and once more when all is done. Prints seconds and ratios.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def upgrade(*args):
    """(wall seconds, JSON) of one whole `compat_run.py upgrade`."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
    started = time.perf_counter()
    done = subprocess.run([sys.executable, 'compat_run.py', 'upgrade', '--json', '--quiet', *map(str, args)], cwd=ROOT,
                          env=environment, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('releases', nargs='*', default=['1.15.5', '2.3.4', '2.10.1', '2.16.2', '2.20.0', '2.21.0'])
    parser.add_argument('--jobs', type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / 'runs') as folder:  # hard links to uv's cache need its file system
        out = ['--out', f'{folder}/out', '--jobs', options.jobs]
        upgrade(*options.releases, *out, '--environments', f'{folder}/first')
        environments = ['--environments', f'{folder}/second']
        _, found = upgrade(*options.releases, *out, *environments, '--fresh')
        for row in found['rows']:
            print(f'{row["label"]:<8} environment built from a warm cache in {row["seconds"]["building"]:.1f} s')
        wall, found = upgrade(*options.releases, *out, *environments, '--fresh')
        processes = sum(sum(row['seconds'].values()) for row in found['rows'])
        print(f'rows: {wall:.1f} s with {options.jobs} jobs; their processes {processes:.1f} s; '
              f'{wall * options.jobs / processes:.3f} of their share')
        wall, found = upgrade(*options.releases, *out, *environments)
        assert not any(row['seconds'] for row in found['rows'])
        print(f'again when all is done: {wall:.2f} s')


if __name__ == '__main__':
    main()
