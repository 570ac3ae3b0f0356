"""Runs that only look at a counter, as TensorFlow's own hooks look at the global step: how often they do so is a
matter of the release. From 2.8 on, say, a hook that saves looks after every step."""
import numpy as np

from legacy.formats import dtypes
from legacy.formats.recordings import Recording
from legacy.formats.values import Array


def surplus(recorded: Recording, candidate: Recording) -> Array:
    """bool (runs,): which runs of a Recording made here look at a counter and nothing else, where the recorded one has
    none at that place of its thread."""
    found = np.zeros(len(candidate.runs), bool)
    looking = {k for k in range(len(candidate.kinds)) if looks_at_a_counter(candidate, k)}
    if not looking:
        return found
    numbers = {k: kind['matched'] for k, kind in enumerate(candidate.kinds)}
    wanted, threads = recorded.sequences(), candidate.arrays['threads']
    for thread, runs in candidate.sequences(matched=numbers).items():
        there, at = wanted.get(thread, []), 0
        for number, run in zip(np.flatnonzero(threads == thread), runs):
            if at < len(there) and there[at] == run or int(candidate.runs[number]) not in looking or run[1]:
                at += 1
            else:
                found[number] = True
    return found


def looks_at_a_counter(recording: Recording, k: int) -> bool:
    """Whether the runs of a kind give whole numbers that follow from variables of whole numbers alone, and change
    nothing."""
    kind = recording.kinds[k]
    if kind['targets'] or any(kind[what] for what in ('feeds', 'sources', 'written', 'draws')):
        return False
    first_values = {name: noted for (graph, name), noted in recording.initial.items() if graph == kind['graph']}
    return bool(kind['variables'] and kind['fetches']) and all(
        dtype.startswith(('int', 'uint')) for dtype in kind['dtypes'].values()) and all(
        name in first_values and first_values[name].dtype != dtypes.TEXT and not first_values[name].is_float
        for name in kind['variables'])
