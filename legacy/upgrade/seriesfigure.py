"""What a subject fetched again and again, under all releases: a line for each plateau, over the band of rounding."""
import typing
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from legacy.formats.values import Array
from legacy.reports.bandfigure import BAND
from legacy.reports.figures import ORANGE
from legacy.upgrade.advice import few_labels
from legacy.upgrade.matrix import Outcome

MOST_LINES = 12
COLOURS = ('#2166ac', '#1b7837', '#762a83', '#b2182b', '#01665e', '#542788', '#8c510a', '#4d4d4d', '#35978f', '#c51b7d',
           '#276419', '#000000')
STYLES = ('-', '--', ':')


class Drawn(typing.NamedTuple):
    """A series. name: with its line. recorded: its values, and noisy: those of each run with noise."""
    name: str
    recorded: Array
    noisy: Sequence[Array]


class Line(typing.NamedTuple):
    """The values that some rows have, at these times. label: their letters and the rows."""
    label: str
    times: list[int]
    values: list[float]


def figure(series: Drawn, lines: Sequence[Line], baseline: str) -> Figure:
    """One scalar of all releases, and below how far each is from the recorded one, both inside the band that noise in
    the last place makes of it."""
    drawn = Figure(figsize=(7, 5))
    axes, apart = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    if series.noisy:
        shared = min([len(series.recorded), *map(len, series.noisy)])
        runs = np.stack([run[:shared] for run in series.noisy]).astype('f8')
        for panel, centre in ((axes, 0), (apart, series.recorded[:shared].astype('f8'))):
            with np.errstate(invalid='ignore'):  # there is no band where something is not finite
                low, high = (runs - centre).min(axis=0), (runs - centre).max(axis=0)
            panel.fill_between(np.arange(shared), low, high, color=BAND, linewidth=0,
                               label=f'{len(series.noisy)} runs with noise in the last place')
    axes.plot(series.recorded, color=ORANGE, linewidth=4, alpha=0.6, label=f'{baseline}, recorded')
    for k, line in enumerate(lines[:MOST_LINES]):
        common = [(time, value) for time, value in zip(line.times, line.values) if time < len(series.recorded)]
        look = {'color': COLOURS[k % len(COLOURS)], 'linestyle': STYLES[k % len(STYLES)], 'linewidth': 1}
        axes.plot(line.times, line.values, label=line.label, **look)
        apart.plot([time for time, _ in common], [value - float(series.recorded[time]) for time, value in common],
                   **look)
    axes.set_title(_title(series, len(lines)), parse_math=False, fontsize=10)
    apart.set(xlabel='time that it was fetched', ylabel='minus recorded')
    for text in axes.legend(fontsize=7).get_texts():
        text.set_parse_math(False)
    drawn.tight_layout()
    return drawn


def _title(series: Drawn, lines: int) -> str:
    """The series' name, and what of it cannot be drawn."""
    wrong = np.flatnonzero(~np.isfinite(series.recorded))
    said = [f'recorded: {series.recorded[wrong[0]]} at time {wrong[0]}'] if len(wrong) else []
    said += [f'{lines - MOST_LINES} lines more are not drawn'] if lines > MOST_LINES else []
    return '; '.join([series.name, *said])


def lines(key: str, outcomes: Sequence[Outcome], letters: Mapping[str, str]) -> list[Line]:
    """[Line, ...]: one for all rows that have the same values of a series, in the order of the rows. letters: {label:
    letter} of the plateaus of all that was fetched."""
    found: dict[tuple[tuple[typing.Any, ...], ...], list[str]] = {}
    for outcome in outcomes:
        values = outcome.summary and outcome.summary['series'].get(key)
        if values:  # a value that is not finite is a word in JSON
            found.setdefault(tuple(map(tuple, values)), []).append(outcome.label)
    return [Line(f'{_letters_of(labels, letters)}: {few_labels(labels)}', list(times),
                 [float(value) for value in values]) for (times, values), labels in found.items()]


def _letters_of(labels: Sequence[str], letters: Mapping[str, str]) -> str:
    return ', '.join(dict.fromkeys(letters[label] for label in labels))
