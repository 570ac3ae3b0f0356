"""The free run: the numbers that the script fetched as it went, inside the band that noise makes of them."""
import typing

import numpy as np

from legacy.formats.values import Array, difference
from legacy.judge import units
from legacy.judge.astray import Astray
from legacy.judge.baseline import FEWEST, Baseline
from legacy.judge.coverage import Lack, Lacks
from legacy.judge.findings import Finding
from legacy.judge.graphconstants import Constants
from legacy.judge.pairing import Pairing, SeriesPair
from legacy.judge.side import Side

COUNTED = 1e-5  # relative: a series whose values are multiples of a larger step counts something, as an accuracy does
WHOLE = 1e-3  # of a step: how far a multiple of it may be from one


class Series(typing.NamedTuple):
    """What a script fetched again and again. fetch: the tensor. place: the line that fetches it."""
    fetch: str
    place: str

    @property
    def name(self) -> str:
        return f'{self.fetch} ({self.place})'


class Judged(typing.NamedTuple):
    """A fetched series against its band. name: with its line. share: floats (times,), how far it is at each time, in
    units of which LIMIT pass; NaN where that is not known, None where the series is not here. expected: at how many
    times it is to be compared. lacks: coverage.Lack, why it was not at some."""
    series: Series
    share: Array | None
    expected: int
    lacks: tuple[Lack, ...]

    @property
    def name(self) -> str:
        return self.series.name

    @property
    def compared(self) -> int:
        return 0 if self.share is None else int((~np.isnan(self.share)).sum())


def free_run(pairing: Pairing, astray: Astray | None = None, constants: Constants | None = None) -> Finding:
    """Finding: the scalars that the script fetched, inside the band that noise in the last place makes of them. A
    series that leaves it, and depends on an op that the recorded side had off, is not compared. astray: the
    astray.Astray, or None. constants: see `keptstate.state`."""
    judged: list[Judged] = []
    follow: list[Judged] = []
    racing: list[Judged] = []
    for (k, j), item in banded(pairing).items():
        kind = pairing.there.kinds[k]
        if constants and item.share is not None:
            item = item._replace(share=item.share / constants.widens(kind['graph'], kind['fetches'][j]))
        leaves = item.share is not None and left_at(item.share) is not None
        name = kind['fetches'][j]
        races = leaves and pairing.baseline.by_luck(k, name)
        follows = leaves and not races and astray is not None and astray.touches(kind['graph'], name)
        (racing if races else follow if follows else judged).append(item)
    expected, compared = (sum(getattr(item, what) for item in judged) for what in ('expected', 'compared'))
    lacks = Lacks()
    for item in judged:
        for lack in item.lacks:
            lacks.add(lack.reason, lack.example, lack.count)
    more = (f'; {len(follow)} series follow from what the recorded release had off, or was fed otherwise: not compared'
            if follow else '')
    more += f'; {len(racing)} series of reads that race with writes: not compared' if racing else ''
    further = pairing.here.header['noisy']
    more += f'; {further} runs with noise made here, too' if further else ''
    if not expected:
        return Finding('', True, f'there is nothing to compare{more or ": the script fetched no scalars"}', compared=0,
                       expected=0)
    missing = [item.series for item in judged if item.share is None and item.expected]
    if missing:
        return Finding('', False, f'{missing[0].name} is missing', float('inf'), units.LIMIT, None, None, compared,
                       expected, place=missing[0].place)
    known = [(item, item.share) for item in judged if item.share is not None and item.compared]
    if not known:
        return Finding('', None, f'none of {expected} values has a band', None, units.LIMIT, None, None, 0, expected,
                       lacks.all())
    worst, share = max(known, key=lambda judged_and_share: np.nanmax(judged_and_share[1]))
    left = [(item.series, left_at(off)) for item, off in known if left_at(off) is not None]
    first, since = left[0] if left else (None, None)
    largest = float(np.nanmax(share))
    text = (f'{compared} values; {worst.name} at its time {int(np.nanargmax(share))}: {largest:.2g} of the noisy '
            f'runs\' spread')
    text += (f'; outside: {first.name}, first at its time {since}' if first else '') + more
    return Finding('', not left, text, largest, units.LIMIT, None, None, compared, expected, lacks.all(),
                   place=first.place if first else '')


def banded(pairing: Pairing) -> dict[tuple[int, int], Judged]:
    """{(kind, fetch): Judged} of all series of the recording.

    At each time the unit is the root mean square of how far the noisy runs were from the recorded one, or the noise
    floor of a run made again if that is more, at this time or an earlier one: what has parted does not come together
    again. A series that counts may be off by the range of the noisy runs and one count.

    Where runs with noise were made here, too, the unit is how far these are from their mean, if that is more: rounding
    may part the runs of a script, as a ReLU does that is on in one and off in another, earlier here than there.
    """
    noisy = pairing.there.noisy()
    found: dict[tuple[int, int], Judged] = {}
    for (k, j), pair in pairing.series.items():
        runs = [run[k, j] for run in noisy if (k, j) in run and run[k, j].shape[1:] == pair.there.shape[1:]]
        found[k, j] = _judged(pairing.baseline, k, j, pair, runs, pairing.noisy_here(k, j))
    return found


