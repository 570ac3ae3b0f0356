"""Two whole runs under one TensorFlow: what the second has otherwise."""
import pytest

from legacy.check import wholeportable
from legacy.formats import wholerun
from tests.judge import wholes


@pytest.fixture
def second():
    return wholes.with_whole()


def varying(second):
    return wholeportable.varying(wholerun.of(wholes.with_whole()), wholerun.of(second))


def test_two_runs_that_are_the_same_vary_in_nothing(second):
    assert varying(second) == []


def test_a_fetch_varies_from_the_first_time_on_at_which_it_is_another(second):
    k, digests = wholes.fetched(second)
    digests[2, 0] += 1
    assert varying(second) == [{'what': 'fetch', 'kind': k, 'since': 2,
                                'name': second.header['whole']['kinds'][k]['fetches'][0]}]


def test_a_last_value_varies(second):
    second.header['whole']['last'][0]['digest'] += 1
    assert [item['what'] for item in varying(second)] == ['last']


def test_a_run_that_raises_in_the_second_only_varies(second):
    second.arrays['whole/raised'][3] = 1
    assert {'what': 'runs', 'kind': -1, 'name': '0', 'since': 3} in varying(second)
