"""The check of a script as one page: the verdict, where it departs with the lines of source, the script's series."""
import pathlib
import typing

import numpy as np
from matplotlib.figure import Figure

from legacy.formats import graphtable
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording, is_number
from legacy.formats.values import Array, JsonObject
from legacy.judge import notcompared, seriesbands
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from legacy.judge.questions import BROKEN, Report, Rung
from legacy.judge.side import Side
from legacy.reports import pages, verdictlines
from legacy.reports.bandfigure import BAND, OTHERS
from legacy.reports.figures import ORANGE

MOST_SERIES, AROUND = 6, 3
STRETCHES = 400  # of a series in its picture, which is some pixels wide
Place = tuple[str, int]  # a file, and the number of its line


class Drawn(typing.NamedTuple):
    """A series: its name, its values as recorded and here, and those of each noisy run."""
    name: str
    there: Array
    here: Array | None
    noisy: list[Array]


def page(baseline: Baseline, candidate: Recording, report: Report, folder: PathLike) -> str:
    """The page, as text. What came from a script is escaped. folder: of the script's files, for their lines."""
    there, here = baseline.side.header, candidate.header
    broken = [rung for rung in report.rungs if rung.status in BROKEN]
    series = _series(Pairing(baseline, candidate))
    drawn = [item for item in series if _is_drawn(item)][:MOST_SERIES]
    return pages.render(
        'scriptcheck.html', 'check', script=' '.join([there['script']['name'], *there['script']['arguments']]),
        here=here['environment'], there=there['environment'], report=report,
        verdict=verdictlines.told(report),
        departure=broken[0] if broken else None,
        source=_source(_places(report, broken), folder, here['script']['sources']),
        formulas=report.formulas, notes=notcompared.notes(baseline, here),
        drawings=[pages.drawing(_figure(*item)) for item in drawn], more=len(series) - len(drawn),
        kinds=_kinds(baseline.side))


def _kinds(there: Side) -> list[JsonObject]:
    counts = np.bincount(there.runs, minlength=len(there.kinds))
    steps = [step.kind for step in there.steps]
    return [{'place': kind['place'], 'times': int(counts[number]), 'trains': kind['trains'],
             'again': steps.count(number), 'fetches': ', '.join([*kind['targets'], *kind['fetches']])[:80],
             'obstacle': kind['obstacle']} for number, kind in enumerate(there.kinds)]


def _places(report: Report, broken: list[Rung]) -> list[Place]:
    """[(file, number)] of the lines to show: that of the cause and those that called it; without a cause, that of the
    first thing that the rung at fault found."""
    lines = [rung.finding.place for rung in broken[:1]]
    if report.cause:
        lines = [report.cause.line, *reversed(report.cause.callers)]
    return [graphtable.file_and_number(line) for line in lines if line]


def _source(places: list[Place], folder: PathLike,
            sources: list[JsonObject]) -> list[tuple[str, list[tuple[int, str, bool]]]]:
    """[(file, [(number, line, whether it is the place)])] of lines of the script.

    sources: of the script that has just run here, as its header has them. A place may be a recording's, which can name
    any file of this machine: no line of another than these is shown.
    """
    own, found = {item['file'] for item in sources}, []
    for name, at in dict.fromkeys(places):
        path = pathlib.Path(folder, name)
        if name in own and path.is_file():
            lines = path.read_text(encoding='utf-8', errors='replace').rstrip('\n').split('\n')  # as Python counts them
            first = max(1, at - AROUND)
            found.append((name, [(k, lines[k - 1], k == at)
                                 for k in range(first, min(len(lines), at + AROUND) + 1)]))
    return found


def _series(pairing: Pairing) -> list[Drawn]:
    """Those of scalars with more than one value, the longest first."""
    noisy = pairing.there.noisy()
    found = [Drawn(seriesbands.series_of(pairing.there, k, j).name, pair.there.ravel(),
                   None if pair.here is None else pair.here.ravel(),
                   [run[k, j].ravel() for run in noisy if (k, j) in run])
             for (k, j), pair in pairing.series.items() if len(pair.there) > 1 and is_number(pair.there)]
    return sorted(found, key=lambda series: -len(series.there))


def _is_drawn(series: Drawn) -> bool:
    """Whether there is anything to see of a series: a finite number, on either side."""
    return bool(np.isfinite(series.there).any() or series.here is not None and np.isfinite(series.here).any())


def _figure(name: str, values: Array, ours: Array | None, noisy: list[Array]) -> Figure:
    figure = Figure(figsize=(7, 3))
    axes = figure.subplots()
    if noisy:
        times = max(map(len, noisy))
        runs = np.stack([np.pad(run.astype('f8'), (0, times - len(run)), constant_values=np.nan) for run in noisy])
        starts = _starts(times)
        axes.fill_between(starts, np.fmin.reduceat(np.fmin.reduce(runs), starts),
                          np.fmax.reduceat(np.fmax.reduce(runs), starts), color=BAND, linewidth=0,
                          label=f'{len(noisy)} runs with noise in the last place')
    axes.plot(*_drawn(values), color=ORANGE, linewidth=2.5, label='recorded')
    if ours is not None:
        axes.plot(*_drawn(ours), color=OTHERS[1], linewidth=1, label='here')
    axes.set(xlabel='time that it was fetched')
    axes.set_title(name, parse_math=False)
    axes.legend(fontsize=8)
    figure.tight_layout()
    return figure


def _starts(times: int) -> Array:
    """Where each stretch of a series begins; a short series has one for each of its times."""
    starts: Array = np.unique(np.linspace(0, times, min(times, STRETCHES), endpoint=False).astype(int))
    return starts


def _drawn(values: Array) -> tuple[Array, Array]:
    """(times, values) of a line that looks like the series': of each stretch the least and the largest, as they come;
    where a value is not finite, there is a gap."""
    starts = _starts(len(values))
    if len(starts) == len(values):
        return np.arange(len(values)), values
    times: set[int] = set()
    for start, end in zip(starts, [*starts[1:], len(values)]):
        stretch = values[start:end]
        finite = np.flatnonzero(np.isfinite(stretch))
        if len(finite):
            times.update((start + finite[stretch[finite].argmin()], start + finite[stretch[finite].argmax()]))
        times.update(start + np.flatnonzero(~np.isfinite(stretch))[:1])
    drawn = np.array(sorted(times))
    return drawn, values[drawn]
