"""Numbers and picture of the page "Change something": the article, a larger learning rate, and fewer layers.

    python -m tests.docs.changes PYTHON

PYTHON: the interpreter of an environment with TensorFlow 1.15.5, which knows the op seeds of a changed port. Everything
is in portable arithmetic, so that it is the same on every machine. Writes tests/reference/changes.json and changes.png.
"""
import json
import os
import pathlib
import sys
import tempfile

import numpy as np
from matplotlib.figure import Figure

from legacy.formats import articlerun, recordings, wholerun
from legacy.formats.files import write_whole
from legacy.reports.figures import as_png
from tests.changed_port import CHANGES, copy_with, run

REFERENCE = pathlib.Path(__file__).resolve().parent.parent / 'reference'
NUMBERS, PICTURE = REFERENCE / 'changes.json', REFERENCE / 'changes.png'
SHOWN = {'the article': [], **{name: CHANGES[name][0] for name in ('learning rate 0.01', 'three layers')}}


def measured(changes, python):
    """The recording of a changed port here, whose portable run must be what 1.15.5 records of it, bit for bit."""
    with tempfile.TemporaryDirectory(prefix='changes-') as name:
        folder = pathlib.Path(name)
        copy_with(changes, folder)
        for args in (['record', '--python', python, '--noisy', '2', '--out', 'theirs.npz'],
                     ['run', '--no-figures', '--quiet', '--op-seeds', 'theirs.npz', '--out', 'run'],
                     ['compare', 'theirs.npz', 'run']):
            done = run(folder, *args)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
        if 'same      whole portable run' not in done.stdout:
            raise SystemExit(done.stdout)
        return recordings.load(folder / 'run' / 'recording.npz')


def kept(recorded):
    """What the page shows of the whole portable run in a recording, as JSON values."""
    costs = articlerun.costs(recorded, wholerun.PREFIX)
    return {**of_costs(costs.cost, costs.cost_norm),
            'op_seeds': [call['op_seed'] for call in recorded.header['seeds']['calls']]}


def of_costs(cost, cost_norm):
    """The same of both histories, but for the op seeds."""
    late = np.flatnonzero(~np.isfinite(cost))
    return {'cost_norm': [str(value) for value in cost_norm], 'overflow': int(late[0]) * 5 if len(late) else None}


def figure(found):
    """The costs with batch normalisation, one curve for each of {name: what `kept` keeps}."""
    drawn = Figure(figsize=(7, 3.2))
    axes = drawn.subplots()
    for name, numbers in found.items():
        costs = np.array(numbers['cost_norm'], 'f4')
        axes.plot(np.arange(len(costs)) * 5, costs, label=f'{name}: ends at {numbers["cost_norm"][-1]}')
    axes.set(xlabel='step', ylabel='cost on all rows', ylim=(0, 1300),
             title='With batch normalisation, in portable arithmetic')
    axes.legend()
    drawn.tight_layout()
    return drawn


def main(python):
    found = {name: kept(measured(changes, os.path.abspath(python))) for name, changes in SHOWN.items()}
    write_whole(NUMBERS, (json.dumps(found, indent=1) + '\n').encode())
    write_whole(PICTURE, as_png(figure(found)))


if __name__ == '__main__':
    main(sys.argv[1])
