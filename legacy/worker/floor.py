"""The noise floor: how far rounding alone carries each step of a recording. Runs on Python 3.6.

From each checkpoint the piece to the next one is repeated, as `replay` does it, with every float32 result in the graph
multiplied by 1 + size * u, u random in [-1, 1] for every element and every time (Monte Carlo arithmetic); likewise the
forward pass before training and the first step's gradients. Kept is the root mean square of how far each tensor then
is from what was recorded, per unit in the last place of noise. Whole runs with noise show what rounding alone makes of
a history.
"""
import collections
import time
from concurrent import futures
from typing import Any, Dict, List, Tuple

import numpy as np

from legacy.formats import floors
from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array, difference
from legacy.worker import observe, replay, seeding
from legacy.worker.experiment import NETWORKS, Experiment, Rows
from legacy.worker.rewriting.noise import SIZE_NODE, Noise
from legacy.worker.rewriting.rewriter import Rules
from legacy.worker.tfobjects import Session, Tensor

ULP = 2.0 ** -23
# Of single steps, in ULP; what is kept is divided by it. More than rounding does: where an activation is so near to
# zero that rounding might switch its ReLU, and with it a gradient, some repetitions must do so, or the floor would not
# know.
AMPLIFIED = 4
REPETITIONS = 24
FREE_RUNS = 20


def measured(recorded: Recording, repetitions: int = REPETITIONS, free_runs: int = FREE_RUNS) -> Recording:
    """A Recording like `recorded`, with its noise floor.

    recorded: in float32. Both halves run beside each other, each with random numbers of its own, so that the floor is
    the same every time.
    """
    started = time.perf_counter()
    noisy, free = (Noisy(recorded, seed, size) for seed, size in ((1, AMPLIFIED * ULP), (2, ULP)))
    with futures.ThreadPoolExecutor(1) as other:
        histories = other.submit(free_histories, free, recorded, free_runs)
        found = before_training(noisy, recorded, repetitions)
        found.update(pieces(noisy, recorded, repetitions))
        found['free/cost_norm'] = histories.result()
    header = dict(recorded.header, floor={'repetitions': repetitions, 'size': AMPLIFIED * ULP, 'free_runs': free_runs,
                                          'free_size': ULP, 'seconds': round(time.perf_counter() - started, 3)})
    arrays = collections.OrderedDict(recorded.arrays)
    arrays.update((floors.PREFIX + name, np.asarray(values, '<f4')) for name, values in found.items())
    return Recording(header, arrays)


class Noisy(Experiment):
    """An Experiment with noise in what every op gives. A new session's noise starts anew."""

    def __init__(self, recorded: Recording, noise_seed: int, size: float) -> None:
        """recorded: the Recording whose graph this is."""
        self.noise_seed, self.size = noise_seed, size
        super(Noisy, self).__init__(recorded.settings['seed'], seeding.of_recording(recorded))

    def _rules(self) -> List[Rules]:
        return [Noise(seed=self.noise_seed)]

    def feed(self, rows: Rows = slice(None)) -> Dict[Tensor, Any]:
        """The feed of these rows, and the noise's size."""
        found = super(Noisy, self).feed(rows)
        found[self.graph.get_tensor_by_name(SIZE_NODE + ':0')] = self.size
        return found


class Spread(object):
    """Root mean squares over repetitions, by name, per ULP of noise."""

    def __init__(self) -> None:
        self._squares: Dict[str, Tuple[float, int]] = collections.OrderedDict()

    def add(self, name: str, deviation: Any) -> None:
        """One repetition's deviation, a number or an array of which the norm counts."""
        total, count = self._squares.get(name, (0.0, 0))
        self._squares[name] = total + float(np.sum(np.square(deviation))), count + 1

    def __getitem__(self, name: str) -> float:
        total, count = self._squares.get(name, (0.0, 1))
        return float(np.sqrt(total / count) / AMPLIFIED)

    def names(self) -> List[str]:
        return list(self._squares)


def before_training(noisy: Noisy, recorded: Recording, repetitions: int) -> Dict[str, Any]:
    """{'before/...' and 'gradients/...': spread}"""
    spread = Spread()
    with noisy.session() as sess:
        for _ in range(repetitions):
            for found in observe.before_training(noisy, sess, recorded.checkpoint(0)):
                for name, values in found.items():
                    spread.add(name, difference(recorded.arrays[name], values))
    return collections.OrderedDict((name, spread[name]) for name in spread.names())


def pieces(noisy: Noisy, recorded: Recording, repetitions: int) -> Dict[str, Any]:
    """{'costs/...', 'after/...' and 'along/...': [spread of each piece]}"""
    spreads: List[Spread] = []
    with noisy.session() as sess:
        for start, end in replay.pieces_of(recorded):
            spreads.append(Spread())
            for _ in range(repetitions):
                _repeat(noisy, sess, recorded, start, end, spreads[-1])
    names = (['costs/' + name for name in SERIES] + ['after/' + name for name in noisy.variables]
             + ['along/' + name for name in noisy.trainable])
    return collections.OrderedDict((name, [spread[name] for spread in spreads]) for name in names)


def _repeat(noisy: Noisy, sess: Session, recorded: Recording, start: int, end: int, spread: Spread) -> None:
    """One piece once, in the networks that still have finite numbers: of others there is nothing to measure."""
    before, after = recorded.checkpoint(start), recorded.checkpoint(end)
    networks = [network for network in NETWORKS if any(
        np.isfinite(before[name]).any() for name in noisy.trainable if noisy.network_of[name] == network)]
    names = [name for name in noisy.variables if noisy.network_of[name] in networks]
    noisy.restore(sess, {name: before[name] for name in names})
    costs = replay.advance(noisy, sess, start, end, networks)
    if start - 1 in recorded.arrays['series/steps']:
        record = recorded.arrays['series/steps'].tolist().index(start - 1)
        for name, cost in zip(SERIES, costs):
            spread.add('costs/' + name, difference(recorded.arrays['series/' + name][record], cost))
    for name, values in noisy.values(sess, names).items():
        off = difference(after[name], values)
        spread.add('after/' + name, off)
        update = difference(before[name], after[name])
        if name in noisy.trainable and update.any():
            spread.add('along/' + name, np.sum(off * update) / np.sum(update * update))


def free_histories(noisy: Noisy, recorded: Recording, runs: int) -> Array:
    """(runs, records): cost_norm of whole runs of the network with batch normalisation."""
    train_op, cost, _ = noisy.nets['norm']
    records, steps = recorded.arrays['series/steps'].tolist(), recorded.settings['steps']
    histories: List[List[Any]] = []
    with noisy.session() as sess:
        for _ in range(runs):
            noisy.restore(sess, recorded.checkpoint(0))
            histories.append([])
            for i in range(steps):
                sess.run(train_op, noisy.feed(slice(i * 10, i * 10 + 10)))
                if i in records:
                    histories[-1].append(sess.run(cost, noisy.feed()))
    return np.array(histories)
