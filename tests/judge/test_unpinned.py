"""Portable runs that depart since an op is left as it is there, told from those that another formula makes. No
TensorFlow."""
import copy

import numpy as np
import pytest

from legacy.formats import causes, contents, recordings
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
OP = 'Softplus'  # is not pinned here


@pytest.fixture(scope='module')
def there():
    return recordings.load(str(RECORDED))


def verdict(there, op_type=OP, alike=True, times=np.float32(1.0), not_pinned=OP):
    """Of a recording in which OP is not pinned, and of a TensorFlow on which an op of a type rounds otherwise, and a
    weight is one unit in the last place off for that, in portable arithmetic, too. alike: whether both graphs give the
    same bits here. times: what the weight is multiplied by, beside."""
    header = copy.deepcopy(there.header)
    header['unknown'] = {'portable': [not_pinned], 'float64': []}
    recorded = Baseline(recordings.Recording(header, dict(there.arrays)))
    candidate = recordings.Recording(copy.deepcopy(header), dict(there.arrays))
    step = next(step for step in candidate.header['steps'] if str(step['step']) in header['tensors'])
    number = step['step']
    name = next(name for name, noted in step['outcomes']['float32']['after'].items() if len(noted.shape) == 2)
    for arithmetic in ('portable', 'float32', 'again', 'run', 'own'):
        after, content = step['outcomes'][arithmetic]['after'], f'changed/{arithmetic}'
        values = np.nextafter(candidate.arrays[after[name].content] * times, np.float32(9))
        candidate.arrays[content] = values
        after[name] = after[name]._replace(content=content, digest=contents.digest(values))
    candidate.arrays[causes.NAME] = causes.to_array(causes.Found(
        [], [], [number], [], [number] * alike, [op_type] if op_type else []))
    return ladder.ladder(recorded, candidate)


def test_an_op_that_is_not_pinned_and_rounds_otherwise_in_the_same_graph_is_rounding_alone(there):
    report = verdict(there)
    assert report.verdict == 'explained', report.sentence
    assert f'which leaves {OP} as it is, both graphs give the same bits here' in report.sentence


def test_where_the_two_graphs_give_other_bits_here_a_formula_is_another(there):
    assert verdict(there, alike=False).verdict == 'equivalent'


def test_an_op_that_is_pinned_and_gives_other_bits_of_the_same_inputs_is_not_excused(there):
    assert verdict(there, 'MatMul').verdict == 'equivalent'


@pytest.mark.parametrize('not_pinned, expected', [(OP, 'explained'), ('Erf', 'equivalent')])
def test_where_it_is_not_known_which_op_it_is_the_result_must_depend_on_one_that_is_not_pinned(
        there, not_pinned, expected):
    assert verdict(there, '', not_pinned=not_pinned).verdict == expected


def test_what_is_further_off_than_rounding_is_a_regression_all_the_same(there):
    assert verdict(there, times=np.float32(1.001)).verdict == 'regression'
