"""The runs of a script with noise in the last place: how far each goes, and which of them count."""
import pathlib
from concurrent.futures import Future

import numpy as np

from legacy.check.scriptfault import ScriptFault
from legacy.check.variation import ended_early
from legacy.check.wholeruns import WholeRuns
from legacy.formats import runkinds, unseen
from legacy.formats.recordings import Recording

# Of a script that computes more than CHEAP (see `stepgraph.StepGraph.work`; about two seconds), WHOLE runs with noise
# go to its end, and the others as far as a PART of its runs. Where rounding parts two runs, as a ReLU that is on in one
# of them does, it is early as a rule, and what has parted does not come together again: in nine scripts the bands of
# these left out as few further runs as those of as many whole ones.
WHOLE, PART, CHEAP = 2, 4, 256 << 20


def lengths(first: Recording, noisy: int) -> list[int | None]:
    """After how many runs of sessions each of the runs with noise ends; None for one that goes to the script's end.
    first: the Recording of the first run. noisy: how many."""
    if first.header.get('work', 0) <= CHEAP:
        return [None] * noisy
    whole = min(noisy, WHOLE)
    return [None] * whole + [-(-len(first.runs) // PART)] * (noisy - whole)


class NoisyRuns:
    """The runs with noise, which begin at once. runs: a wholeruns.WholeRuns. folder: for their files; first.npz in it
    is that of the first run, whose Recording is `first`. noisy: how many there are."""

    def __init__(self, runs: WholeRuns, folder: pathlib.Path, first: Recording, noisy: int) -> None:
        self._runs, self._folder, self._first = runs, folder, first
        self._begun = [self._begin(number, until) for number, until in enumerate(lengths(first, noisy))]

    def _begin(self, number: int, until: int | None = None, is_further: bool = False) -> Future[Recording]:
        begin = self._runs.further if is_further else self._runs.begin
        return begin('with noise in the last place', self._folder / f'noisy-{number}.npz', nudge=number, brief=True,
                     command='', compressed=False, steps_of=str(self._folder / 'first.npz'),
                     **({} if until is None else {'until': until}))

    def made(self, facts: unseen.Unseen) -> list[Recording]:
        """The Recordings of those that count. Where noise has broken one that was to go to the end, another does."""
        found = [run for run in (ended(run, self._first, facts) for run in self._begun) if run is not None]
        early = sum(map(ended_early, found))
        for number in range(len(self._begun), len(self._begun) + WHOLE):
            if early and len(found) - early < WHOLE:
                further = ended(self._begin(number, is_further=True), self._first, facts)
                found += [] if further is None else [further]
        return found


def ended(run: Future[Recording], first: Recording, facts: unseen.Unseen) -> Recording | None:
    """The Recording of a run with noise; None where noise has broken it, which is a fact."""
    try:
        found = run.result()
    except ScriptFault as error:
        facts.add('noisy-run-raised', detail=str(error))
        return None
    for k, number in runkinds.matches(first.kinds, found.kinds).items():
        for j in range(len(first.kinds[k]['fetches'])):
            ours, theirs = (run.arrays.get(f'small/{n}/{j}') for run, n in ((first, k), (found, number)))
            if ours is None or theirs is None or ours.shape[1:] != theirs.shape[1:]:
                continue
            times = [time for time in range(min(len(ours), len(theirs))) if not first.raised(k)[time]]
            if (np.isfinite(ours[times]) & ~np.isfinite(theirs[times])).any():
                facts.add('noisy-run-not-finite', first.kinds[k]['place'])
                return None
    return found
