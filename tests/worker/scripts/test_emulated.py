"""Ops that are put together where a compiled library is gone: held to what 1.15.5's documentation says they give."""
import json

import numpy as np

from legacy.shim import tf
from legacy.worker.scripts import emulated


def one_by_one(steps, parents, lengths, end):
    """GatherTree as its kernel is written, element by element."""
    beams = np.full_like(steps, end)
    for b, k in np.ndindex(steps.shape[1:]):
        longest, parent = min(len(steps), lengths[b]), k
        for time in reversed(range(longest)):
            beams[time, b, k] = steps[time, b, parent]
            parent = parents[time, b, parent]
        ends = np.flatnonzero(beams[:longest, b, k] == end)
        if len(ends):
            beams[ends[0]:, b, k] = end
    return beams


def test_beams_are_followed_back_as_the_kernel_does():
    random = np.random.RandomState(1)
    steps, parents = random.randint(0, 6, (7, 4, 3)), random.randint(0, 3, (7, 4, 3))
    lengths = np.array([7, 3, 1, 0])
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(emulated.gather_tree(steps, parents, lengths, 5))
    assert json.dumps(found.tolist()) == json.dumps(one_by_one(steps, parents, lengths, 5).tolist())
