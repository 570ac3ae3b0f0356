"""What of a script follows from rounding: what a second run, and whole runs with noise, have otherwise than its first.

All of them are made under the same TensorFlow. What they do not move must be the same, bit for bit, under another one;
of what they move their spread is the measure.
"""
import typing
from collections.abc import Iterator, Sequence

import numpy as np

from legacy.formats import constants, runkinds, stored
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.recordingheader import SEQUENCES, groups_of
from legacy.formats.recordings import Recording, Series
from legacy.formats.values import Array, JsonObject, difference
from legacy.judge.baseline import FEWEST

AGAIN, NOISE = 'again', 'noise'


class Variation(typing.NamedTuple):
    """What another run has otherwise: see `recordingheader.VARIATION`."""
    what: str
    kind: int
    graph: int
    name: str
    since: int
    by: str


def numbered(first: Recording, again: Recording) -> Recording | None:
    """The Recording of a second run, which has chosen runs by itself, with the steps of the first one alone and
    under their numbers; None unless it has chosen them all. Both are ScriptRecordings."""
    matches = runkinds.matches(first.kinds, again.kinds)
    there = {(step['kind'], again.time(step)): step for step in again.header['steps']}
    found = [(step, there.get((matches.get(step['kind']), first.time(step)))) for step in first.header['steps']]
    if any(other is None for _, other in found):
        return None
    steps = [{**other, 'step': step['step']} for step, other in found if other is not None]
    return Recording({**again.header, 'steps': steps}, again.arrays)


def whole(first: Recording, again: Recording, noisy: Sequence[Recording]) -> Recording:
    """The Recording of a script: its first run, with what the others say of it.

    first, again, noisy: ScriptRecordings, the last a list of them, that have noted the first one's steps.
    """
    header = {**first.header, 'noisy': len(noisy), 'varying': [
        item._asdict() for item in varying(first, [(AGAIN, again), *((NOISE, run) for run in noisy)])]}
    header['steps'] = [{**step, **_state(first, step, again, noisy)} for step in first.header['steps']]
    moved = constants.merged(run.header.get('constants', []) for run in (again, *noisy))
    header.update({'constants': moved} if moved else {})
    return Recording(header, stored.joined(first.arrays, noisy_series(first, noisy)))


def noisy_series(first: Recording, noisy: Sequence[Recording]) -> dict[str, Array]:
    """{name in a recording: series} of runs with noise, under the numbers of the first one's kinds."""
    return {f'noisy/{number}/small/{k}/{j}': array for number, run in enumerate(noisy)
            for (k, j), array in matched_series(first, run).items()}


def varying(first: Recording, others: Sequence[tuple[str, Recording]]) -> list[Variation]:
    """[Variation], each of the earliest time at which a run has it otherwise. others: [(AGAIN or NOISE, run)]."""
    earliest: dict[tuple[str, int, int, str], Variation] = {}
    for by, other in others:
        for found in _between(first, other, by):
            key = found[:4]
            known = earliest.get(key)
            if known is None or found.since < known.since:
                by = AGAIN if known and known.by == AGAIN else found.by
                earliest[key] = found._replace(by=by)
    return sorted(earliest.values())


def _between(first: Recording, other: Recording, by: str) -> Iterator[Variation]:
    matches, is_whole = runkinds.matches(first.kinds, other.kinds), not ended_early(other)
    for what, training in SEQUENCES.items():
        begun = first.sequences(training)
        begun_there = other.sequences(training, {number: k for k, number in matches.items()})
        for thread in sorted({*begun, *begun_there}):
            since = first_difference(begun.get(thread, []), begun_there.get(thread, []), is_whole)
            if since is not None:
                yield Variation(what, -1, -1, str(thread), since, by)
    for k, number in matches.items():
        kind = first.kinds[k]
        for what, names in (('feed', 'feeds'), ('fetch', 'fetches')):
            ours, theirs = (run.arrays[f'kinds/{n}/{"feeds" if what == "feed" else "fetched"}']
                            for run, n in ((first, k), (other, number)))
            for column, name in enumerate(kind[names]):
                at = first_difference(ours[:, column].tolist(), theirs[:, column].tolist(), is_whole)
                if at is not None:
                    yield Variation(what, k, kind['graph'], name, at, by)
    there = other.initial
    for (graph, name), noted in first.initial.items():
        found = there.get((graph, name))
        if is_whole if found is None else found.digest != noted.digest:
            yield Variation('variable', -1, graph, name, 0, by)


def ended_early(run: Recording) -> bool:
    """Whether the recorder has ended the script before its end, so that what is not there tells nothing."""
    return 'ended_after' in run.header


