"""The style of the claims' pictures: medians over seeds with their bands, two colours that everybody can tell apart."""
import io
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from legacy.claims.intervals import BAND, IntervalLike
from legacy.formats.files import write_whole
from legacy.reports import figures

# Two of Okabe and Ito's colours; the marker says the same without them.
NETWORKS = ('plain', 'norm')
COLOUR = {'plain': '#0072B2', 'norm': '#D55E00'}
MARKER = {'plain': 's', 'norm': 'o'}
LABEL = {'plain': 'without batch normalisation', 'norm': 'with batch normalisation'}


class Picture:
    """A figure with a title that says over how many seeds, and what the band is. axes: array (rows, columns)."""

    def __init__(self, rows: int, columns: int, title: str, seeds: int, band: str = BAND,
                 size: tuple[float, float] = (9, 5.6), **options: Any) -> None:
        self.figure = Figure(figsize=size, layout='constrained')
        self.axes = self.figure.subplots(rows, columns, squeeze=False, **options)
        self.figure.suptitle(f'{title}\n{seeds} seeds; band: {band}', fontsize=11)
        for axes in self.axes.flat:
            axes.grid(color='#e4e4e4', linewidth=0.6)
            axes.spines[['right', 'top']].set_visible(False)
            axes.set_axisbelow(True)

    def band(self, axes: Axes, x: Sequence[float], intervals: Sequence[IntervalLike], network: str,
             **style: Any) -> None:
        """A median's line with its band. The axes' limits must be set: what is outside is drawn at the edge, but for an
        infinite median, which is not drawn."""
        bottom, top = axes.get_ylim()
        median, low, high = (np.array(values, 'f8') for values in zip(*[
            (interval['median'], interval['low'], interval['high']) for interval in intervals]))
        style = {'color': COLOUR[network], 'marker': MARKER[network], 'label': LABEL[network], 'markersize': 4,
                 'linewidth': 1.5, **style}
        axes.plot(x, np.where(np.isfinite(median), np.clip(median, bottom, top), np.nan), clip_on=False, **style)
        axes.fill_between(x, np.clip(low, bottom, top), np.clip(high, bottom, top), where=np.isfinite(low),
                          color=style['color'], alpha=0.2, linewidth=0)

    def bars(self, axes: Axes, y: float, interval: IntervalLike, network: str, **style: Any) -> None:
        """A median's marker with its interval as a bar, at this height."""
        style = {'color': COLOUR[network], 'marker': MARKER[network], 'markersize': 6, **style}
        axes.plot([interval['low'], interval['high']], [y, y], color=style['color'], linewidth=2)
        axes.plot([interval['median']], [y], linestyle='none', **style)

    def count(self, axes: Axes, x: Sequence[float], numbers: dict[str, list[int]], words: str) -> None:
        """Above the axes, a number at each x for each network. numbers: {network: [int, ...]}"""
        for k, (network, row) in enumerate(numbers.items()):
            height = 1.02 + 0.07 * k
            for at, number in zip(x, row):
                axes.text(at, height, str(number), transform=axes.get_xaxis_transform(), ha='center', fontsize=7,
                          color=COLOUR[network])
            axes.text(-0.02, height, words, transform=axes.transAxes, ha='right', fontsize=7, color=COLOUR[network])

    def legend(self, axes: Axes, **options: Any) -> None:
        axes.legend(fontsize=8, frameon=False, **options)

    def legend_below(self, axes: Axes, **options: Any) -> None:
        """What these axes show, below all."""
        self.figure.legend(*axes.get_legend_handles_labels(), loc='outside lower center', fontsize=8, frameon=False,
                           **options)


def write(picture: Figure, path: pathlib.Path) -> None:
    """The figure as a PNG file of 128 colours, whole or not at all."""
    content = io.BytesIO()
    drawn = Image.open(io.BytesIO(figures.as_png(picture))).convert('RGB')
    drawn.quantize(128).save(content, 'PNG', optimize=True)
    write_whole(path, content.getvalue())
