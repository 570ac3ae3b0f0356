"""What of a script follows from rounding: what a second run, and whole runs with noise, have otherwise than its first.

All of them are made under the same TensorFlow. What they do not move must be the same, bit for bit, under another one;
of what they move their spread is the measure.
"""
import typing

import numpy as np

from legacy.formats import contents, runkinds
from legacy.formats.scriptrecording import ScriptRecording
from legacy.formats.values import difference

AGAIN, NOISE = 'again', 'noise'


class Variation(typing.NamedTuple):
    """What another run has otherwise: see `scriptheader.VARIATION`."""
    what: str
    kind: int
    graph: int
    name: str
    since: int
    by: str


def whole(first, again, noisy):
    """The ScriptRecording of a script: its first run, with what the others say of it.

    first, again, noisy: ScriptRecordings, the last a list of them, that have noted the first one's steps.
    """
    header = {**first.header, 'noisy': len(noisy), 'varying': [
        item._asdict() for item in varying(first, [(AGAIN, again), *((NOISE, run) for run in noisy)])]}
    header['steps'] = [{**step, **_state(first, step, again, noisy)} for step in first.header['steps']]
    series = {f'noisy/{number}/small/{k}/{j}': array for number, run in enumerate(noisy)
              for (k, j), array in _matched_series(first, run).items()}
    return ScriptRecording(header, first.arrays.joined(series))


def varying(first, others):
    """[Variation], each of the earliest time at which a run has it otherwise. others: [(AGAIN or NOISE, run)]."""
    earliest = {}
    for by, other in others:
        for found in _between(first, other, by):
            key = found[:4]
            known = earliest.get(key)
            if known is None or found.since < known.since:
                by = AGAIN if known and known.by == AGAIN else found.by
                earliest[key] = found._replace(by=by)
    return sorted(earliest.values())


def _between(first, other, by):
    matches = runkinds.matches(first.kinds, other.kinds)
    since = _first_difference(_sequence(first, {k: k for k in matches}), _sequence(other, {
        number: k for k, number in matches.items()}))
    if since is not None:
        yield Variation('runs', -1, -1, '', since, by)
    for k, number in matches.items():
        kind = first.kinds[k]
        for what, names in (('feed', 'feeds'), ('fetch', 'fetches')):
            ours, theirs = (run.arrays[f'kinds/{n}/{"feeds" if what == "feed" else "fetched"}']
                            for run, n in ((first, k), (other, number)))
            for column, name in enumerate(kind[names]):
                at = _first_difference(ours[:, column].tolist(), theirs[:, column].tolist())
                if at is not None:
                    yield Variation(what, k, kind['graph'], name, at, by)
    there = {(item['graph'], item['name']): item['noted'][3] for item in other.header['initial']}
    for item in first.header['initial']:
        if there.get((item['graph'], item['name'])) != item['noted'][3]:
            yield Variation('variable', -1, item['graph'], item['name'], 0, by)


def _sequence(run, numbers):
    """[(number of the first run's kind, or -1; whether it raised)] of all runs."""
    return list(zip([numbers.get(k, -1) for k in run.runs.tolist()], run.arrays['raised'].tolist()))


def _first_difference(ours, theirs):
    """The first place at which two lists differ, or one of them has ended; None if they are the same."""
    for k, item in enumerate(ours):
        if k >= len(theirs) or theirs[k] != item:
            return k
    return len(ours) if len(theirs) > len(ours) else None


def _matched_series(first, other):
    series = other.series()
    return {(k, j): series[number, j] for k, number in runkinds.matches(first.kinds, other.kinds).items()
            for j in range(len(first.kinds[k]['fetches'])) if (number, j) in series}


def _state(first, step, again, noisy):
    """What the others say of the variables before a step: see `scriptheader.STATE`."""
    same = [_of_step(run, step['step']) for run in (again, *noisy)]
    reached = [found for found in same[1:] if found is not None]
    return {'runs_with_noise': len(reached), 'state': {
        name: _moved(first, noted, name, same, reached, noisy) for name, noted in step['before'].items()}}


def _of_step(run, number):
    return next((step for step in run.header['steps'] if step['step'] == number), None)


def _moved(first, noted, name, same, reached, noisy):
    everywhere = all(found is not None and name in found['before'] and found['before'][name][3] == noted[3]
                     for found in same)
    spreads, wholes = [0.0], [0.0]
    if not everywhere and contents.is_float(noted[1]):
        ours = first.sample(noted)
        of_all = contents.whole(first.content(noted)) if ours.size < first.content(noted).size else None
        for run, found in zip(noisy, same[1:]):
            other = found and found['before'].get(name)
            if other and other[1:3] == noted[1:3]:
                spreads.append(float(np.linalg.norm(difference(ours, run.content(other)))))
                measures = run.whole(other)
                if measures and of_all:
                    wholes.append(float(np.sqrt(np.mean(np.square(np.subtract(of_all.projections,
                                                                              measures.projections))))))
    return {'steady': everywhere, 'spread': _mean_square(spreads), 'whole': _mean_square(wholes)}


def _mean_square(values):
    """Root mean square of all but the first, which is zero; zero where there are no others."""
    found = float(np.sqrt(np.sum(np.square(values)) / max(1, len(values) - 1)))
    return found if np.isfinite(found) else 0.0
