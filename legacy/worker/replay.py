"""Teacher forcing: training in short pieces, each from the weights that a recording had. Runs on Python 3.6.

A free run is chaotic: a difference of one unit in the last place grows to tens of percent. A piece that starts from
given weights has no past to carry differences over, so every piece of a run can be compared on its own, and together
they cover each of its steps: from one checkpoint to the next.
"""
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from legacy import article
from legacy.formats.answers import Replay
from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.tfobjects import Session


def pieces_of(recording: Recording) -> List[Tuple[int, int]]:
    """[(steps done before, steps done after), ...]: from each checkpoint but the last to the next one."""
    steps = [int(done) for done in recording.arrays['checkpoints/steps']]
    return list(zip(steps, steps[1:]))


def replay(experiment: Experiment, recording: Recording, pieces: Optional[Sequence[Tuple[int, int]]] = None) -> Replay:
    """For each piece, from the weights that `recording` had, evaluate and train as `article.train` does.

    experiment: an Experiment with the recording's seed, op seeds and arithmetic. pieces: some of `pieces_of` the
    recording, all unless given. Returns a Replay.
    """
    pieces = pieces_of(recording) if pieces is None else pieces
    costs: Dict[str, List[float]] = {name: [] for name in SERIES}
    after: List[Dict[str, Array]] = []
    with experiment.session() as sess:
        for start, end in pieces:
            before = recording.checkpoint(start)
            if not after or not _same(after[-1], before):  # to give 64 variables a value takes longer than a step
                experiment.restore(sess, before)
            for name, cost in zip(SERIES, advance(experiment, sess, start, end)):
                costs[name].append(cost)
            after.append(experiment.values(sess))
    starts, ends = (list(column) for column in zip(*pieces))
    arrays = {name: np.array(values, recording.arrays['series/' + name].dtype) for name, values in costs.items()}
    return Replay(starts, ends, arrays,
                  {name: np.stack([values[name] for values in after]) for name in experiment.variables})


def _same(values: Dict[str, Array], others: Dict[str, Array]) -> bool:
    """Whether two {variable: array} are the same, to the bits of every NaN."""
    return all(values[name].tobytes() == others[name].tobytes() for name in values)


def advance(experiment: Experiment, sess: Session, start: int, end: int,
            networks: Sequence[str] = NETWORKS) -> List[float]:
    """Steps `start` to `end` with the evaluations between, which move the moving averages; both costs before, NaN where
    none was recorded. networks: those to train; of another the cost is NaN."""
    nets = [experiment.nets[network] for network in networks]
    costs = dict.fromkeys(NETWORKS, np.nan)
    if start and (start - 1) % article.record_step == 0:
        costs.update((network, sess.run(net.cost, experiment.feed())) for network, net in zip(networks, nets))
    for i in range(start, end):
        look(experiment, sess, i, networks)
        sess.run([train_op for train_op, _, _ in nets], experiment.feed(slice(i * 10, i * 10 + 10)))
    return [costs[network] for network in NETWORKS]


def look(experiment: Experiment, sess: Session, i: int, networks: Sequence[str] = NETWORKS) -> None:
    """Evaluate what `article.train` evaluates for its pictures before step i, if it does."""
    if i % article.PICTURE_STEP == 0:
        sess.run([experiment.nets[network].layers_inputs for network in networks], experiment.feed())
