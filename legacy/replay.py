"""Teacher forcing: training in short pieces, each from the weights that a recording had. Runs on Python 3.6.

A free run is chaotic: a difference of one unit in the last place grows to tens of percent. A piece that starts from
given weights has no past to carry differences over, so every piece of a run can be compared on its own, and together
they cover each of its steps: from one checkpoint to the next.
"""
import numpy as np

from legacy import article
from legacy.answers import Replay
from legacy.experiment import NETWORKS
from legacy.recording import SERIES


def replay(experiment, recording):
    """From each checkpoint of `recording` but the last, evaluate and train as `article.train` does, to the next one.

    experiment: an Experiment with the recording's seed, op seeds and arithmetic. Returns a Replay.
    """
    steps = [int(done) for done in recording.arrays['checkpoints/steps']]
    costs = {name: [] for name in SERIES}
    after = []
    with experiment.session() as sess:
        for start, end in zip(steps, steps[1:]):
            experiment.restore(sess, recording.checkpoint(start))
            for name, cost in zip(SERIES, _piece(experiment, sess, start, end)):
                costs[name].append(cost)
            after.append(experiment.values(sess))
    return Replay(steps[:-1], steps[1:], {name: np.array(values) for name, values in costs.items()},
                  {name: np.stack([values[name] for values in after]) for name in experiment.variables})


def _piece(experiment, sess, start, end):
    """Steps `start` to `end` with the evaluations between, which move the moving averages; both costs before."""
    nets = [experiment.nets[network] for network in NETWORKS]
    costs = [np.nan, np.nan]
    if start and (start - 1) % article.record_step == 0:
        costs = [sess.run(cost, experiment.feed()) for _, cost, _ in nets]
    for i in range(start, end):
        if i % article.PICTURE_STEP == 0:
            sess.run([layers_inputs for _, _, layers_inputs in nets], experiment.feed())
        sess.run([train_op for train_op, _, _ in nets], experiment.feed(slice(i * 10, i * 10 + 10)))
    return costs
