"""Whole runs over a recorded one and, of float32, inside the band of what rounding alone makes of that."""
import pathlib
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legacy.formats import floors, processor
from legacy.formats.files import write_whole
from legacy.formats.recording import Recording
from legacy.formats.values import Array
from legacy.judge.reproduction import cut
from legacy.reports.figures import ORANGE, as_png

BAND, RUNS = '#d9d9d9', '#9a9a9a'
OTHERS = ('#1b7837', '#2166ac', '#762a83')
COST = 'cost on all rows, with BN'


def owner(recording: Recording, words: str) -> str:
    """Whose numbers a curve shows: 'TensorFlow 1.15.5, recorded, AMD EPYC (AVX2)'."""
    environment = recording.header['environment']
    return f'TensorFlow {environment["tensorflow"]}, {words}, {processor.in_words(environment)}'


def band_figure(reference: Recording, others: dict[str, Array]) -> Figure:
    """cost_norm of a recording that has a noise floor, inside the band of its runs with noise.

    others: {label: cost_norm at the same records}, at most three, drawn over it.
    """
    figure = Figure(figsize=(10, 5.5))
    _draw(figure.subplots(), reference, owner(reference, 'recorded'), others)
    return figure


def _draw(axes: Axes, reference: Recording, label: str, others: dict[str, Array]) -> None:
    """The same into `axes`. Without a noise floor there is no band."""
    steps, recorded = reference.arrays['series/steps'], reference.arrays['series/cost_norm']
    runs = reference.arrays.get(floors.FREE)
    if runs is not None:
        axes.fill_between(steps, runs.min(axis=0), runs.max(axis=0), color=BAND, linewidth=0,
                          label='what rounding makes of it:\n'
                          f'{len(runs)} runs with noise of one unit in the last place')
        axes.plot(steps, runs.T, color=RUNS, linewidth=0.5, alpha=0.7)
    marker = 'o' if len(steps) == 1 else None
    axes.plot(steps, recorded, color=ORANGE, linewidth=4 if runs is None else 2, marker=marker, label=label)
    for (name, history), colour in zip(others.items(), OTHERS):
        axes.plot(steps, history[:len(steps)], color=colour, linewidth=1.3, marker=marker, label=name)
    axes.set(xlabel='step', ylabel=COST, yscale='log')
    if len(steps) > 1:
        axes.set_xlim(steps[0], steps[-1])
    axes.legend(loc='upper right', fontsize=9)


def over(pairs: Sequence[tuple[Recording, Recording]], words: tuple[str, str]) -> Figure:
    """A figure with a panel for each (Recording, other Recording): the other's cost_norm over the first one's, as far
    as the shorter of both went; of float32 with the band. words: what the two are called."""
    figure = Figure(figsize=(6.6 * len(pairs) + 1.4 * (len(pairs) == 1), 5.2), layout='constrained')
    for axes, (first, other) in zip(figure.subplots(1, len(pairs), squeeze=False)[0], pairs):
        steps = min(recording.settings['steps'] for recording in (first, other))
        first, other = cut(first, steps), cut(other, steps)
        theirs, ours = (recording.arrays['series/cost_norm'] for recording in (first, other))
        _draw(axes, first, owner(first, words[0]), {owner(other, words[1]): ours})
        arithmetic, same = first.settings['arithmetic'], np.array_equal(ours, theirs, equal_nan=True)
        axes.set_title(f'{arithmetic}: {"the same costs, bit for bit" if same else "other last bits, other costs"}',
                       fontsize=11)
    return figure


def reproduced(path: pathlib.Path, pairs: Sequence[tuple[Recording, Recording]]) -> None:
    """Write the picture of a run over the recorded one, a panel for each arithmetic. pairs: as of `over`."""
    write_whole(path, as_png(over(pairs, ('recorded', 'this run'))))


def compared(path: pathlib.Path, a: Recording, b: Recording) -> None:
    """Write the picture of recording B over recording A."""
    write_whole(path, as_png(over([(a, b)], ('A', 'B'))))
