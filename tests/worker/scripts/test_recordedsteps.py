"""Which of the kept runs become steps of a recording: a matter of what they compute, and of no clock."""
import collections
import types

import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.scripts import recordedsteps, replayer, stepgraph
from legacy.worker.scripts.kinds import Kind
from legacy.worker.scripts.steps import Step

Item = collections.namedtuple('Item', 'kind run')


LEAST = recordedsteps.LEAST_WORK


def affordable(works, kept, most, replays=0, trains=(0,)):
    """[(kind, run)] of the runs that are made again. works: {kind: what a run of it computes}. kept: [(kind, run)]."""
    observer = types.SimpleNamespace(kinds={k: types.SimpleNamespace(trains=k in trains) for k in works},
                                     kept=types.SimpleNamespace(chosen=[Item(*item) for item in kept]))
    chosen, others = recordedsteps._affordable(observer, works, most, replays)
    assert sorted(map(tuple, chosen + others)) == sorted(kept)
    return [tuple(item) for item in chosen]


def test_as_many_steps_as_the_work_allows_spread_over_the_script():
    kept = [(0, run) for run in range(50)]
    assert [run for _, run in affordable({0: LEAST // 8}, kept, LEAST)] == [0, 1, 2, 49, 3, 35, 19, 11]


def test_heavy_steps_are_the_first_and_the_last_and_at_least_the_last():
    kept = [(0, run) for run in range(50)]
    assert affordable({0: LEAST // 2}, kept, LEAST) == [(0, 0), (0, 49)]
    assert affordable({0: 9 * LEAST}, kept, LEAST) == [(0, 49)]
    assert affordable({0: 9 * LEAST}, kept, LEAST, replays=3) == [(0, 0), (0, 32), (0, 49)]


def test_every_kind_has_a_step_and_counts_by_what_it_computes():
    kept = [(0, 0), (1, 1), (0, 2), (1, 3), (0, 4), (1, 5)]
    assert affordable({0: LEAST // 4, 1: LEAST // 100}, kept, LEAST) == [(0, 0), (1, 1), (0, 2), (0, 4), (1, 5), (1, 3)]
    assert affordable({0: 9 * LEAST, 1: LEAST // 100}, kept, LEAST) == [(0, 4), (1, 5)]


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
    assert replayer.Replayer().work(step) == stepgraph.OP * len(kind.ops) + 400
