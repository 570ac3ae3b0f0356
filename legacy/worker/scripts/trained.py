"""Trains the article's two networks, as the listing does: both in one graph, side by side, in one session.

A copy of this file, beside one of the port, is the script that is run where none is named: see `check/article.py`. It
is run, recorded and checked as any other. Runs on Python 3.6.
"""
import argparse

import article  # type: ignore[import-not-found]  # the port, of which a copy lies beside that of this file

from legacy.shim import tf
from legacy.worker import port
from legacy.worker.building import building
from legacy.worker.scripts.articlewatch import ArticleWatch, Plot


def main() -> None:
    """Train, and print both last costs."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--steps', type=int, default=article.TRAINING_STEPS)
    parser.add_argument('--op-seeds', choices=['1.15', 'native'], default='1.15')
    parser.add_argument('--show', action='store_true', help='Windows, as in the article.')
    asked = parser.parse_args()
    watch = ArticleWatch(asked.steps, _opened() if asked.show else None)
    with building(asked.op_seeds, trusted=not port.changes()):
        x_data, y_data = article.make_data(asked.seed)
        xs, ys = article.make_placeholders()
        plain = article.built_net(xs, ys, norm=False, seed=asked.seed)
        norm = article.built_net(xs, ys, norm=True, seed=asked.seed)
        initializer = tf.global_variables_initializer()
    with tf.Session() as session:
        session.run(initializer)
        cost_his, cost_his_norm = article.train(session, xs, ys, plain, norm, x_data, y_data, asked.steps, watch)
    print('without batch normalisation %.8g, with batch normalisation %.8g' % (cost_his[-1], cost_his_norm[-1]))


def _opened() -> Plot:
    """Open the article's window; return what draws into it."""
    import matplotlib.pyplot as plt
    plt.ion()
    plt.figure(figsize=(7, 3))
    plot: Plot = article.plot_his
    return plot


if __name__ == '__main__':
    main()
