"""The whole of portable arithmetic: a program without TensorFlow gives the same bits."""
import numpy as np
import pytest

from legacy.formats.articlerun import X_DATA, Y_DATA
from legacy.formats.recordings import NOTES
from legacy.worker.experiment import Experiment
from tests import referee
from tests.worker.rewriting import same

STEPS = 3


@pytest.fixture(scope='module')
def portable():
    return Experiment(arithmetic='portable')


@pytest.fixture(scope='module')
def histories(article_recording, portable):
    """[(name, ours, the referee's), ...] of three steps of the network with batch normalisation: costs on the batch,
    then every variable."""
    start = {item['name']: article_recording.content(item['noted']) for item in article_recording.header['initial']}
    data = [article_recording.arrays[name] for name in (NOTES + X_DATA, NOTES + Y_DATA)]
    names = [name for name in start if portable.network_of[name] == 'norm']
    trained = [name for name in names if name in portable.trainable]
    averaged = [name for name in names if name not in portable.trainable]
    variables, averages = [start[name] for name in trained], [start[name] for name in averaged]
    train_op, cost, _ = portable.nets['norm']
    found = []
    with portable.session() as sess:
        portable.restore(sess, start)
        for i in range(STEPS):
            rows = slice(i * 10, i * 10 + 10)
            x, y = (array[rows].astype(np.float32) for array in data)
            variables, averages, expected = referee.step(variables, averages, x, y)
            found.append(('cost', sess.run([cost, train_op], portable.feed(rows))[0], expected))
            values = portable.values(sess)
            found += [(name, values[name], value) for name, value in zip(trained + averaged, variables + averages)]
    return found


def test_the_referee_gives_the_same_bits(histories):
    assert [name for name, ours, expected in histories if not same(ours, expected)] == []


def test_the_referee_saw_every_variable_and_cost_of_three_steps(histories):
    assert len(histories) == STEPS * (1 + 48)


def test_the_referee_would_see_one_unit_in_the_last_place(histories):
    name, ours, expected = histories[-1]
    assert not same(np.nextafter(ours, np.float32(np.inf)), expected)
