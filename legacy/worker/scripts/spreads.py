"""What noise in every op of a run does to what comes of it: its noise floor. Runs on Python 3.6."""
import functools
import math
import threading
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy.formats import contents, dtypes
from legacy.formats.contents import Sampled
from legacy.formats.values import Array, JsonObject, difference
from legacy.worker.scripts.stepgraph import StepGraph

if TYPE_CHECKING:
    from legacy.worker.scripts.replayer import Replayer
    from legacy.worker.scripts.steps import Given, Outcome, Step

# Noise of so many units in the last place is measured, and its effect divided by it: see `worker.floor`.
# Where a half or a bfloat16 is computed it is not divided: sums in them are made in more ways, and of what is near zero
# so much more changes its sign that the effect is not in proportion.
AMPLIFIED = 4
# Where it makes infinities, or no numbers, in more repetitions than half, as behind log(1 - tanh(x)^2 + 1e-6), noise of
# one unit in the last place is measured.
ENOUGH = 0.5
# In float64 a few show its size, which is little beside the share of float32's that is allowed there.
REPETITIONS = {'float32': 16, 'float64': 4}
# Of a run that computes more than LARGE (see `stepgraph.StepGraph.work`), half as many are made: sixteen, for each kept
# run, would take many times as long as the script. A root mean square of eight is less than a third of what it measures
# once in two thousand times, and the limit is eight of it.
LARGE = 4 << 20
PROJECTED = 8  # repetitions in which all elements of a large tensor are projected, each time on four directions

Key = Tuple[str, str]  # the group of an outcome, and the name of a tensor in it
# floor: recordingheader.FLOOR. scarce: of which tensors fewer than ENOUGH of the repetitions say something.
Spread = NamedTuple('Spread', [('floor', JsonObject), ('scarce', List[Key])])


def repetitions(arithmetic: str, work: int) -> int:
    """How often a run that computes so much is made with noise."""
    return REPETITIONS[arithmetic] // (2 if work > LARGE else 1)


