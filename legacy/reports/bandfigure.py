"""What rounding alone makes of the float32 history: whole runs with noise as a band, in one picture."""
from matplotlib.figure import Figure

from legacy.formats import floors
from legacy.reports.figures import ORANGE

BAND, RUNS = '#d9d9d9', '#9a9a9a'
OTHERS = ('#1b7837', '#2166ac', '#762a83')


def band_figure(reference, others):
    """cost_norm of a recording that has a noise floor, inside the band of its runs with noise.

    others: {label: cost_norm at the same records}, at most three, drawn over it.
    """
    steps, recorded = reference.arrays['series/steps'], reference.arrays['series/cost_norm']
    runs = reference.arrays[floors.FREE]
    figure = Figure(figsize=(10, 5.5))
    axes = figure.subplots()
    axes.fill_between(steps, runs.min(axis=0), runs.max(axis=0), color=BAND, linewidth=0,
                      label=f'{len(runs)} runs with noise of one unit in the last place')
    axes.plot(steps, runs.T, color=RUNS, linewidth=0.5, alpha=0.7)
    for (label, history), colour in zip(others.items(), OTHERS):
        axes.plot(steps, history, color=colour, linewidth=1.3, label=label)
    release = reference.header['environment']['tensorflow']
    axes.plot(steps, recorded, color=ORANGE, linewidth=2, label=f'{release}, recorded')
    axes.set(xlabel='step', ylabel='cost on all rows, with BN', yscale='log', xlim=(steps[0], steps[-1]))
    axes.legend(loc='upper right', fontsize=9)
    return figure
