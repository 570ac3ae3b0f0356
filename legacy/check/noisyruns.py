"""The runs of a script with noise in the last place: how far each goes, and which of them count."""
import os
import pathlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np

from legacy.check.scriptfault import ScriptFault
from legacy.check.variation import ended_early, matched_series, noisy_series, spread
from legacy.check.wholeruns import WholeRuns
from legacy.formats import runkinds, stored, unseen
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording
from legacy.formats.values import Json
from legacy.judge import ladder, seriesbands, units
from legacy.judge.ladder import Case
from legacy.judge.questions import BROKEN, answered
from legacy.judge.side import Side

# Of a script that computes more than CHEAP (see `stepgraph.StepGraph.work`; about two seconds), WHOLE runs with noise
# go to its end, and the others as far as an eighth of its runs, or a quarter where that is fewer than FEW runs. Where
# these are of one size, so few tell it as well as more do. Where one of them would be outside the band of the others,
# rounding parts the runs of this script, as a ReLU does that is on in one of them and off in another: then MOST go to
# the end.
MOST, WHOLE, FEW, CHEAP = 6, 2, 64, 256 << 20


def lengths(first: Recording) -> list[int | None]:
    """After how many runs of sessions each of the runs with noise ends; None for one that goes to the script's end.
    first: the Recording of the first run."""
    if first.header.get('work', 0) <= CHEAP:
        return [None] * MOST
    runs = len(first.runs)
    return [None] * WHOLE + [max(-(-runs // 8), min(-(-runs // 4), FEW))] * (MOST - WHOLE)


class NoisyRuns:
    """The runs with noise, which begin at once. runs: a wholeruns.WholeRuns. folder: for their files; first.npz in it
    is that of the first run, whose Recording is `first`. noisy: how many go to the end, or None."""

    def __init__(self, runs: WholeRuns, folder: pathlib.Path, first: Recording, noisy: int | None) -> None:
        self._runs, self._folder, self._first = runs, folder, first
        until = lengths(first) if noisy is None else [None] * noisy
        self._begun = [self._begin(number, end) for number, end in enumerate(until)]

    def _begin(self, number: int, until: int | None = None, is_further: bool = False) -> Future[Recording]:
        return _with_noise(self._runs.further if is_further else self._runs.begin,
                           self._folder / f'noisy-{number}.npz', number, str(self._folder / 'first.npz'),
                           **({} if until is None else {'until': until}))

    def made(self, facts: unseen.Unseen) -> list[Recording]:
        """The Recordings of those that count. Where noise has broken one that was to go to the end, or parts them,
        further ones do."""
        found = [run for run in (ended(run, self._first, facts) for run in self._begun) if run is not None]
        early = sum(map(ended_early, found))
        missing = max(0, WHOLE - (len(found) - early)) if early else 0
        if early and are_apart(self._first, found):
            missing = MOST - (len(found) - early)
        further = [self._begin(len(self._begun) + number, is_further=True) for number in range(missing)]
        return found + [run for run in (ended(run, self._first, facts) for run in further) if run is not None]


def _with_noise(begin: Callable[..., Future[Recording]], out: pathlib.Path, seed: int, steps_of: str,
                **asked: Json) -> Future[Recording]:
    """A run with noise, of which nothing is kept that is not compared. begin: of a wholeruns.WholeRuns. seed: of the
    noise. steps_of: path of the recording whose steps it notes."""
    return begin('with noise in the last place', out, nudge=seed, brief=True, command='', compressed=False,
                 steps_of=steps_of, **asked)


def are_apart(first: Recording, noisy: Sequence[Recording]) -> bool:
    """Whether one of the runs with noise leaves, in a series, the band that the others make: see `seriesbands`."""
    others, there = [matched_series(first, run) for run in noisy], Side(first)
    for (k, j), values in first.series().items():
        found = [run[k, j] for run in others if (k, j) in run and run[k, j].shape[1:] == values.shape[1:]]
        flat, times = seriesbands.rows(values), np.flatnonzero(~first.raised(k))
        offs = np.full((len(found), len(flat)), np.nan)
        for off, run in zip(offs, found):
            both = min(len(run), len(flat))
            off[:both] = np.linalg.norm(seriesbands.rows(run)[:both] - flat[:both], axis=1)
        squares, known = np.square(np.nan_to_num(offs[:, times])), np.isfinite(offs[:, times])
        least = np.zeros(len(flat))
        for time, floor in seriesbands.floors_of(there, k, j).items():
            least[time] = floor
        rounding = np.finfo(values.dtype).eps / 2 * np.linalg.norm(flat[times], axis=1)
        counts = (seriesbands.counted(flat[times], found) or 0.0) / units.LIMIT
        for own, is_known in zip(squares, known):
            count = (known.sum(axis=0) - is_known) * is_known
            band = np.sqrt((squares.sum(axis=0) - own) / np.maximum(count, 1))
            band = np.maximum.accumulate(np.maximum(band, least[times]))
            unit = np.maximum(np.maximum(band, rounding), max(counts, float(np.finfo('f4').tiny)))
            if (np.sqrt(own) > units.LIMIT * unit)[count > 0].any():
                return True
    return False


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


BANDS = ('state', 'free run')  # rungs whose limits are how far runs with noise come


def bands_alone(case: Case) -> bool:
    """Whether nothing fails but what is compared with runs with noise. Then either a step is wrong between two that
    were made again, or rounding parts the runs of this script, and parted this one before those that were recorded."""
    if not any(answered(question, case).status in BROKEN for question in ladder.QUESTIONS if question.name in BANDS):
        return False
    return {rung.name for rung in ladder.asked(case).rungs if rung.status in BROKEN} <= set(BANDS)


def with_noise_here(runs: WholeRuns, folder: pathlib.Path, baseline: PathLike, candidate: Recording) -> Recording:
    """The Recording of a run that made the recorded steps again, with what MOST runs with noise made beside it have:
    their series, and how far their states are apart. baseline: path of the recording. folder: for their files. Their
    noise is other than that of the recording."""
    recorded, facts = os.path.abspath(baseline), unseen.Unseen()
    begun = [_with_noise(runs.begin, folder / f'noise-{number}.npz', MOST + number, recorded, op_seeds=recorded)
             for number in range(MOST)]
    found = [run for run in (ended(run, candidate, facts) for run in begun) if run is not None]
    header = {**candidate.header, 'noisy': len(found), 'unseen': candidate.header['unseen'] + facts.facts(),
              'steps': [{**step, **spread(candidate, step, found)} for step in candidate.header['steps']]}
    return Recording(header, stored.joined(candidate.arrays, noisy_series(candidate, found)))
