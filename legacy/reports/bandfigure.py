"""Series of one run over those of another and, where there are runs with noise, inside the band of what rounding alone
makes of them."""
import pathlib
import typing
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legacy.formats import articlerun, processor, runkinds, wholerun
from legacy.formats.files import write_whole
from legacy.formats.recordings import Recording, Series, is_number
from legacy.formats.values import Array
from legacy.reports.figures import ORANGE, as_png

BAND, RUNS = '#d9d9d9', '#9a9a9a'
OTHERS = ('#1b7837', '#2166ac', '#762a83')
COST = 'cost on all rows, with BN'
MOST_PANELS, IN_A_ROW = 12, 2
ARITHMETIC = 'float32'


class Panel(typing.NamedTuple):
    """One series: a number each time. title: '' for none. axes: names of both axes. at: what stands at the first axis,
    of each time. recorded: the series; runs: the same of runs with noise. label: whose it is. others: {label: the same
    of another run}, at most three, drawn over it."""
    title: str
    axes: tuple[str, str]
    at: Array
    recorded: Array
    runs: list[Array]
    label: str
    others: dict[str, Array]


def owner(recording: Recording, words: str) -> str:
    """Whose numbers a curve shows: 'TensorFlow 1.15.5, recorded, AMD EPYC (AVX2)'."""
    environment = recording.header['environment']
    return f'TensorFlow {environment["tensorflow"]}, {words}, {processor.in_words(environment)}'


def figure_of(panels: Sequence[Panel]) -> Figure:
    """A figure with these panels, at least one."""
    rows, columns = -(-len(panels) // IN_A_ROW), min(len(panels), IN_A_ROW)
    figure = Figure(figsize=(6.6 * columns + 1.4 * (columns == 1), 5.2 * rows), layout='constrained')
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels):
        _draw(axes, panel)
    for axes in grid[len(panels):]:
        axes.remove()
    return figure


def _draw(axes: Axes, panel: Panel) -> None:
    marker = 'o' if len(panel.at) == 1 else None
    runs = [run for run in panel.runs if len(run) == len(panel.at)]
    if runs:
        axes.fill_between(panel.at, np.min(runs, axis=0), np.max(runs, axis=0), color=BAND, linewidth=0,
                          label='what rounding makes of it:\n'
                          f'{len(runs)} runs with noise of one unit in the last place')
        axes.plot(panel.at, np.transpose(runs), color=RUNS, linewidth=0.5, alpha=0.7)
    axes.plot(panel.at, panel.recorded, color=ORANGE, linewidth=2 if runs else 4, marker=marker, label=panel.label)
    for (name, series), colour in zip(panel.others.items(), OTHERS):
        axes.plot(panel.at[:len(series)], series[:len(panel.at)], color=colour, linewidth=1.3, marker=marker,
                  label=name)
    is_positive = (panel.recorded[np.isfinite(panel.recorded)] > 0).all()
    axes.set(xlabel=panel.axes[0], ylabel=panel.axes[1], yscale='log' if is_positive else 'linear')
    if len(panel.at) > 1:
        axes.set_xlim(panel.at[0], panel.at[-1])
    axes.legend(loc='upper right', fontsize=9)
    axes.set_title(panel.title, fontsize=11)


# ---- of the article

def costs_panel(reference: Recording, others: dict[str, Array], prefix: str = '', label: str = 'recorded',
                title: str = '') -> Panel:
    """The costs with batch normalisation of a recording of the article, as far as the longest of the others goes.
    others: {label: the same of another run}. prefix: `wholerun.PREFIX` for those of the whole run. Raises ValueError
    where there are none."""
    costs = articlerun.costs(reference, prefix)
    if costs is None:
        raise ValueError('no costs of the article')
    end = max(map(len, others.values()), default=len(costs.steps))
    runs = [] if prefix else [run[place][:end] for run in reference.noisy() for place in _places(reference)[1:]]
    return Panel(title, ('step', COST), costs.steps[:end], costs.cost_norm[:end], runs, owner(reference, label), others)


def _places(reference: Recording) -> list[tuple[int, int]]:
    """(kind, fetch) of both costs."""
    return sorted(reference.series())


def reproduced(path: pathlib.Path, reference: Recording, run: Recording) -> None:
    """Write the picture of a run of the article over the recorded one: in float32 and, where there is such a run, in
    portable arithmetic."""
    write_whole(path, as_png(figure_of(reproduced_panels(reference, run))))


def reproduced_panels(reference: Recording, run: Recording) -> list[Panel]:
    """The Panels of that picture."""
    whole, found = wholerun.of(run), []
    for arithmetic, prefix in ((ARITHMETIC, ''), (wholerun.ARITHMETIC, wholerun.PREFIX)):
        ours = articlerun.costs(run, prefix) if not prefix or whole and not whole.header['fault'] else None
        theirs = articlerun.costs(reference, prefix)
        if ours is not None and theirs is not None:
            found.append(costs_panel(reference, {owner(run, 'this run'): ours.cost_norm}, prefix, title=_said(
                arithmetic, ours.cost_norm, theirs.cost_norm[:len(ours.cost_norm)], 'costs')))
    return found


def _said(what: str, ours: Array, theirs: Array, called: str) -> str:
    same = np.array_equal(ours, theirs, equal_nan=True)
    return f'{what}: {f"the same {called}, bit for bit" if same else f"other last bits, other {called}"}'


# ---- of any two

def compared(path: pathlib.Path, a: Recording, b: Recording) -> None:
    """Write the picture of the series of recording B over those of recording A. Raises ValueError where they have no
    series of numbers in common."""
    panels = compared_panels(a, b)
    if not panels:
        raise ValueError('the two have no series of numbers in common')
    write_whole(path, as_png(figure_of(panels)))


def compared_panels(a: Recording, b: Recording) -> list[Panel]:
    """A Panel of each series of one number a time that both have, but for those without any that is finite; at most
    MOST_PANELS."""
    numbers, noisy, theirs = runkinds.matches(a.kinds, b.kinds), a.noisy(), _numbers(b.series())
    found = []
    for (k, j), series in sorted(_numbers(a.series()).items()):
        name = a.kinds[k]['fetches'][j]
        here = b.kinds[numbers[k]]['fetches'].index(name) if k in numbers else -1
        other = theirs.get((numbers.get(k, -1), here))
        if other is None or not np.isfinite(series).any():
            continue
        runs = [run for run in (_numbers(run).get((k, j)) for run in noisy) if run is not None]
        title = _said(name, other, series, 'values')
        found.append(Panel(title, ('time', a.kinds[k]['place'] or name), np.arange(len(series)), series, runs,
                           owner(a, 'A'), {owner(b, 'B'): other}))
    return found[:MOST_PANELS]


def _numbers(series: Series) -> Series:
    """Those of one number a time."""
    return {place: values.reshape(-1) for place, values in series.items() if is_number(values)}
