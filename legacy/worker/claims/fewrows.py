"""Claim 3: one network at a time, trained on few rows for many passes. Runs on Python 3.6."""
from typing import Any, Dict, Iterable, Iterator, Sequence

import numpy as np

from legacy.formats.values import Array, JsonObject
from legacy.worker.claims.varied import Varied
from legacy.worker.tfobjects import Session, Tensor

LOOK = 100  # steps between looks whether a network is NaN


def runs(seeds: Iterable[int], network: str, regulariser: str, strengths: Sequence[float], rates: Sequence[float],
         initialisation: str, rows: int, validation: int, steps: int) -> Iterator[JsonObject]:
    """For each seed, strength and rate {'seed', 'network', 'regulariser', 'strength', 'rate', 'training', 'validation',
    'held_out'}, the last three costs on the first `rows` rows, on the next `validation` and on the rest.

    regulariser: 'none'; 'L2', strength: its factor; 'dropout', strength: the share that is dropped. All start from the
    weights that the seed has without any, and take the rows in the same order: shuffled anew for each pass.
    """
    parts = slice(0, rows), slice(rows, rows + validation), slice(rows + validation, None)
    for seed in seeds:
        first = Varied(seed, initialisation)
        with first.session() as sess:
            initial = first.values(sess)
        experiment = first if regulariser == 'none' else Varied(seed, initialisation, regulariser == 'dropout',
                                                                regulariser == 'L2')
        order = shuffled(seed, rows, steps * 10)
        for strength in strengths:
            fed = {experiment.keep: 1 - strength} if regulariser == 'dropout' else {}
            for rate in rates:
                with experiment.session(initial, rate=rate, strength=strength) as sess:
                    train(experiment, sess, network, order, parts[0], fed)
                    costs = [float(sess.run(experiment.nets[network].cost, experiment.feed(part))) for part in parts]
                yield dict(zip(('training', 'validation', 'held_out'), costs), seed=seed, network=network,
                           regulariser=regulariser, strength=strength, rate=rate)


def shuffled(seed: int, rows: int, number: int) -> Array:
    """`number` row indices: the first `rows` rows in one random order after another."""
    draw = np.random.RandomState(seed)
    return np.concatenate([draw.permutation(rows) for _ in range(-(-number // rows))])[:number]


def train(experiment: Varied, sess: Session, network: str, order: Array, rows: slice, fed: Dict[Tensor, Any]) -> None:
    """Ten rows a step, in this order, until they are used up or the network gives NaN, from which it never returns."""
    train_op, cost, _ = experiment.nets[network]
    for i in range(len(order) // 10):
        sess.run(train_op, experiment.feed(order[i*10:i*10+10], fed))
        if i % LOOK == LOOK - 1 and np.isnan(sess.run(cost, experiment.feed(rows))):
            return
