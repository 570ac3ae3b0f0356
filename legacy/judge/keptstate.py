"""What each kept run had and gave, as the script itself made it, here against there: the variables before and after it,
what it was fed, what its sources and fetches gave."""
import numpy as np

from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordingheader import GROUPS, STATES
from legacy.formats.stepnotes import StateNote, StepNote
from legacy.judge import floors, sourcevalues
from legacy.judge.astray import Astray
from legacy.judge.baseline import FEWEST, Baseline
from legacy.judge.findings import Finding
from legacy.judge.floors import Units, floor_of
from legacy.judge.graphconstants import Constants
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.side import Side
from legacy.judge.tensormeasures import Asked, rounding, within

Variable = tuple[int, str]  # of which graph, name


def state(pairing: Pairing, astray: Astray | None = None, constants: Constants | None = None) -> Finding:
    """Finding: whole numbers and texts that neither noise nor a second run moves are the recorded bits, and so are
    floats that are still what they were at first; the rest is inside the band that whole runs with noise make.

    The band never becomes narrower: what has parted does not come together again. It is no narrower than what rounding
    does in a run, since noise, which is in variables, need not reach all that a run computes. What has left it, and
    depends on an op that the recorded side had off, is left out, and counted. Where runs with noise were made here,
    too, the band is as wide as these are apart, if that is more: see `seriesbands.banded`.

    astray: the astray.Astray, or None. constants: the graphconstants.Constants, or None: what depends on those that
    differ by rounding may be off as much more as these are.
    """
    there, baseline, asked, followed = pairing.there, pairing.baseline, Asked(), set()
    bands = _Bands(there, constants)
    for step in sorted(there.steps, key=lambda step: step.run):
        made, graph = pairing.step(step), there.graph_of(step)
        theirs = made.groups if made else None
        for group, name, noted in _noted(step):
            if group == 'fed' and _asked_elsewhere(baseline, step, name):
                continue
            pair = Pair(step, group, name, noted, theirs[group].get(name) if theirs else None)
            moved = step.state.get(group, {}).get(name)
            if group != 'fed' and baseline.by_luck(step.kind, name):
                asked.left_out.add('races', pairing.where(pair))
                continue
            if moved is not None and not noted.is_float and (
                    not moved.steady or pair.here and there.is_summary(graph, name)):
                followed.add(name)  # a whole number that follows from results, or text that a summary makes of them
                continue
            asked.expected += 1
            if moved is None:
                asked.lacks.add('not recorded', pairing.where(pair))
            elif made is None and not baseline.expects(step):
                asked.lacks.add('other runs', pairing.where(pair))
            else:
                _compare(pairing, asked, pair, moved, bands, astray)
    more = f'; {len(followed)} of whole numbers follow from results: not compared' if followed else ''
    return asked.finding(" of the noisy runs' spread", more, 'that noise does not move')


def _asked_elsewhere(baseline: Baseline, step: StepNote, name: str) -> bool:
    """Whether what a run was fed, or its source gave, does not follow from results: `fedarrays` and `sourcevalues`
    ask for these."""
    kind = baseline.side.kind_of(step)
    if name in kind['sources']:
        return sourcevalues.judged(step, name)
    return baseline.varies_since('feed', step.kind, kind['graph'], name) is None


def _noted(step: StepNote) -> list[tuple[str, str, ArrayNote]]:
    """[(group, name, noted array)]"""
    groups = step.groups
    return [(group, name, noted) for group in STATES for name, noted in groups[group].items()]


class _Bands:
    """How far what a run had and gave may be off. there: the recorded side. constants: see `state`."""

    def __init__(self, there: Side, constants: Constants | None) -> None:
        self._there, self.constants = there, constants
        self._floors = floors.largest(there.steps, ('after',), lambda step, _, name: (there.graph_of(step), name))
        self._widest: dict[Variable, Units] = {}

    def of(self, pair: Pair) -> Variable:
        """What has one band over all runs: a variable before and after them, or what is fed or fetched."""
        is_variable = pair.group in ('before', 'after')
        return self._there.graph_of(pair.step), pair.name if is_variable else f'{pair.group} {pair.name}'

    def widen(self, pair: Pair, moved: StateNote) -> None:
        """From this run on: a band never becomes narrower."""
        of = self.of(pair)
        known = self._widest.get(of, Units(0.0, 0.0))
        self._widest[of] = Units(max(known.norm, moved.spread), max(known.projection, moved.whole))

    def units(self, pair: Pair) -> Units:
        """(norm, projection)"""
        of = self.of(pair)
        least = np.maximum(rounding(self._there, pair.there), self._floor(pair))
        wider = self.constants.widens(self._there.graph_of(pair.step), pair.name) if self.constants else 1.0
        return Units(*(np.maximum(self._widest[of], least) * wider))

    def _floor(self, pair: Pair) -> Units:
        """(norm, projection): what rounding in a run does to what it gives, or to a variable before it."""
        if pair.group == 'before':
            return self._floors.get(self.of(pair), Units(0.0, 0.0))
        found = floor_of(pair.step, 'float32', pair.group, pair.name) if pair.group in GROUPS else None
        return Units(found.norm, found.projection or 0.0) if found else Units(0.0, 0.0)


def _compare(pairing: Pairing, asked: Asked, pair: Pair, moved: StateNote, bands: _Bands,
             astray: Astray | None) -> None:
    there, here, step = pairing.there, pairing.here, pair.step
    bands.widen(pair, moved)
    made = pairing.step(step) if here.header['noisy'] else None  # runs with noise were made here, too
    moved_here = made.state.get(pair.group, {}).get(pair.name) if made else None
    if moved_here:
        bands.widen(pair, moved_here)
    graph, variable = there.graph_of(step), bands.of(pair)
    first = pairing.baseline.is_first_value(variable, pair.there) and not (
        bands.constants and variable in bands.constants.started)
    rounds = pair.there.is_float and not first
    follows = astray is not None and pair.here is not None and astray.touches(graph, pair.name) and not first
    if pair.is_same:
        asked.same(exact=moved.steady)
    elif pair.is_alike and step.runs_with_noise < FEWEST:
        asked.lacks.add('no noise', pairing.where(pair))
    elif follows and not rounds and pair.is_alike:
        asked.expected -= 1
        asked.left_out.add('recorded off', pairing.where(pair))
    elif pair.here is None or not pair.is_alike or moved.steady and not rounds:
        asked.differs(pairing.where(pair), there.comparable(pair.there),
                      None if pair.here is None else here.comparable(pair.here), pairing.place(pair))
    else:
        deviations = within(there, here, pairing.where(pair), pair.there, pair.here, bands.units(pair))
        if deviations is None:
            asked.lacks.add('sample', pairing.where(pair))
        elif (follows or pairing.baseline.follows_luck(graph, step.run)) and any(
                not off.relative <= off.tolerance for off in deviations):
            asked.expected -= 1
            asked.left_out.add('recorded off' if follows else 'unsteady', pairing.where(pair))
        else:
            asked.deviates(*deviations, place=pairing.place(pair))
