"""What noise in every op of a run does to what comes of it: its noise floor. Runs on Python 3.6."""
import math
import time
from typing import TYPE_CHECKING, Dict, List, Mapping, Optional

import numpy as np

from legacy.formats import contents
from legacy.formats.contents import Sampled
from legacy.formats.values import Array, JsonObject, difference
from legacy.worker.scripts.stepgraph import StepGraph

if TYPE_CHECKING:
    from legacy.worker.scripts.replaying import Given, Outcome

# Noise of so many units in the last place is measured, and its effect divided by it: see `worker.floor`.
# Where a half or a bfloat16 is computed it is not divided: sums in them are made in more ways, and of what is near zero
# so much more changes its sign that the effect is not in proportion.
AMPLIFIED = 4
# In float64 a few show its size, which is little beside the share of float32's that is allowed there.
REPETITIONS = {'float32': 16, 'float64': 4}
# Where they take longer than LONG seconds of processor time, no more than ENOUGH are made: of a run of half a second
# sixteen, for each kept run, take many times as long as the script. A root mean square of six is less than a third of
# what it measures once in two hundred times, and the limit is eight.
ENOUGH, LONG = 6, 2.0


def spread(graph: StepGraph, given: 'Given', outcome: 'Outcome', places: Mapping[str, Array],
           arithmetic: str) -> JsonObject:
    """scriptheader.FLOOR: see `replaying.Replayer.floors`. graph: with noise. outcome: what comes of the step without.
    places: see `keptruns.Chosen`. arithmetic: float32, in which there is the share along an update, too, or float64.

    What does not depend on the noise is worked out once: in a small network numpy's calls take most of the time."""
    squares: Dict[str, Dict[str, List[float]]] = {'fetched': {}, 'after': {}, 'along': {}, 'whole': {}}
    divided = 1 if graph.kind.is_narrow() else AMPLIFIED
    exact = {(group, name): _Exact(sampled, places.get(name) if group == 'after' else None,
                                   given.before.get(name) if arithmetic == 'float32' and group == 'after' else None)
             for group, found in zip(('fetched', 'after'), outcome) for name, sampled in found.items()
             if contents.is_float(sampled.dtype)}

    def add(group: str, name: str, value: float) -> None:
        squares[group].setdefault(name, []).append((value / divided) ** 2)
    started = time.process_time()
    for made in range(REPETITIONS[arithmetic]):
        if made >= ENOUGH and time.process_time() - started > LONG:
            break
        noisy = dict(zip(('fetched', 'after'), graph.run(*given)))
        for (group, name), of in exact.items():
            numbers, whole = contents.numbers(noisy[group][name], of.places)
            off = of.difference(np.asarray(numbers, 'f8'))
            if off is None:
                continue
            add(group, name, math.sqrt(np.sum(off * off)))  # without BLAS, whose threads would take another core
            if whole is not None:
                parts = zip(of.projections, whole.projections)
                add('whole', name, math.sqrt(sum((a - b) ** 2 for a, b in parts) / len(of.projections)))
            if of.update is not None:
                add('along', name, float(np.sum(off * of.update)) / of.square)
    return {group: {name: float(np.sqrt(np.mean(values))) for name, values in found.items()}
            for group, found in squares.items()}


class _Exact(object):
    """What a tensor is without noise. places: see `keptruns.Chosen`. projections: of all elements of a large one.
    update: how far the run has moved its sample, and square: the square of its norm; None unless it is asked for, by
    `before`, what it was before the run, or where nothing was moved."""

    def __init__(self, sampled: Sampled, places: Optional[Array], before: Optional[Array]) -> None:
        self.places = places
        self._numbers = np.asarray(contents.values(sampled.kept, sampled.dtype), 'f8')
        self._known = np.isfinite(self._numbers)
        self._all_known = bool(self._known.all())
        self.projections: List[float] = [] if sampled.whole is None else sampled.whole.projections
        self.update: Optional[Array] = None
        if before is not None:
            there = contents.values(contents.sampled(contents.as_held(before), places), sampled.dtype)
            update = difference(there, self._numbers)
            self.square = float(np.sum(update * update))
            self.update = update if update.any() else None

    def difference(self, numbers: Array) -> Optional[Array]:
        """float64 array: how far these are from it, 0 where it is not finite; None where others are not finite."""
        if self._all_known:
            off: Array = numbers - self._numbers
            if np.isfinite(off).all():
                return off
        return difference(self._numbers, numbers) if (np.isfinite(numbers) == self._known).all() else None
