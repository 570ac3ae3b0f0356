"""Claim 5: batch normalisation whose scale and shift undo it. Runs on Python 3.6."""
from typing import Dict, Iterable, Iterator, List, Optional

import numpy as np

from legacy import article
from legacy.formats.values import Array, JsonObject
from legacy.worker.claims.varied import Varied, prediction_of
from legacy.worker.tfobjects import Session, Tensor

EPSILON = 0.001  # the listing's
BETWEEN = 50  # rows from one batch that is looked at to the next: every fifth is


def runs(seeds: Iterable[int], initialisation: str, steps: int = article.TRAINING_STEPS) -> Iterator[JsonObject]:
    """For each seed {'seed', 'initialisation', ...}, all on fifty batches of ten rows.

    By layer, how far its output is from its input, over the input's deviation: 'untrained', with scale 1 and shift 0;
    'trained', with what the article's training makes of them; 'batch', with both set to the deviation,
    sqrt(variance + epsilon), and the mean of the first batch, for that batch; 'others', so set, for the other batches;
    'saved', likewise, but the other batches normalised with the first one's mean and variance.

    So set, how far the predictions are from those of the network without batch normalisation that has the same
    weights, over their size: 'network_batch', 'network_others', 'network_saved'.
    """
    for seed in seeds:
        experiment = Varied(seed, initialisation)
        first, *others = [slice(start, start + 10) for start in range(0, len(experiment.x_data), BETWEEN)]
        found = {'seed': seed, 'initialisation': initialisation}
        with experiment.session() as sess:
            found['untrained'] = distances(experiment, sess, [first] + others)
            saved = undo(experiment, sess, first)
            same_weights(experiment, sess)
            for name, batches, fed in (('batch', [first], None), ('others', others, None), ('saved', others, saved)):
                found[name] = distances(experiment, sess, batches, fed)
                found['network_' + name] = distance_of_networks(experiment, sess, batches, fed)
        with experiment.session() as sess:
            experiment.train(sess, steps, article.Watch())
            found['trained'] = distances(experiment, sess, [first] + others)
        yield found


def undo(experiment: Varied, sess: Session, batch: slice) -> Dict[Tensor, Array]:
    """Set scale and shift, one layer after another, to what undoes the normalisation of this batch. Returns
    {tensor: array} of the means and variances met."""
    met = {}
    for layer in experiment.layers:
        mean, variance = sess.run([layer.mean, layer.variance], experiment.feed(batch))
        met.update({layer.mean: mean, layer.variance: variance})
        for variable, value in ((layer.shift, mean), (layer.scale, np.sqrt(variance.astype('f8') + EPSILON))):
            sess.run(variable.initializer, {variable.initializer.inputs[1]: value})
    return met


def same_weights(experiment: Varied, sess: Session) -> None:
    """Give the network without batch normalisation the other one's weights and biases."""
    normalising = {variable.op.name for layer in experiment.layers for variable in (layer.scale, layer.shift)}
    plain, norm = [[name for name in experiment.trainable if experiment.network_of[name] == network
                    and name not in normalising] for network in ('plain', 'norm')]
    values = experiment.values(sess)
    values.update((name, values[other]) for name, other in zip(plain, norm))
    experiment.restore(sess, values)


def distances(experiment: Varied, sess: Session, batches: Iterable[slice],
              fed: Optional[Dict[Tensor, Array]] = None) -> List[float]:
    """For each layer, over the units and the rows of all batches: the root of the summed squares of output less input,
    over that of input less its batch's mean."""
    pairs = [(layer.x, layer.output) for layer in experiment.layers]
    off, spread = np.zeros(len(pairs)), np.zeros(len(pairs))
    for batch in batches:
        for k, (x, output) in enumerate(sess.run(pairs, experiment.feed(batch, fed))):
            x = x.astype('f8')
            off[k] += np.square(output - x).sum()
            spread[k] += np.square(x - x.mean(axis=0)).sum()
    distances: List[float] = np.sqrt(off / spread).tolist()
    return distances


def distance_of_networks(experiment: Varied, sess: Session, batches: Iterable[slice],
                         fed: Optional[Dict[Tensor, Array]] = None) -> float:
    """The norm of the difference of both networks' predictions for all batches, over that of the one without."""
    predictions = [prediction_of(experiment.nets[network].cost) for network in ('plain', 'norm')]
    found = [sess.run(predictions, experiment.feed(batch, fed)) for batch in batches]
    plain, norm = (np.concatenate(parts).astype('f8') for parts in zip(*found))
    return float(np.linalg.norm(norm - plain) / np.linalg.norm(plain))
