"""A TensorFlow that goes wrong while it runs, in this process: faults that no list of the program names."""
import contextlib

import numpy as np

from legacy.formats.references import References
from legacy.judge import ladder
from legacy.shim import tf
from legacy.worker.gather import Evidence
from tests import shortened

STEPS = 62  # after the last record of costs comes a step, so that it is evaluated again


class Run:
    """One call of Session.run, as a fault sees it. free: whether it is of the first session that trains, the free run.
    step: the training step that it is, or None. after: the last training step before it in its session, or None.
    cost: whether it asks for the cost of the network with batch normalisation."""

    def __init__(self, sess, fetches, feed, free, step, after):
        self.sess, self.feed, self.free, self.step, self.after = sess, feed, free, step, after
        self.cost = getattr(fetches, 'name', '') == 'Mean_1:0'


@contextlib.contextmanager
def running(fault):
    """While this holds, `fault(run, go)` answers Session.run; go(feed) does what was asked, with another feed."""
    real, last = tf.Session.run, {}  # {session: its last training step}, in the order of their first

    def run(sess, fetches, feed_dict=None, *args, **kwargs):
        def go(feed):
            return real(sess, fetches, feed, *args, **kwargs)
        after, step = last.get(sess), _step(fetches, feed_dict)
        if step is not None:
            last[sess] = step
        return fault(Run(sess, fetches, feed_dict, sess in list(last)[:1], step, after), go)
    tf.Session.run = run
    try:
        yield
    finally:
        tf.Session.run = real


X = References().main.arrays['data/x']


def _step(fetches, feed):
    """Which training step this is, by its rows, or None."""
    updates = isinstance(fetches, list) and any(getattr(fetch, 'type', '') == 'NoOp' for fetch in fetches)
    rows = [values for values in (feed or {}).values() if np.shape(values) == (10, 1)]
    return int(np.flatnonzero(X[:, 0] == rows[0][0, 0])[0]) // 10 if updates and rows else None


def asked(monkeypatch, fault=None, experiment=None):
    """The Report up to the first failure, of a release whose listing was never recorded. fault: as `running` takes it.
    experiment: builds the graph. Numbers of float32 alone are asked for, of STEPS steps: the faults are in nothing
    else."""
    monkeypatch.setattr(ladder, 'listing_fingerprint', lambda release: None)
    references = References()
    references.main = shortened.first_steps(references.main, STEPS)
    references.recordings, references.graph = {'float32': references.main}, None
    evidence = Evidence(references, experiment, ahead=False)
    with running(fault or (lambda run, go: go(run.feed))):
        return ladder.ladder(references, evidence, until_failed=True)


def failed(report):
    """(verdict, the first rung that failed or '')"""
    return report.verdict, next((rung.name for rung in report.rungs if rung.status in ('failed', 'error')), '')
