"""Which of the kept runs become steps of a recording: a matter of what they compute, and of no clock."""
import collections

import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.scripts import replaying, stepgraph, stepmaking
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.steps import Step

Item = collections.namedtuple('Item', 'kind run')


class Work:
    """A stand-in for a replaying.Replayer. works: {kind: what a run of it computes}."""

    def __init__(self, works):
        self._works = works

    def work(self, step):
        return self._works[step]


def affordable(monkeypatch, works, times, others):
    """Numbers of the runs that are made again beside the first of each kind. works, times: {kind: value}."""
    monkeypatch.setattr(stepmaking, '_step', lambda observer, item: item.kind)
    observer = collections.namedtuple('Observer', 'times')({kind: [None] * count for kind, count in times.items()})
    must = [Item(kind, 0) for kind in works]
    return [item.run for item in stepmaking._affordable(observer, must, others, Work(works))]


def test_a_short_script_has_as_many_steps_as_the_least_work_allows(monkeypatch):
    others = [Item(0, run) for run in range(1, 50)]
    assert affordable(monkeypatch, {0: stepmaking.LEAST_WORK // 8}, {0: 50}, others) == list(range(1, 8))


def test_a_long_one_has_a_share_of_its_runs(monkeypatch):
    others = [Item(0, run) for run in range(1, 50)]
    count = int(20 / stepmaking.SHARE)
    assert affordable(monkeypatch, {0: stepmaking.LEAST_WORK}, {0: count}, others) == list(range(1, 20))


def test_runs_of_every_kind_count_by_what_they_compute(monkeypatch):
    others = [Item(0, 1), Item(1, 2), Item(0, 3), Item(1, 4)]
    works = {0: stepmaking.LEAST_WORK // 2, 1: stepmaking.LEAST_WORK // 100}
    assert affordable(monkeypatch, works, {0: 5, 1: 5}, others) == []
    assert affordable(monkeypatch, works, {0: 5, 1: 5}, others[1:2]) == [2]


@pytest.fixture(scope='module')
def worked():
    """The work of a loop of so many rounds."""
    made = tf.Graph()
    with made.as_default():
        count = tf.placeholder(tf.int32, [])
        x = tf.placeholder(tf.float32, [50, 20])
        looped = tf.while_loop(lambda k, y: k < count, lambda k, y: (k + 1, y * 1.5), [0, x])[1]
    graph = stepgraph.StepGraph(stepgraph.Form.cut_out(Kind(made, [], [looped], [count, x]), made.as_graph_def()))
    yield lambda rounds: graph.work({}, {count.name: np.int32(rounds), x.name: np.zeros((50, 20), 'f4')})
    graph.close()


def test_the_work_of_a_run_is_the_same_every_time_and_counts_each_round_of_a_loop(worked):
    assert worked(5) == worked(5)
    assert 8 * stepgraph.OP < worked(9) - worked(5) - 4 * 1000 < 80 * stepgraph.OP


def test_where_the_work_cannot_be_had_ops_and_variables_are_counted(monkeypatch):
    with tf.Graph().as_default() as made:
        kind = Kind(made, [], [tf.constant([1.0]) * 2], [])
    monkeypatch.setattr(stepgraph.StepGraph, 'work', lambda *given: 1 / 0)
    step = Step(kind, {'w': np.zeros(100, 'f4')}, {}, {})
    assert replaying.Replayer().work(step) == stepgraph.OP * len(kind.ops) + 400