def _judged(baseline: Baseline, k: int, j: int, pair: SeriesPair, runs: list[Array],
            runs_here: list[Array]) -> Judged:
    there, lacks, (values, here) = baseline.side, Lacks(), pair
    series, times = series_of(there, k, j), baseline.times_to_compare(k)
    asked = np.flatnonzero(~there.raised(k)[:times])
    if here is None or here.shape[1:] != values.shape[1:] or len(here) < times:
        return Judged(series, None, len(asked), ())
    flat, other = (rows(array[:times]) for array in (values, here))
    band, counts = _bands(flat, runs, floors_of(there, k, j), asked)
    apart, ranges = _apart(other, [run for run in runs_here if run.shape[1:] == values.shape[1:]], asked)
    share, half = np.full(times, np.nan), np.finfo(values.dtype).eps / 2
    for time in asked:
        ours, theirs = flat[time], other[time]
        if ours.tobytes() == theirs.tobytes() or (_states(ours) == _states(theirs)).all() and not np.isfinite(
                ours).any():
            share[time] = 0.0
            continue
        noisy = [rows(run)[time] for run in runs if len(run) > time]
        alike = [row for row in noisy if (_states(row) == _states(ours)).all()]
        if (_states(ours) != _states(theirs)).any():
            if len(alike) == len(noisy) >= FEWEST:
                share[time] = np.inf
            else:
                lacks.add('no band' if noisy else 'no noise', f'{series.name} at its time {time}')
        elif len(alike) < FEWEST:
            lacks.add('no band' if noisy else 'no noise', f'{series.name} at its time {time}')
        else:
            off = float(np.linalg.norm(difference(ours, theirs)))
            norm = float(np.linalg.norm(np.where(np.isfinite(ours), ours, 0)))
            unit = (max(counts[time], ranges[time]) / units.LIMIT if counts is not None
                    else max(band[time], apart[time]))
            share[time] = off / max(unit, half * norm, np.finfo('f4').tiny)
    return Judged(series, share, len(asked), lacks.all())


def _bands(flat: Array, runs: list[Array], floors: dict[int, float], asked: Array) -> tuple[Array, Array | None]:
    """(units of every time, of a series that counts also what may be off at every time, else None)"""
    spread, ranges, widest = np.zeros(len(flat)), np.zeros(len(flat)), 0.0
    step = counted(flat, runs)
    if step is not None and max(floors.values(), default=0.0) > step:
        step = None  # steps of float16, say, and no count: rounding moves it by more
    for time in asked:
        there = [rows(run)[time] for run in runs if len(run) > time]
        alike = [row for row in there if (_states(row) == _states(flat[time])).all()]
        if alike:
            offs = [float(np.linalg.norm(difference(flat[time], row))) for row in alike]
            widest = max(widest, float(np.sqrt(np.mean(np.square(offs)))))
            values = [float(row[0]) for row in [flat[time], *alike] if np.isfinite(row[0])]
            ranges[time] = max(values, default=0.0) - min(values, default=0.0)
        widest = max(widest, floors.get(int(time), 0.0))
        spread[time] = widest
    return spread, None if step is None else ranges + step


def _apart(here: Array, runs: list[Array], asked: Array) -> tuple[Array, Array]:
    """Of runs with noise made here, at every time: (root mean square of how far they are from their mean, at this time
    or an earlier one; their range). Those count that are finite where this side's run is: a lone one tells nothing."""
    spread, ranges, widest = np.zeros(len(here)), np.zeros(len(here)), 0.0
    for time in asked:
        alike = [row for row in (rows(run)[time] for run in runs if len(run) > time)
                 if (_states(row) == _states(here[time])).all()]
        if len(alike) >= FEWEST:
            found = np.where(np.isfinite(alike), alike, 0.0)
            widest = max(widest, float(np.sqrt(np.mean(np.sum(np.square(found - found.mean(axis=0)), axis=1)))))
            ranges[time] = float(np.ptp(found[:, 0])) if found.shape[1] == 1 else 0.0
        spread[time] = widest
    return spread, ranges


def counted(flat: Array, runs: list[Array]) -> float | None:
    """The step of which all values of a series are multiples, if noise moves it by nothing smaller; else None."""
    if flat.shape[1] != 1:
        return None
    values = np.concatenate([flat.ravel(), *[rows(run).ravel() for run in runs]])
    values = np.unique(values[np.isfinite(values)])
    if len(values) < 2:
        return None
    between = np.diff(values)
    scale = float(np.abs(values).max())
    step = float(between[between > COUNTED / 10 * scale].min(initial=np.inf))
    if not COUNTED * scale < step < np.inf:
        return None
    multiples = (values - values[0]) / step
    return step if (np.abs(multiples - np.round(multiples)) < WHOLE).all() else None


def left_at(share: Array) -> int | None:
    """The first time at which a series of `banded` is outside its band, or None."""
    late = np.flatnonzero(share > units.LIMIT)
    return int(late[0]) if len(late) else None


def series_of(there: Side, k: int, j: int) -> Series:
    """The Series of a fetch of a kind."""
    kind = there.kinds[k]
    return Series(kind['fetches'][j], kind['place'])


def floors_of(there: Side, k: int, j: int) -> dict[int, float]:
    """{time: noise floor} of a fetch, at the times of its kind that were made again."""
    kind, found = there.kinds[k], {}
    for step in there.steps:
        floor = step.floors.get('float32')
        if step.kind == k and floor:
            found[there.time_of(step)] = floor['fetched'].get(kind['fetches'][j], 0.0)
    return found


def rows(values: Array) -> Array:
    """(times, elements), float64."""
    return np.asarray(values, 'f8').reshape(len(values), int(np.prod(np.shape(values)[1:])))


def _states(row: Array) -> Array:
    """Of each number: 0 where it is finite, 1 and -1 for infinities, 2 for NaN."""
    return np.where(np.isnan(row), 2, np.where(np.isinf(row), np.sign(row), 0))
