"""`--on loss`: at which release a scalar of a script leaves the band of rounding."""
import types

import pytest

from legacy.judge import seriesbands
from legacy.judge.baseline import Baseline
from legacy.judge.pairing import Pairing
from legacy.upgrade import bisection, selection, summary
from tests import stand_ins
from tests.command_line import assert_fault, compat_run

MEAN, ACCURACY = seriesbands.Series('mean:0', 'train.py:30'), seriesbands.Series('accuracy:0', 'train.py:31')
LOSS, OTHER = MEAN.name, ACCURACY.name


def measure(**names):
    return types.SimpleNamespace(path='train.npz', with_band=lambda: names)


def outcome(label, **bands):
    """A row in which each series, of {key: first time outside or None}, has the name that its key says."""
    names = {'loss': LOSS, 'other': OTHER}
    return types.SimpleNamespace(label=label, verdict='explained', folder=None, summary={
        'bands': {key: [names[key], time] for key, time in bands.items()}, 'series': {}, 'signatures': {},
        'report': {'formulas': []}})


def found(outcomes, scalar=None):
    rows = {row.label: row for row in outcomes}
    matrix = types.SimpleNamespace(run=lambda labels: [rows[label] for label in labels])
    looked = selection.looked(measure(loss=MEAN, other=ACCURACY), 'loss', scalar)
    return bisection.bisect([row.label for row in outcomes], looked, matrix)


def test_the_first_release_outside_is_found_and_told():
    rows = [outcome('2.3', loss=None, other=None), outcome('2.4', loss=None, other=None),
            outcome('2.5', loss=17, other=None), outcome('2.6', loss=12, other=None)]
    assert found(rows).sentence == (
        'Whether all scalars stay in the band of rounding changed at 2.5, after 2.4: outside after inside '
        f'({LOSS}, first outside at its time 17).')


@pytest.mark.parametrize('name', [LOSS, 'mean:0', 'mean', 'train.py:30'])
def test_a_scalar_is_named_by_its_fetch_or_its_line(name):
    rows = [outcome('2.3', loss=None, other=None), outcome('2.4', loss=None, other=5), outcome('2.5', loss=3, other=5)]
    assert found(rows, name).after.label == '2.5'


def test_one_that_is_not_named_does_not_count():
    rows = [outcome('2.3', loss=None, other=None), outcome('2.4', loss=3, other=None)]
    assert found(rows, 'accuracy').sentence == (
        'Whether accuracy stays in the band of rounding did not change between 2.3 and 2.4.')


def test_a_row_that_did_not_fetch_it_gives_no_answer():
    assert found([outcome('2.3', loss=None, other=None), outcome('2.4', other=None)], 'mean').sentence == (
        'Not decided: 2.4 gave no answer about whether mean stays in the band of rounding.')


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(selection.LookingError,
                       match=r'no scalar los with a band of rounding; it has accuracy:0 \(train'):
        selection.looked(measure(loss=MEAN, other=ACCURACY), 'loss', 'los')
    with pytest.raises(selection.LookingError, match='no scalar at all with a band of rounding$'):
        selection.looked(measure(), 'loss')


def test_the_command_line_refuses_a_scalar_that_the_recording_has_not(stand_in):
    assert_fault(compat_run('upgrade', '--bisect', '2.1.4', '2.3.4', '--on', 'loss', '--scalar', 'los', '--script',
                            'train.py', '--baseline', stand_in.recorded, cwd=stand_in.work), 'has no scalar los')


def test_a_series_is_outside_where_the_free_run_says_so():
    recorded = Baseline(stand_ins.recording('1.15.5'), 'train.npz')
    candidate = stand_ins.recording('2.3.4')
    (k, j), values = sorted(candidate.series().items())[0]
    candidate.arrays[f'small/{k}/{j}'] = values.copy()
    candidate.arrays[f'small/{k}/{j}'][4:] *= 1.5
    assert seriesbands.left_at(seriesbands.banded(Pairing(recorded, candidate))[k, j].share) == 4
    assert 'first at its time 4' in seriesbands.free_run(Pairing(recorded, candidate)).text


def test_what_a_measure_can_be_asked_is_what_its_rows_answer(stand_in):
    names = summary.Measure(stand_in.recorded).with_band()
    assert names and all(series.fetch.endswith(':0') and 'vae.py:' in series.place for series in names.values())
