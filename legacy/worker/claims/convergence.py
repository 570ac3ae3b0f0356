"""Claims 1 and 2: both networks side by side, trained as in the listing, at many learning rates. Runs on Python 3.6."""
from typing import Iterable, Iterator, Sequence

import numpy as np

from legacy import article
from legacy.formats.values import JsonObject
from legacy.worker.claims.varied import Varied


def runs(seeds: Iterable[int], start: str, rates: Sequence[float],
         steps: int = article.TRAINING_STEPS) -> Iterator[JsonObject]:
    """For each seed and rate {'seed', 'start', 'rate', 'constant', 'plain', 'norm'}.

    start: 'article' or 'He', the initialisation; 'He, x standardised': with x less its mean, over its deviation, too.
    plain, norm: costs on all rows after 1, 6, ..., 246 steps. constant: the cost of the constant that fits best.
    """
    for seed in seeds:
        experiment = Varied(seed, start.split(',')[0])
        if start.endswith('x standardised'):
            experiment.x_data = (experiment.x_data - experiment.x_data.mean()) / experiment.x_data.std()
        for rate in rates:
            with experiment.session(rate=rate) as sess:
                plain, norm = experiment.train(sess, steps, article.Watch())
            yield {'seed': seed, 'start': start, 'rate': rate,
                   'constant': float(np.var(experiment.y_data)), 'plain': [float(cost) for cost in plain],
                   'norm': [float(cost) for cost in norm]}
