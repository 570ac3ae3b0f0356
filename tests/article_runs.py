"""Recordings of the article's experiment as if it had been run otherwise, without TensorFlow."""
import numpy as np

from legacy.formats.recordings import Recording
from legacy.judge.reproduction import cut

TRAINS, COSTS = 2, (3, 4)  # kinds of runs


def shortened(recording, steps):
    """The recording of a run of so many steps, which can be saved."""
    end = int(np.flatnonzero(recording.runs == TRAINS)[steps - 1]) + 1
    while end < len(recording.runs) and recording.runs[end] in COSTS:
        end += 1
    found = cut(recording, end)
    numbers = {str(step['step']) for step in found.header['steps']}
    of_steps = {key: {number: value for number, value in found.header[key].items() if number in numbers}
                for key in ('tensors', 'kernels')}
    script = {**found.header['script'], 'arguments': ['--steps', str(steps)]}
    kept = {name: recording.arrays[name] for name in recording.arrays
            if name.startswith(('content/', 'notes/', 'source/', 'graph', 'callers/'))}
    faults = [fault for fault in found.header['faults'] if str(fault['step']) in numbers]
    return Recording({**found.header, **of_steps, 'script': script, 'faults': faults}, {**kept, **found.arrays})
