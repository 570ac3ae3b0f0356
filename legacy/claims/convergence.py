"""Claims 1 and 2: both networks side by side, trained as in the listing, at many learning rates. Runs on Python 3.6."""
import numpy as np

from legacy import article
from legacy.claims.varied import Varied


def runs(seeds, initialisation, rates, steps=article.TRAINING_STEPS):
    """For each seed and rate {'seed', 'initialisation', 'rate', 'constant', 'plain', 'norm'}.

    plain, norm: costs on all rows after 1, 6, ..., 246 steps. constant: the cost of the constant that fits best."""
    for seed in seeds:
        experiment = Varied(seed, initialisation)
        for rate in rates:
            with experiment.session(rate=rate) as sess:
                plain, norm = experiment.train(sess, steps, article.Watch())
            yield {'seed': seed, 'initialisation': initialisation, 'rate': rate,
                   'constant': float(np.var(experiment.y_data)), 'plain': [float(cost) for cost in plain],
                   'norm': [float(cost) for cost in norm]}
