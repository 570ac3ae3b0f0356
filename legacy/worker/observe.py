"""What is noted of a run while it goes on, and before it. Runs on Python 3.6."""
import collections
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np

from legacy import article
from legacy.formats.recording import HISTOGRAM_BINS, SERIES
from legacy.formats.values import Array
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.tfobjects import Session

# Of what enters a layer. counts: of `histogram`. finite: how many values are.
LayerNote = NamedTuple('LayerNote', [('counts', Array), ('finite', int)])
SAMPLED_ROWS = slice(None, None, 50)  # 50 of the 2500 rows of a layer's input are kept exactly


def histogram_range(layer: int) -> Tuple[int, int]:
    """Lowest and highest value of a layer's input that `plot_his` draws."""
    return (-7, 10) if layer == 0 else (-1, 1)


def histogram(layer: int, values: Array) -> Array:
    """int32 counts of a layer's input, in the bins that `plot_his` draws. NaN and values outside are not counted."""
    values = values[np.isfinite(values)]
    return np.histogram(values, bins=HISTOGRAM_BINS, range=histogram_range(layer))[0].astype('<i4')


def noted(inputs: Iterable[Array]) -> List[LayerNote]:
    """The LayerNotes of one network's layer inputs."""
    return [LayerNote(histogram(k, values), int(np.isfinite(values).sum())) for k, values in enumerate(inputs)]


def before_training(experiment: Experiment, sess: Session,
                    initial: Optional[Dict[str, Array]] = None) -> Tuple[Dict[str, Array], Dict[str, Array]]:
    """Initialise the variables; return two {name: array}: costs and layer inputs, and the first step's gradients.

    To compute them moves the moving averages, so all variables are put back to their initial values. initial: {name:
    array} to start from instead.
    """
    if initial is None:
        sess.run(experiment.initializer)
        initial = experiment.values(sess)
    else:
        experiment.restore(sess, initial)
    nets = experiment.nets.values()
    costs, layers = sess.run([[net.cost for net in nets], [net.layers_inputs for net in nets]], experiment.feed())
    gradients = sess.run(experiment.gradients, experiment.feed(slice(0, 10)))
    experiment.restore(sess, initial)

    before: Dict[str, Array] = collections.OrderedDict(
        ('before/' + name, np.asarray(cost)) for name, cost in zip(SERIES, costs))
    for network, inputs in zip(NETWORKS, layers):
        for k, values in enumerate(inputs):
            prefix = 'before/layer_inputs/%s/%d/' % (network, k)
            exact = values.astype('<f8')
            before[prefix + 'rows'] = values[SAMPLED_ROWS]
            before[prefix + 'means'] = exact.mean(axis=0)
            before[prefix + 'squares'] = np.square(exact).mean(axis=0)
    return before, collections.OrderedDict(('gradients/' + name, gradients[name]) for name in experiment.gradients)


class Teller(article.Watch):
    """Tells what is drawn and shown while `article.train` goes on.

    pictures: with methods `data` and `layer_inputs`, or None. show: whether to draw into the current matplotlib figure.
    progress: called with the number of steps done, or None.
    """

    def __init__(self, pictures: Any = None, show: bool = False,
                 progress: Optional[Callable[[int], object]] = None) -> None:
        self.pictures, self.show, self.progress = pictures, show, progress

    def data(self, x_data: Array, y_data: Array) -> None:
        if self.pictures:
            self.pictures.data(x_data, y_data)

    def layer_inputs(self, i: int, all_inputs: List[Array], all_inputs_norm: List[Array]) -> None:
        if self.pictures:
            self.pictures.layer_inputs(i, [noted(inputs) for inputs in (all_inputs, all_inputs_norm)])
        if self.show:
            article.plot_his(all_inputs, all_inputs_norm)

    def stepped(self, i: int) -> None:
        if self.progress:
            self.progress(i + 1)


class Recorder(article.Watch):
    """Keeps what `article.train` tells, takes checkpoints, and passes everything on to another watch."""

    def __init__(self, experiment: Experiment, sess: Session, steps: int, watch: article.Watch) -> None:
        self.experiment, self.sess, self.steps, self.watch = experiment, sess, steps, watch
        # A checkpoint one step after each record lets that step be repeated on its own. float64 does without: its
        # whole history can be compared, and it would take 4.2 MB.
        self.repeatable = experiment.arithmetic != 'float64'
        self._series: List[Tuple[int, Any, Any]] = []  # (i, cost, cost_norm)
        self._layers: List[Tuple[int, Dict[str, List[LayerNote]]]] = []  # (i, by network)
        self._checkpoints: List[Tuple[int, Dict[str, Array]]] = []  # (steps done, by name)

    def data(self, x_data: Array, y_data: Array) -> None:
        self.watch.data(x_data, y_data)

    def layer_inputs(self, i: int, all_inputs: List[Array], all_inputs_norm: List[Array]) -> None:
        self._layers.append((i, {network: noted(inputs)
                                 for network, inputs in zip(NETWORKS, (all_inputs, all_inputs_norm))}))
        self.watch.layer_inputs(i, all_inputs, all_inputs_norm)

    def stepped(self, i: int) -> None:
        at_record, one_later = i % article.record_step == 0, i % article.record_step == 1
        if at_record or one_later and self.repeatable or i + 1 == self.steps:
            self.checkpoint(i + 1)
        self.watch.stepped(i)

    def costs(self, i: int, cost: Any, cost_norm: Any) -> None:
        self._series.append((i, cost, cost_norm))
        self.watch.costs(i, cost, cost_norm)

    def checkpoint(self, steps_done: int) -> None:
        """Keep every variable."""
        self._checkpoints.append((steps_done, self.experiment.values(self.sess)))

    def series(self) -> List[Tuple[str, Array]]:
        """The arrays 'series/...'."""
        steps, cost, cost_norm = zip(*self._series)
        return [('series/steps', np.array(steps, '<i4')), ('series/cost', np.array(cost)),
                ('series/cost_norm', np.array(cost_norm))]

    def layers(self) -> Dict[str, Array]:
        """{'layer_inputs/...': array}"""
        found: Dict[str, Array] = collections.OrderedDict([
            ('layer_inputs/steps', np.array([i for i, _ in self._layers], '<i4'))])
        for network in NETWORKS:
            for k in range(len(self._layers[0][1][network])):
                prefix = 'layer_inputs/%s/%d/' % (network, k)
                found[prefix + 'counts'] = np.stack([layers[network][k].counts for _, layers in self._layers])
                found[prefix + 'finite'] = np.array([layers[network][k].finite for _, layers in self._layers], '<i4')
        return found

    def checkpoints(self) -> Dict[str, Array]:
        """{'checkpoints/...': array}"""
        steps = np.array([done for done, _ in self._checkpoints], '<i4')
        found: Dict[str, Array] = collections.OrderedDict([('checkpoints/steps', steps)])
        for name in self.experiment.variables:
            found['checkpoints/' + name] = np.stack([values[name] for _, values in self._checkpoints])
        return found
