"""Teacher forcing: single training steps, each from the weights that a recording had. Runs on Python 3.6.

A free run is chaotic: a difference of one unit in the last place grows to tens of percent. A step taken from given
weights has no past to carry differences over, so every step of a run can be compared on its own.
"""
import collections

import numpy as np

from legacy import article
from legacy.experiment import NETWORKS
from legacy.recording import SERIES

# starts: steps done before each replayed step. costs: {series: [one for each start, NaN where none was recorded]}.
# after: {variable: array (starts, ...)}
Replay = collections.namedtuple('Replay', 'starts costs after')


def repeatable_steps(recording):
    """The numbers of steps done from which the recording also knows what one more step gave."""
    steps = [int(done) for done in recording.arrays['checkpoints/steps']]
    return [done for done, following in zip(steps, steps[1:]) if following == done + 1]


def replay(experiment, recording):
    """From each such checkpoint of `recording`, evaluate and take one step as `article.train` does there.

    experiment: an Experiment with the recording's seed and arithmetic. Returns a Replay.
    """
    starts = repeatable_steps(recording)
    costs = {name: [] for name in SERIES}
    after = []
    with experiment.session() as sess:
        for start in starts:
            experiment.restore(sess, recording.checkpoint(start))
            for name, cost in zip(SERIES, _one_step(experiment, sess, start)):
                costs[name].append(cost)
            after.append(experiment.values(sess))
    return Replay(starts, {name: np.array(values) for name, values in costs.items()},
                  {name: np.stack([values[name] for values in after]) for name in experiment.variables})


def _one_step(experiment, sess, start):
    """Step number `start` with the evaluations around it, which move the moving averages; both costs before it."""
    nets = [experiment.nets[network] for network in NETWORKS]
    costs = [np.nan, np.nan]
    if start and (start - 1) % article.record_step == 0:
        costs = [sess.run(cost, experiment.feed()) for _, cost, _ in nets]
    if start % article.PICTURE_STEP == 0:
        sess.run([layers_inputs for _, _, layers_inputs in nets], experiment.feed())
    sess.run([train_op for train_op, _, _ in nets], experiment.feed(slice(start * 10, start * 10 + 10)))
    return costs
