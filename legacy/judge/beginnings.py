"""How a run in another arithmetic begins, before chaos takes over: is it another formula of the same value?"""
import numpy as np

from legacy.formats import floors
from legacy.formats.recording import Recording
from legacy.judge import comparison, units
from legacy.judge.findings import Finding, norm
from legacy.judge.histories import FLOAT64

QUESTIONS = (comparison.data, comparison.forward, comparison.gradients, comparison.first_update,
             comparison.moving_averages, comparison.free_run)


def with_floors(recorded: Recording, main: Recording, factor: float = 1.0) -> Recording:
    """A recording in another arithmetic with the main one's noise floors before and in the first step, each no less
    than the tolerance of a float64 history where `factor`, by which they are multiplied, is that of float64."""
    arrays, first = dict(recorded.computed), {'after/' + name: array for name, array in recorded.checkpoint(1).items()}
    for name, values in (units.of(main) or {}).items():
        array = recorded.arrays.get(name, first.get(name))
        least = FLOAT64 / units.LIMIT * norm(array) if factor < 1 and array is not None else 0.0
        scaled = values if name.startswith('free/') else values * factor
        arrays[floors.PREFIX + name] = np.maximum(scaled, least).astype(values.dtype)
    return Recording({**recorded.header, 'floor': main.header['floor']}, arrays)


def begins_alike(reference: Recording, candidate: Recording) -> Finding:
    """Finding: the data, what is computed before training and in the first step, and the costs, in units of the
    reference's floors."""
    found = [question(reference, candidate) for question in QUESTIONS]
    return next((finding for finding in found if not finding.passed), found[0])