def floors(replayer: 'Replayer', steps: 'Sequence[Step]',
           outcomes: 'Mapping[str, Sequence[Optional[Outcome]]]') -> Dict[str, List[Optional[JsonObject]]]:
    """{arithmetic: [recordingheader.FLOOR or None]} of steps whose outcomes in these, float32 and float64, are given.

    A spread is the root mean square, over repetitions with noise in every op, of the norm of the deviation (of a
    sample, where the array is large), per unit in the last place; of `along`, in float32, that of the deviation's share
    along the update, of `whole` that of a projection of all elements. A repetition in which noise makes numbers
    infinite, or no numbers, or the other way round, says nothing of a deviation and is left out; where most do, smaller
    noise is made; where all do then, too, there is no spread. Most of a recording's time goes here, so each arithmetic
    has a thread.
    """
    found: Dict[str, List[Optional[JsonObject]]] = {}
    raised: List[BaseException] = []
    works = {step: replayer.work(step) for step in steps}  # asked here, and not in each thread

    def measure(arithmetic: str) -> None:
        of = dict(zip(steps, outcomes[arithmetic]))

        def made(graph: StepGraph, step: 'Step', given: 'Given', amplified: int = AMPLIFIED) -> Optional[Spread]:
            outcome = of[step]
            return None if outcome is None else spread(graph, given, outcome, step.places, arithmetic,
                                                       repetitions(arithmetic, works[step]), amplified)
        try:
            spreads = replayer.each_open('noise in ' + arithmetic, steps, made)
            again = [step for step, one in zip(steps, spreads) if one is not None and one.scarce]
            finer = dict(zip(again, replayer.each_open('finer noise in ' + arithmetic, again,
                                                       functools.partial(made, amplified=1))))
            found[arithmetic] = [one and _completed(one, finer.get(step)) for step, one in zip(steps, spreads)]
        except BaseException as error:  # is raised in the thread that asks
            raised.append(error)
    threads = [threading.Thread(target=measure, args=(arithmetic,), daemon=True) for arithmetic in outcomes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    replayer.close_large()
    return found


def spread(graph: StepGraph, given: 'Given', outcome: 'Outcome', places: Mapping[str, Array],
           arithmetic: str, count: int, amplified: int = AMPLIFIED) -> Spread:
    """A Spread: see `floors`. graph: with noise. outcome: what comes of the step without.
    places: see `keptruns.Chosen`. arithmetic: float32, in which there is the share along an update, too, or float64.
    count: how often the run is made. amplified: how many units in the last place the noise is.

    What does not depend on the noise is worked out once: in a small network numpy's calls take most of the time."""
    squares: Dict[str, Dict[str, List[float]]] = {'fetched': {}, 'after': {}, 'along': {}, 'whole': {}}
    divided = 1 if graph.kind.is_narrow() else amplified
    exact = {(group, name): _Exact(sampled, places.get(name) if group == 'after' else None,
                                   given.before.get(name) if arithmetic == 'float32' and group == 'after' else None)
             for group, found in zip(('fetched', 'after'), outcome) for name, sampled in found.items()
             if dtypes.is_float(sampled.dtype)}

    def add(group: str, name: str, value: float) -> None:
        squares[group].setdefault(name, []).append((value / divided) ** 2)
    together = _Together(exact)
    others = {key: of for key, of in exact.items() if not of.is_simple()}
    for repetition in range(count):
        noisy = dict(zip(('fetched', 'after'), graph.run(*given)))
        offs = together.differences(noisy)
        for (group, name), size, along_update in offs or ():
            add(group, name, size)
            if along_update is not None:
                add('along', name, along_update)
        for (group, name), of in (exact if offs is None else others).items():
            numbers, whole = contents.numbers(noisy[group][name], of.places, repetition < PROJECTED)
            off = of.difference(np.asarray(numbers, 'f8'))
            if off is None:
                continue
            add(group, name, math.sqrt(np.sum(off * off)))  # without BLAS, whose threads would take another core
            if whole is not None:
                parts = zip(of.projections, whole.projections)
                add('whole', name, math.sqrt(sum((a - b) ** 2 for a, b in parts) / len(of.projections)))
            if of.update is not None:
                add('along', name, float(np.sum(off * of.update)) / of.square)
    floor = {group: {name: float(np.sqrt(np.mean(values))) for name, values in found.items()}
             for group, found in squares.items()}
    return Spread(floor, [(group, name) for group, name in exact
                          if len(squares[group].get(name, ())) < ENOUGH * count])


def _completed(spread: Spread, finer: Optional[Spread]) -> JsonObject:
    """The recordingheader.FLOOR of a step. finer: with smaller noise, which tells of more tensors, or None."""
    if finer is not None:
        for group, name in spread.scarce:
            for part in (group, 'along', 'whole') if group == 'after' else (group, 'whole'):
                if name in finer.floor[part]:
                    spread.floor[part][name] = finer.floor[part][name]
    return spread.floor


class _Exact(object):
    """What a tensor is without noise. places: see `keptruns.Chosen`. projections: of all elements of a large one.
    update: how far the run has moved its sample, and square: the square of its norm; None unless it is asked for, by
    `before`, what it was before the run, or where nothing was moved."""

    def __init__(self, sampled: Sampled, places: Optional[Array], before: Optional[Array]) -> None:
        self.places = places
        self._is_real = sampled.dtype != dtypes.BFLOAT16 and np.dtype(sampled.dtype).kind == 'f'
        self.numbers = np.asarray(contents.values(sampled.kept, sampled.dtype), 'f8')
        self._known = np.isfinite(self.numbers)
        self._all_known = bool(self._known.all())
        self.projections: List[float] = [] if sampled.whole is None else sampled.whole.projections
        self.update: Optional[Array] = None
        if before is not None:
            there = contents.values(contents.sampled(contents.as_held(before), places), sampled.dtype)
            update = difference(there, self.numbers)
            self.square = float(np.sum(update * update))
            self.update = update if update.any() else None

    def is_simple(self) -> bool:
        """Whether it is a small tensor of numbers that numpy has, all of them finite."""
        return self._all_known and not self.projections and self._is_real

    def difference(self, numbers: Array) -> Optional[Array]:
        """float64 array: how far these are from it, 0 where it is not finite; None where others are not finite."""
        if self._all_known:
            off: Array = numbers - self.numbers
            if np.isfinite(off).all():
                return off
        return difference(self.numbers, numbers) if (np.isfinite(numbers) == self._known).all() else None


class _Together(object):
    """Those of {(group, name): _Exact} that are simple, compared at once: numpy takes longer to begin with an array
    than to compare a few numbers."""

    def __init__(self, exact: Mapping[Key, _Exact]) -> None:
        self._of = [(key, of) for key, of in exact.items() if of.is_simple()]
        flat = [of.numbers.reshape(-1) for _, of in self._of]
        ends = np.cumsum([array.size for array in flat], dtype='i8').tolist()
        self._places = list(zip([0] + ends, ends))
        self._numbers = np.concatenate(flat) if flat else np.zeros(0)
        self._updates = np.concatenate([np.zeros(array.size) if of.update is None else of.update.reshape(-1)
                                        for array, (_, of) in zip(flat, self._of)]) if flat else np.zeros(0)

    def differences(self, noisy: Mapping[str, Mapping[str, Array]]) -> Optional[List[Tuple[Key, float, Any]]]:
        """[((group, name), how far it is off, the share of that along the update or None)]; None where some number is
        not finite, so that each has to be looked at by itself."""
        if not self._of:
            return []
        found = np.concatenate([noisy[group][name].reshape(-1) for (group, name), _ in self._of])
        off = found.astype('f8') - self._numbers
        if np.count_nonzero(np.isfinite(off)) < off.size:
            return None
        squares, along = off * off, off * self._updates
        return [(key, math.sqrt(np.add.reduce(squares[start:end])),
                 None if of.update is None else float(np.add.reduce(along[start:end])) / of.square)
                for (key, of), (start, end) in zip(self._of, self._places)]
