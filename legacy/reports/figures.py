"""The article's pictures, drawn from recorded numbers: no TensorFlow, no windows.

`article.plot_his` draws a layer's input from all its values; here the counts that a recording keeps are drawn as step
outlines, which is the same picture several times faster.
"""
import io
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from legacy.formats import articlerun
from legacy.formats.files import write_whole
from legacy.formats.recordings import Recording
from legacy.formats.values import Array

ORANGE = '#FF5733'  # the article's
FRAME = 1000  # milliseconds each picture of the animation stands
HIDDEN_BY = 1000  # a history this many times larger than the other would flatten it
Counts = Sequence[Array]  # of each layer, in 15 bins
Finite = Sequence[int]  # of each layer, how many values were finite


def as_png(figure: Figure) -> bytes:
    """The figure as the content of a PNG file, 100 dots per inch."""
    FigureCanvasAgg(figure)
    content = io.BytesIO()
    figure.savefig(content, format='png', dpi=100, metadata={'Software': None})
    return content.getvalue()


def _write(figure: Figure, path: pathlib.Path) -> None:
    write_whole(path, as_png(figure))


def scatter(path: pathlib.Path, x_data: Array, y_data: Array) -> None:
    """The noisy parabola that both networks are fitted to."""
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x_data, y_data)
    axes.set(xlabel='x', ylabel='y', title='Data: y = x² - 5 + noise')
    _write(figure, path)


def layer_inputs_figure(step: int, counts: Counts, counts_norm: Counts, finite: Finite, finite_norm: Finite) -> Figure:
    """2 x 8 histograms of every layer's input, above without and below with batch normalisation.

    counts: 15 numbers for each layer. finite: how many values of each layer were finite. A panel with nothing in it
    says why.
    """
    figure = Figure(figsize=(7, 3))
    grid = figure.subplots(2, len(counts), gridspec_kw={'hspace': 0.35})
    for row, layers in enumerate([zip(counts, finite), zip(counts_norm, finite_norm)]):
        for k, (heights, numbers) in enumerate(layers):
            low, high = articlerun.histogram_range(k)
            axes = grid[row, k]
            axes.stairs(heights, np.linspace(low, high, len(heights) + 1), fill=True, color=ORANGE)
            margin = 0.05 * (high - low)
            axes.set(xlim=(low - margin, high + margin), ylim=(0, 1.05 * max(*heights, 1)), yticks=(),
                     xticks=(low, high) if row == 1 else ())
            axes.spines[['right', 'top']].set_color('none')
            if not any(heights):
                axes.text(0.5, 0.5, 'all\noutside' if numbers else 'NaN', transform=axes.transAxes, color='grey',
                          ha='center', va='center', fontsize=8)
            axes.tick_params(labelsize=8)
        grid[row, -1].set_title('Without normalizing' if row == 0 else 'With normalizing', loc='right', fontsize=10)
    figure.suptitle(f'before step {step}', x=0.125, y=0.96, ha='left', fontsize=10, color='grey')
    return figure


def layer_inputs(path: pathlib.Path, *args: Any) -> None:
    """Write `layer_inputs_figure(*args)`."""
    _write(layer_inputs_figure(*args), path)


def _in_words(label: str, steps: Array, values: Array, width: str, hidden: bool) -> str | None:
    """What of a history the curve cannot show: a hidden peak, leaving the floats' range, NaN. None if it shows all."""
    said = []
    finite = np.isfinite(values)
    if hidden:
        peak = np.argmax(np.where(finite, values, -np.inf))
        said.append(f'{values[peak]:.2g} at step {steps[peak]}, off the scale')
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        said.append(f"left {width}'s range at step {steps[infinite[0]]} (inf)")
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        for_good = np.isnan(values[missing[0]:]).all()
        said.append(f'NaN {"from" if for_good else "at"} step {steps[missing[0]]}{" on" if for_good else ""}')
    return f'{label}: ' + ',\n'.join(said) if said else None


def cost_history_figure(steps: Array, cost: Array, cost_norm: Array) -> Figure:
    """The article's last picture: both costs over the steps; what cannot be drawn is said in words."""
    figure = Figure()
    axes = figure.subplots()
    width = np.asarray(cost).dtype.name
    scale = np.max(cost_norm[np.isfinite(cost_norm)], initial=0)
    height = 0.85
    for label, values, color in (('Without BN', cost, 'C0'), ('With BN', cost_norm, 'C1')):
        drawn = values[np.isfinite(values)]
        hidden = bool(len(drawn) and scale > 0 and drawn.max() > HIDDEN_BY * scale)
        if len(drawn) and not hidden:
            axes.plot(steps, values, color=color, label=label, marker='o' if len(drawn) == 1 else None)
        words = _in_words(label, steps, values, width, hidden)
        if words:
            axes.text(0.98, height, words, transform=axes.transAxes, ha='right', va='top', color=color)
            height -= 0.06 * (words.count('\n') + 1)
    axes.set(xlabel='step', ylabel='cost on all rows')
    if axes.lines:
        axes.legend(loc='upper right')
    return figure


def cost_history(path: pathlib.Path, *args: Any) -> None:
    """Write `cost_history_figure(*args)`."""
    _write(cost_history_figure(*args), path)


def as_svg(figure: Figure) -> str:
    """The figure as an SVG element that can stand inside a page."""
    content = io.StringIO()
    with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'legacy'}):
        figure.savefig(content, format='svg', bbox_inches='tight', metadata={'Date': None, 'Creator': None})
    return content.getvalue()[content.getvalue().index('<svg'):]


def animation(path: pathlib.Path, pictures: Sequence[pathlib.Path]) -> None:
    """A GIF of these PNG files in turn, for ever."""
    frames = [Image.open(picture).convert('P', palette=Image.Palette.ADAPTIVE) for picture in pictures]
    content = io.BytesIO()
    frames[0].save(content, 'GIF', save_all=True, append_images=frames[1:], duration=FRAME, loop=0)
    write_whole(path, content.getvalue())


def draw_all(folder: str | os.PathLike[str], recording: Recording) -> list[pathlib.Path]:
    """Draw all pictures of a recording of the article into a folder, which is made if it is not there; return their
    paths. What the recording does not have is not drawn."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    noted, costs, paths = articlerun.pictures(recording), articlerun.costs(recording), []
    if noted is not None:
        paths.append(folder / 'data.png')
        scatter(paths[0], noted.x, noted.y)
        shown = [folder / f'layer_inputs_{step:03d}.png' for step in noted.steps]
        for path, step, counts, finite in zip(shown, noted.steps, noted.counts, noted.finite):
            layer_inputs(path, step, *counts, *finite)
        if shown:
            animation(folder / 'layer_inputs.gif', shown)
            paths += [*shown, folder / 'layer_inputs.gif']
    if costs is not None:
        paths.append(folder / 'cost_history.png')
        cost_history(paths[-1], *costs)
    return paths


matplotlib.rcdefaults()  # a user's style file would change the pictures
