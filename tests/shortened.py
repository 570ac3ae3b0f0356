"""The baseline as if its run had ended after a few steps: what a check of it takes is mostly the building of graphs."""
import json

import numpy as np

from legacy.formats import floors, recording, references
from tests.conftest import DATA

STEPS = 21  # after the last of them there are costs, NaN among them, and a checkpoint


def first_steps(recorded, steps=STEPS):
    """The Recording that ends after so many steps; its noise floor is that of the steps."""
    arrays, rows = {}, {group: recorded.arrays[f'{group}/steps'] < steps + (group == 'checkpoints')
                        for group in ('series', 'layer_inputs', 'checkpoints')}
    assert recorded.arrays['checkpoints/steps'][rows['checkpoints']][-1] == steps
    for name, array in recorded.arrays.items():
        group = name.partition('/')[0]
        if group in rows:
            array = array[rows[group]]
        elif name == floors.FREE:
            array = array[:, rows['series']]
        elif name.startswith(floors.PREFIX) and array.ndim:
            array = array[:np.count_nonzero(rows['checkpoints']) - 1]
        arrays[name] = array
    header = json.loads(json.dumps(recorded.header))
    header['settings']['steps'] = steps
    header['overflow'] = {name: recording.overflow(arrays, name) for name in recording.SERIES}
    return recording.Recording(header, arrays)


def baseline(folder, *arithmetics, kernels=False):
    """Make a folder of references of these arithmetics, with the baseline's graph and perhaps its kernels, which take
    as long as all the rest."""
    folder.mkdir()
    for arithmetic in arithmetics:
        name = references.file_name(arithmetic)
        recording.save(first_steps(recording.load(DATA / name)), folder / name)
    for name in [references.graph_file_name('1.15.5'), *['kernels.npz'] * kernels]:
        (folder / name).write_bytes((DATA / name).read_bytes())
    return folder
