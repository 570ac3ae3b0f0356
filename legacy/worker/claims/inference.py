"""Claim 4: what the moving averages are worth where the network is used. Runs on Python 3.6.

Two processes: `trained` saves what training leaves, `restored` reads it into a graph that normalises with the moving
averages.
"""
import os
from typing import Dict, Iterable, Iterator, List, Sequence

import numpy as np

from legacy import article
from legacy.formats.values import Array, JsonObject
from legacy.shim import tf
from legacy.worker.claims.varied import Varied
from legacy.worker.tfobjects import Session, Tensor


def trained(folder: str, seeds: Iterable[int], decays: Sequence[float], sizes: List[int],
            steps: int = article.TRAINING_STEPS) -> Iterator[JsonObject]:
    """Train with the article's settings but for the decay, and save every variable into `folder`.

    For each seed {'seed', 'sizes', 'own', 'spread'}, lists over the sizes: the cost on all rows where so many at a time
    are normalised with their own mean and variance, as the listing does; and the largest less the smallest prediction.
    """
    for seed in seeds:
        experiment = Varied(seed)
        with experiment.graph.as_default():
            saver = tf.train.Saver(experiment.variables, max_to_keep=None)
        for decay in decays:
            with experiment.session(decay=decay) as sess:
                experiment.train(sess, steps, article.Watch())
                path = _path(folder, seed, decay)
                saver.save(sess, path, write_meta_graph=False)
                np.save(path + '.npy', experiment.predictions(sess, 'norm', max(sizes), _averages(experiment, sess)))
                if decay == decays[-1]:  # the decay does not reach the weights, so once is enough
                    own = [experiment.predictions(sess, 'norm', size) for size in sizes]
        yield {'seed': seed, 'sizes': sizes, 'own': [_cost(experiment, predictions) for predictions in own],
               'spread': [float(np.ptp(predictions)) for predictions in own]}


def restored(folder: str, seeds: Iterable[int], decays: Sequence[float], sizes: List[int]) -> Iterator[JsonObject]:
    """For each seed and decay {'seed', 'decay', 'averages', 'difference'}.

    averages: a list over `sizes`, the cost on all rows where so many at a time are normalised with the moving averages.
    difference: how far predictions are from those in the process that trained, where the moving averages were fed in
    place of mean and variance; the largest, over the largest prediction.
    """
    for seed in seeds:
        experiment = Varied(seed, inference=True)
        with experiment.graph.as_default():
            saver = tf.train.Saver(experiment.variables)
        for decay in decays:
            path = _path(folder, seed, decay)
            with experiment.session() as sess:
                saver.restore(sess, path)
                found = [experiment.predictions(sess, 'norm', size) for size in sizes]
            fed = np.load(path + '.npy')
            whole = found[sizes.index(max(sizes))]
            yield {'seed': seed, 'decay': decay,
                   'averages': [_cost(experiment, predictions) for predictions in found],
                   'difference': float(np.abs(whole - fed).max() / np.abs(fed).max())}


def _path(folder: str, seed: int, decay: float) -> str:
    return os.path.join(folder, 'seed-%d-decay-%r' % (seed, decay))


def _averages(experiment: Varied, sess: Session) -> Dict[Tensor, Array]:
    """{tensor: array}: the moving averages, to be fed in place of the batch's mean and variance."""
    fed = {}
    for layer in experiment.layers:
        fed[layer.mean], fed[layer.variance] = sess.run([layer.average_mean, layer.average_variance])
    return fed


def _cost(experiment: Varied, predictions: Array) -> float:
    return float(np.square(experiment.y_data[:, 0] - predictions).mean())
