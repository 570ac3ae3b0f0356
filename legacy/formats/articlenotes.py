"""What the article's program notes in its recording beside its runs, and the costs in it. Runs on Python 3.6.

    notes/data/x, notes/data/y      what both networks were fitted to: float64 (2500, 1)
    notes/records/steps             after which steps both costs were recorded: int32 (records,)
    notes/layer_inputs/steps        before which steps there is a picture of the layers' inputs: int32 (pictures,)
    notes/layer_inputs/counts       of each network and layer, how many of the values fall into each of 15 bins, as the
                                    article's pictures show them: int32 (pictures, 2, 8, 15)
    notes/layer_inputs/finite       how many of the values are finite: int32 (pictures, 2, 8)
"""
from typing import NamedTuple, Optional

import numpy as np

from legacy.formats.scriptrecording import NOTES, ScriptRecording
from legacy.formats.values import Array

X_DATA, Y_DATA, RECORDS = 'data/x', 'data/y', 'records/steps'
PICTURES, COUNTS, FINITE = 'layer_inputs/steps', 'layer_inputs/counts', 'layer_inputs/finite'
HISTOGRAM_BINS = 15
SCRIPT, PORT = 'train.py', 'article.py'  # the files of the program, as a recording has them

# steps: after which both costs were recorded. cost, cost_norm: without and with batch normalisation.
Costs = NamedTuple('Costs', [('steps', Array), ('cost', Array), ('cost_norm', Array)])


def is_article(recording: ScriptRecording) -> bool:
    """Whether a recording is one of the article's program, of whatever port."""
    files = {source['file'] for source in recording.header['script']['sources']}
    return {SCRIPT, PORT} <= files and NOTES + RECORDS in recording.arrays


def costs(recording: ScriptRecording) -> Optional[Costs]:
    """The Costs of a recording of the article's program, which fetches first the one without batch normalisation; None
    of any other."""
    if not is_article(recording):
        return None
    steps = recording.arrays[NOTES + RECORDS]
    found = [values for _, values in sorted(recording.series().items()) if values.shape == (len(steps),)]
    return Costs(steps, *found) if len(found) == 2 else None


def has_notes(recording: ScriptRecording) -> bool:
    """Whether the pictures can be drawn of a recording."""
    return all(NOTES + name in recording.arrays for name in (X_DATA, Y_DATA, PICTURES, COUNTS, FINITE, RECORDS))


def note(recording: ScriptRecording, name: str) -> Array:
    """A noted array. Raises KeyError."""
    return np.asarray(recording.arrays[NOTES + name])
