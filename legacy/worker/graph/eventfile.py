"""One run in a log folder for TensorBoard: an event file with a graph, scalars and histograms. Runs on Python 3.6.

TensorFlow writes the file; TensorBoard is not needed for that, and TensorFlow does not bring it along.
"""
import calendar
import importlib.util
import os
import shlex
import sys
import time
from typing import Any, List

from legacy.formats.places import PathLike
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.tfobjects import GraphDef, Histogram


class EventFile(object):
    """To be used as a context. folder: the run's, which is made. created: time of the numbers, '2026-11-24T08:00:00Z';
    anything else counts as 1970."""

    def __init__(self, folder: str, created: str) -> None:
        os.mkdir(folder)
        self._time = _seconds(created)
        self._writer = tf.python_io.TFRecordWriter(
            os.path.join(folder, 'events.out.tfevents.%d.recording' % self._time))
        self._add(file_version='brain.Event:2')

    def __enter__(self) -> 'EventFile':
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.close()

    def add_graph(self, definition: GraphDef) -> None:
        """definition: tf.GraphDef. TensorBoard shows one a run."""
        self._add(graph_def=definition.SerializeToString())

    def add_scalar(self, step: int, tag: str, description: str, number: float) -> None:
        """number: float, NaN and infinite ones too."""
        self._add_value(step, tag, description, simple_value=number)

    def add_histogram(self, step: int, tag: str, description: str, histogram: Histogram) -> None:
        """histogram: tf.HistogramProto."""
        self._add_value(step, tag, description, histo=histogram)

    def _add_value(self, step: int, tag: str, description: str, **value: Any) -> None:
        self._add(step=step, summary=tf.Summary(value=[tf.Summary.Value(
            tag=tag, metadata=tf.SummaryMetadata(summary_description=description), **value)]))

    def _add(self, **content: Any) -> None:
        self._writer.write(tf.Event(wall_time=self._time, **content).SerializeToString())


def histogram(edges: Array, counts: Array) -> Histogram:
    """The tf.HistogramProto of counts between edges, float (bins + 1,). It ends with the last bin that has any in it:
    TensorBoard leaves empty bins at the ends out, and takes the smallest and largest value for the edges."""
    filled = [k for k, count in enumerate(counts) if count]
    if not filled:
        return tf.HistogramProto(min=edges[0], max=edges[-1], bucket_limit=[edges[-1]], bucket=[0])
    inside = slice(filled[0], filled[-1] + 1)
    lefts, rights, counts = edges[:-1][inside], edges[1:][inside], counts[inside]
    middles = (lefts + rights) / 2
    return tf.HistogramProto(min=lefts[0], max=rights[-1], num=counts.sum(), sum=(counts * middles).sum(),
                             sum_squares=(counts * middles ** 2).sum(), bucket_limit=rights, bucket=counts)


def _seconds(created: str) -> int:
    """Since 1970, of a recording's time; 0 for what is none."""
    try:
        return calendar.timegm(time.strptime(created, '%Y-%m-%dT%H:%M:%SZ'))
    except ValueError:
        return 0


def how_to_open(logdir: PathLike) -> List[str]:
    """[line, ...] that a person needs."""
    said = ['open it with: tensorboard --logdir ' + shlex.quote(str(logdir))]
    if importlib.util.find_spec('tensorboard') is None:
        said.insert(0, 'TensorBoard is not installed here: %s -m pip install tensorboard' % sys.executable)
    return said
