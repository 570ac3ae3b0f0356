"""What `article.train` tells while it goes on, noted for the pictures. Runs on Python 3.6."""
from typing import Any, Callable, List, Optional

import numpy as np

from legacy.formats.articlerun import COUNTS, FINITE, HISTOGRAM_BINS, PICTURES, RECORDS, X_DATA, Y_DATA, histogram_range
from legacy.formats.values import Array
from legacy.worker.scripts import notes

Plot = Callable[[List[Array], List[Array]], object]


class ArticleWatch(object):
    """An `article.Watch`, which a copy of the port has one of, too.

    steps: that will be trained. plot: called with what enters the layers of both networks, or None.
    """

    def __init__(self, steps: int, plot: Optional[Plot] = None) -> None:
        self._plot = plot
        notes.expect(steps)

    def data(self, x_data: Array, y_data: Array) -> None:
        """Before the first step."""
        notes.arrays.update({X_DATA: x_data, Y_DATA: y_data})

    def layer_inputs(self, i: int, all_inputs: List[Array], all_inputs_norm: List[Array]) -> None:
        """Before step i."""
        both = [all_inputs, all_inputs_norm]
        _append(PICTURES, i)
        _append(COUNTS, [[histogram(k, values) for k, values in enumerate(inputs)] for inputs in both])
        _append(FINITE, [[np.isfinite(values).sum() for values in inputs] for inputs in both])
        if self._plot is not None:
            self._plot(all_inputs, all_inputs_norm)

    def stepped(self, i: int) -> None:
        """After step i."""
        notes.went_on()

    def costs(self, i: int, cost: Any, cost_norm: Any) -> None:
        """After step i, at which both costs are recorded."""
        _append(RECORDS, i)


def _append(name: str, row: Any) -> None:
    """Add a row of whole numbers to a noted array."""
    rows = np.array(row, '<i4')[np.newaxis]
    notes.arrays[name] = np.concatenate([notes.arrays[name], rows]) if name in notes.arrays else rows


def histogram(layer: int, values: Array) -> Array:
    """int32 counts of a layer's input, in the bins that `plot_his` draws. NaN and values outside are not counted."""
    values = values[np.isfinite(values)]
    return np.histogram(values, bins=HISTOGRAM_BINS, range=histogram_range(layer))[0].astype('<i4')
