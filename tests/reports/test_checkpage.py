"""The page of a check: which line it shows, and pictures of series, of which a long one is drawn by some hundred
points, and looks the same."""
import dataclasses

import numpy as np
import pytest

from legacy.formats import graphtable
from legacy.judge import ladder
from legacy.judge.baseline import Baseline
from legacy.reports import checkpage, figures
from tests import stand_ins

LONG = 100_000


def test_a_short_series_is_drawn_as_it_is():
    values = np.arange(checkpage.STRETCHES, dtype='f4')
    times, drawn = checkpage._drawn(values)
    assert times.tolist() == list(range(len(values))) and drawn is values


@pytest.mark.parametrize('value', [9.0, -9.0, np.nan, np.inf])
@pytest.mark.parametrize('at', [0, 1234, LONG - 1])
def test_one_odd_value_among_many_is_drawn_where_it_is(value, at):
    values = np.zeros(LONG)
    values[at] = value
    times, drawn = checkpage._drawn(values)
    assert len(times) <= 3 * checkpage.STRETCHES and (np.diff(times) > 0).all()
    assert np.array_equal(drawn, values[times], equal_nan=True) and at in times


def test_the_picture_of_a_long_series_is_as_small_as_that_of_a_short_one():
    values = np.random.RandomState(0).rand(LONG)
    long, short = (len(figures.as_svg(checkpage._figure('loss', part, part, [part, part + 1])))
                   for part in (values, values[:checkpage.STRETCHES]))
    assert long < 4 * short


def test_the_band_of_a_long_series_holds_all_noisy_runs():
    runs = [np.random.RandomState(k).rand(LONG) for k in range(2)]
    band = checkpage._figure('loss', runs[0], None, runs).axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (np.min(runs), np.max(runs))


@pytest.mark.parametrize(('recorded', 'here', 'is_drawn'), [
    ([np.inf, np.nan], [np.nan, np.nan], False), ([np.inf, np.nan], None, False), ([np.inf, np.nan], [1, 2], True),
    ([1, np.nan], [np.nan, np.nan], True)])
def test_a_series_is_drawn_if_either_side_has_a_finite_number(recorded, here, is_drawn):
    values = np.array(recorded, 'f4'), None if here is None else np.array(here, 'f4')
    assert checkpage._is_drawn(checkpage.Drawn('loss', *values, [])) is is_drawn


def test_the_line_that_is_shown_is_that_of_what_failed_whatever_its_text_says():
    recorded = Baseline(stand_ins.recording('1.15.5'))
    report = ladder.ladder(recorded, stand_ins.recording('2.3.4', wrong=1e-3))
    rung = next(rung for rung in report.rungs if rung.status == 'failed')
    assert rung.finding.place in rung.finding.text and rung.finding.place.startswith('vae.py:')
    told = rung._replace(finding=dataclasses.replace(rung.finding, text='other.py:1 departs'))
    assert checkpage._places(report, [told]) == [graphtable.file_and_number(rung.finding.place)]
