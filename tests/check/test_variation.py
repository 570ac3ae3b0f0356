"""What other runs of a script have otherwise than its first, over recordings that are changed here."""
import copy

import numpy as np
import pytest

from legacy.check import variation
from legacy.formats import arraynotes, contents, recordings, stored
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'mlp.npz'


@pytest.fixture(scope='module')
def first():
    loaded = recordings.load(str(RECORDED))
    held = {name: np.array(array) for name, array in loaded.arrays.items() if not name.startswith('noisy/')}
    return recordings.Recording({**loaded.header, 'noisy': 0, 'varying': []}, stored.Arrays(held))


def like(first):
    return recordings.Recording(copy.deepcopy(first.header), stored.Arrays(dict(first.arrays.held)))


def facts(first, other):
    return [(item.what, item.name, item.since) for item in variation.varying(first, [('noise', other)])]


def test_the_same_run_varies_in_nothing(first):
    found = variation.whole(first, like(first), [like(first), like(first)])
    assert found.header['varying'] == [] and found.header['noisy'] == 2
    assert all(state['steady'] for step in found.header['steps'] for group in step['state'].values()
               for state in group.values())


def test_a_run_less_is_told_from_where_on(first):
    other = like(first)
    for name in ('runs', 'raised', 'threads'):
        other.arrays.held[name] = other.arrays.held[name][:-1]
    assert facts(first, other) == [('runs', '0', 17), *facts(first, other)[1:]]
    assert ('training runs', '0', 16) not in facts(first, other)


def test_a_run_that_the_recorder_has_ended_tells_nothing_of_what_it_did_not_come_to(first):
    other = like(first)
    for name in ('runs', 'raised', 'threads'):
        other.arrays.held[name] = other.arrays.held[name][:5]
    for kind in range(len(first.kinds)):
        for name in ('feeds', 'fetched'):
            key = f'kinds/{kind}/{name}'
            other.arrays.held[key] = first.arrays[key][:np.sum(first.runs[:5] == kind)]
    other.header['steps'] = [step for step in other.header['steps'] if step['run'] < 5]
    other.header['initial'] = other.header['initial'][1:]
    assert facts(first, other) != []
    other.header['ended_after'] = 5
    assert facts(first, other) == []
    steps = variation.whole(first, like(first), [like(first), other]).header['steps']
    assert all(state['steady'] for step in steps for group in step['state'].values() for state in group.values())


def test_a_feed_is_told_from_its_first_other_time(first):
    other = like(first)
    other.arrays.held['kinds/1/feeds'] = feeds = first.arrays['kinds/1/feeds'].copy()
    feeds[3:, 0] += 1
    assert facts(first, other) == [('feed', first.kinds[1]['feeds'][0], 3)]


def moved(first, by):
    """A run with noise in which the first variable before each step is off by `by`, relative."""
    other = like(first)
    for step in other.header['steps']:
        name = next(name for name, noted in step['before'].items() if len(noted.shape) == 2)
        noted = step['before'][name]
        values = first.content(noted) * np.float32(1 + by) + np.float32(by)
        other.arrays.held[f'moved/{step["step"]}'] = values
        step['before'][name] = noted._replace(content=f'moved/{step["step"]}', digest=contents.digest(values))
    return other


def test_the_spread_of_a_state_is_the_root_mean_square_over_the_runs_with_noise(first):
    one, two = moved(first, 1e-3), moved(first, 3e-3)
    found = variation.whole(first, like(first), [one, two]).header['steps'][4]
    name = next(name for name, noted in found['before'].items() if len(noted.shape) == 2)
    ours = first.content(found['before'][name])
    offs = [np.linalg.norm(run.content(run.header['steps'][4]['before'][name]).astype('f8') - ours)
            for run in (one, two)]
    assert found['state']['before'][name]['spread'] == pytest.approx(np.sqrt(np.mean(np.square(offs))))
    assert not found['state']['before'][name]['steady'] and found['runs_with_noise'] == 2


def test_a_step_that_a_run_does_not_come_to_is_counted(first):
    other = like(first)
    del other.header['steps'][-1]
    assert variation.whole(first, like(first), [other, like(first)]).header['steps'][-1]['runs_with_noise'] == 1


# ---- runs with noise beside a check

def noted_run(values):
    """A Recording of one kept run, that gave these values."""
    array = np.array(values, 'f4')
    noted = arraynotes.ArrayNote('content/0', 'float32', list(array.shape), contents.digest(array))
    step = {'step': 0, 'before': {}, 'fed': {}, 'outcomes': {'run': {'fetched': {'x:0': noted}, 'after': {}}}}
    return recordings.Recording({'steps': [step], 'wholes': {}}, {'content/0': array})


def spread_of(here, noisy):
    made = noted_run(here)
    return variation.spread(made, made.header['steps'][0], [noted_run(values) for values in noisy])


def test_runs_with_noise_that_are_alike_leave_no_room_for_a_run_that_is_not():
    found = spread_of([5, 5], [[1, 2], [1, 2], [1, 2]])
    assert found['runs_with_noise'] == 3
    assert found['state']['fetched']['x:0'] == {'steady': False, 'spread': 0.0, 'whole': 0.0}


def test_the_room_is_how_far_runs_with_noise_are_from_their_mean():
    found = spread_of([1, 2], [[0, 2], [2, 2]])
    assert found['state']['fetched']['x:0'] == {'steady': False, 'spread': 1.0, 'whole': 0.0}


def test_what_one_run_with_noise_says_is_no_spread():
    assert spread_of([1, 2], [[9, 9]])['state']['fetched']['x:0']['spread'] == 0.0