def first_difference(ours: Sequence[typing.Any], theirs: Sequence[typing.Any], is_whole: bool = True) -> int | None:
    """The first place at which two lists differ, or one of them has ended; None if they are the same. is_whole: whether
    the second is all that there is, so that its end is a difference."""
    for k, item in enumerate(ours):
        if k >= len(theirs):
            return k if is_whole else None
        if theirs[k] != item:
            return k
    return len(ours) if len(theirs) > len(ours) else None


def matched_series(first: Recording, other: Recording) -> Series:
    """The series of another run, under the numbers of the first one's kinds."""
    series = other.series()
    return {(k, j): series[number, j] for k, number in runkinds.matches(first.kinds, other.kinds).items()
            for j in range(len(first.kinds[k]['fetches'])) if (number, j) in series}


def _state(first: Recording, step: JsonObject, again: Recording,
           noisy: Sequence[Recording]) -> JsonObject:
    """What the others say of all that a step had and gave: see `recordingheader.STATE`."""
    others = [(run, _of_step(run, step['step'])) for run in (again, *noisy)]
    others = [(run, found) for run, found in others if found is not None or not ended_early(run)]
    reached = sum(found is not None for _, found in others[1:])
    return {'runs_with_noise': reached, 'state': {group: {
        name: _moved(first, noted, name, [(run, found and groups_of(found)[group]) for run, found in others])
        for name, noted in noted_there.items()} for group, noted_there in groups_of(step).items()}}


def _of_step(run: Recording, number: int) -> JsonObject | None:
    return next((step for step in run.header['steps'] if step['step'] == number), None)


def _moved(first: Recording, noted: ArrayNote, name: str,
           others: Sequence[tuple[Recording, typing.Any]]) -> JsonObject:
    """The STATE of one array. others: [(another run, {name: noted array} there or None)], the second run first."""
    found = [(run, there and there.get(name)) for run, there in others]
    everywhere = all(other is not None and other.digest == noted.digest for _, other in found)
    spreads, wholes = [], []
    if not everywhere and noted.is_float:
        ours = first.comparable(noted)
        of_all = first.whole(noted)
        for run, other in found[1:]:
            if other and other.form == noted.form:
                spreads.append(float(np.linalg.norm(difference(ours, run.comparable(other)))))
                measures = run.whole(other)
                if measures and of_all:
                    wholes.append(_root_mean_square(np.subtract(of_all.projections, measures.projections)))
    return {'steady': everywhere, 'spread': _root_mean_square(spreads), 'whole': _root_mean_square(wholes)}


def spread(here: Recording, step: JsonObject, noisy: Sequence[Recording]) -> JsonObject:
    """The same of a run made here and the runs with noise beside it, but how far these are from their mean: where they
    are close to each other, and far from the run, that is no rounding."""
    found = [_of_step(run, step['step']) for run in noisy]
    reached = [(run, groups_of(other)) for run, other in zip(noisy, found) if other is not None]
    return {'runs_with_noise': len(reached), 'state': {group: {
        name: _spread(here, noted, [(run, groups[group].get(name)) for run, groups in reached])
        for name, noted in noted_here.items()} for group, noted_here in groups_of(step).items()}}


def _spread(here: Recording, noted: ArrayNote, others: Sequence[tuple[Recording, ArrayNote | None]]) -> JsonObject:
    alike = [(run, other) for run, other in others if other is not None and other.form == noted.form]
    steady = len(alike) == len(others) and all(other.digest == noted.digest for _, other in alike)
    if steady or not noted.is_float:
        return {'steady': steady, 'spread': 0.0, 'whole': 0.0}
    measures = [run.whole(other) for run, other in alike]
    projections = [found.projections for found in measures if found]
    return {'steady': False, 'spread': _about_the_mean([np.ravel(run.comparable(other)) for run, other in alike]),
            'whole': _about_the_mean(projections) / max(1.0, np.sqrt(len(projections[0]))) if projections else 0.0}


def _about_the_mean(rows: Sequence[typing.Any]) -> float:
    """Root mean square of how far vectors are from their mean; zero where it is not finite."""
    if len(rows) < FEWEST:
        return 0.0
    values = np.array(rows, 'f8')
    with np.errstate(invalid='ignore', over='ignore'):
        return _root_mean_square(np.linalg.norm(values - values.mean(axis=0), axis=1))


def _root_mean_square(values: Sequence[float] | Array) -> float:
    """Zero of none, and where it is not finite."""
    found = float(np.sqrt(np.mean(np.square(values)))) if len(values) else 0.0
    return found if np.isfinite(found) else 0.0
