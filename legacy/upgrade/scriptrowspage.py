"""A script across releases as one page, for those who decide where to go."""
import datetime
import typing
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from legacy.formats.values import Array, JsonObject
from legacy.reports import pages
from legacy.reports.bandfigure import BAND
from legacy.reports.figures import ORANGE
from legacy.upgrade import scriptrows, upgradepage
from legacy.upgrade.matrix import Outcome
from legacy.upgrade.scriptsummary import Measure
from legacy.upgrade.upgradereport import Result

MOST_SERIES, MOST_LINES = 6, 12
LINES = ('#2166ac', '#1b7837', '#762a83', '#b2182b', '#01665e', '#542788', '#8c510a', '#4d4d4d', '#35978f', '#c51b7d',
         '#276419', '#000000')
STYLES = ('-', '--', ':')


def page(result: Result) -> str:
    """The page of an `upgradereport.Result`, as text. What came from a script, a worker or a user is escaped."""
    measure: Measure = result.subject.measure
    rows = [_row(outcome, measure) for outcome in result.outcomes]
    series = measure.series()
    drawn = sorted(series, key=lambda key: -len(series[key][1]))[:MOST_SERIES]
    return pages.render(
        'scriptrows.html', 'upgrade', script=result.subject.script, baseline=result.baseline, header=measure.header,
        date=datetime.date.today().isoformat(), advice=scriptrows.advice(result),
        sentence=result.found.sentence if result.found else '', borders=result.borders,
        drawings=[pages.drawing(_figure(key, *series[key], result)) for key in drawn], more=len(series) - len(drawn),
        notes=list(scriptrows.notes(result).items()), **upgradepage.of_rows(rows))


def _row(outcome: Outcome, measure: Measure) -> JsonObject:
    took = outcome.summary and outcome.summary['seconds']
    report = outcome.summary['report'] if outcome.summary else {'formulas': [], 'environment': {}}
    return {'label': outcome.label, 'python': outcome.release.python, 'numpy': report['environment'].get('numpy', ''),
            'verdict': outcome.verdict, 'short': scriptrows.short(outcome), 'why': scriptrows.why(outcome),
            'mend': outcome.mend, 'log': outcome.log,
            'lines': scriptrows.few_lines(outcome), 'formulas': report['formulas'], 'ran': bool(outcome.summary),
            'seconds': took['script'] if took else None,
            'times': took['script'] / measure.header['seconds']['script']
            if took and measure.header['seconds']['script'] else None}


def _figure(key: str, name: str, recorded: Array, noisy: Sequence[Array], result: Result) -> Figure:
    """One scalar of all releases, and below how far each is from the recorded one, both inside the band that noise in
    the last place makes of it."""
    figure = Figure(figsize=(7, 5))
    axes, apart = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    if noisy:
        shared = min([len(recorded), *map(len, noisy)])
        runs = np.stack([run[:shared] for run in noisy]).astype('f8')
        for panel, centre in ((axes, 0), (apart, recorded[:shared].astype('f8'))):
            panel.fill_between(np.arange(shared), (runs - centre).min(axis=0), (runs - centre).max(axis=0), color=BAND,
                               linewidth=0, label=f'{len(noisy)} runs with noise in the last place')
    axes.plot(recorded, color=ORANGE, linewidth=4, alpha=0.6, label=f'{result.baseline}, recorded')
    for k, (labels, times, values) in enumerate(_lines(key, result)):
        common = [(time, value) for time, value in zip(times, values) if time < len(recorded)]
        look = {'color': LINES[k % len(LINES)], 'linestyle': STYLES[k % len(STYLES)], 'linewidth': 1}
        axes.plot(times, values, label=labels, **look)
        apart.plot([time for time, _ in common], [value - float(recorded[time]) for time, value in common], **look)
    axes.set_title(name, parse_math=False)
    apart.set(xlabel='time that it was fetched', ylabel='minus recorded')
    for text in axes.legend(fontsize=7).get_texts():
        text.set_parse_math(False)
    figure.tight_layout()
    return figure


def _lines(key: str, result: Result) -> list[tuple[str, list[int], list[float]]]:
    """[(labels, times, values)]: one for all rows that have the same values."""
    found: dict[tuple[tuple[typing.Any, ...], ...], list[str]] = {}
    for outcome in result.outcomes:
        values = outcome.summary and outcome.summary['series'].get(key)
        if values:  # a value that is not finite is a word in JSON
            found.setdefault(tuple(map(tuple, values)), []).append(outcome.label)
    lines = [(', '.join(labels) if len(labels) < 4 else f'{labels[0]} ... {labels[-1]} ({len(labels)} releases)',
              list(times), [float(value) for value in values]) for (times, values), labels in found.items()]
    return lines[:MOST_LINES]
