"""The article's program in a recording: what it was asked, what it noted beside its runs, and its costs.

    notes/data/x, notes/data/y      what both networks were fitted to: float64 (rows, 1)
    notes/records/steps             after which steps both costs were recorded: int32 (records,)
    notes/layer_inputs/steps        before which steps there is a picture of the layers' inputs: int32 (pictures,)
    notes/layer_inputs/counts       of each network and layer, how many of the values fall into each of 15 bins, as the
                                    article's pictures show them: int32 (pictures, 2, layers, 15)
    notes/layer_inputs/finite       how many of the values are finite: int32 (pictures, 2, layers)

Runs on Python 3.6.
"""
import os
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from legacy.formats.places import DATA
from legacy.formats.recordings import NOTES, Recording
from legacy.formats.values import Array, JsonObject

RECORDING = os.path.join(DATA, 'article.npz')  # of real TensorFlow 1.15.5, with the whole run in portable arithmetic
SCRIPT, PORT = 'train.py', 'article.py'  # the program's files, as a recording has them
X_DATA, Y_DATA, RECORDS = 'data/x', 'data/y', 'records/steps'
PICTURES, COUNTS, FINITE = 'layer_inputs/steps', 'layer_inputs/counts', 'layer_inputs/finite'
HISTOGRAM_BINS = 15
ARITHMETICS = ('float32', 'portable', 'float64')
OP_SEEDS = ('1.15', 'native')
MOST_STEPS = 250  # ten rows each: the data have no more
LARGEST_SEED = 2 ** 31 - 1

# What `trained.py` is asked.
Settings = NamedTuple('Settings', [('seed', int), ('steps', int), ('op_seeds', str)])
# steps: after which both costs were recorded. cost, cost_norm: without and with batch normalisation.
Costs = NamedTuple('Costs', [('steps', Array), ('cost', Array), ('cost_norm', Array)])
# What the pictures need, as in the arrays above.
Pictures = NamedTuple('Pictures', [('x', Array), ('y', Array), ('steps', Array), ('counts', Array), ('finite', Array)])


def histogram_range(layer: int) -> Tuple[int, int]:
    """Lowest and highest value of a layer's input that `plot_his` draws."""
    return (-7, 10) if layer == 0 else (-1, 1)


def is_article(recording: Recording) -> bool:
    """Whether a recording is one of the article's program, with whatever port."""
    files = {source['file'] for source in recording.header['script']['sources']}
    return {SCRIPT, PORT} <= files and NOTES + RECORDS in recording.arrays


def settings(header: JsonObject) -> Settings:
    """The Settings of a recording, of its header: the article's where nothing else was asked. Raises ValueError where
    nobody can run it so."""
    words: List[str] = header['script']['arguments']
    given = dict(zip(words[::2], words[1::2]))
    found = Settings(int(given.get('--seed', 1)), int(given.get('--steps', MOST_STEPS)),
                     given.get('--op-seeds', OP_SEEDS[0]))
    if not (0 <= found.seed <= LARGEST_SEED and 1 <= found.steps <= MOST_STEPS):
        raise ValueError('%d steps from seed %d' % (found.steps, found.seed))
    return found


def costs(recording: Recording, prefix: str = '') -> Optional[Costs]:
    """The Costs of a recording of the article's program, which fetches first the one without batch normalisation; None
    of any other, and of one whose costs are not there. prefix: `wholerun.PREFIX` for those of the whole run."""
    if not is_article(recording):
        return None
    steps = recording.arrays[NOTES + RECORDS]
    found = [values for _, values in sorted(recording.series(prefix).items()) if values.shape == steps.shape]
    return Costs(steps, *found) if len(found) == 2 else None


def pictures(recording: Recording) -> Optional[Pictures]:
    """The Pictures of a recording, or None where it does not have all that they need."""
    names = [NOTES + name for name in (X_DATA, Y_DATA, PICTURES, COUNTS, FINITE)]
    if not all(name in recording.arrays for name in names):
        return None
    found = Pictures(*[np.asarray(recording.arrays[name]) for name in names])
    drawn, is_whole = found.steps.shape, found.counts.shape[1:2] == (2,) and found.counts.shape[3:] == (HISTOGRAM_BINS,)
    if not is_whole or found.counts.shape[:1] != drawn or found.finite.shape != found.counts.shape[:-1]:
        return None
    return found if found.x.shape == found.y.shape else None
