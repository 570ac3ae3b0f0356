"""What a recording says of the article's program: its settings, notes, costs, by name too; damaged ones say nothing."""
import numpy as np
import pytest

from legacy.formats import articlerun, recordings
from legacy.formats.articlerun import Settings
from legacy.formats.recordings import Recording
from tests.conftest import ROOT


def changed(recording, **arrays):
    """The recording with other arrays, by their names with two underscores for a slash; None for none."""
    others = {name.replace('__', '/'): array for name, array in arrays.items()}
    kept = {name: recording.arrays[name] for name in recording.arrays if name not in others}
    return Recording(recording.header, {**kept, **{name: array for name, array in others.items()
                                                   if array is not None}})


def test_costs_are_told_apart_in_both_arithmetics(article_recording):
    float32, portable = (articlerun.costs(article_recording, prefix) for prefix in ('', 'whole/'))
    assert str(float32.cost_norm[-1]) == '95.956116' and str(portable.cost_norm[-1]) == '102.45689'
    assert list(float32.steps) == list(range(0, 250, 5)) and not np.isfinite(float32.cost).any()


def test_a_series_has_a_name_and_a_line(article_recording):
    costs = articlerun.costs(article_recording, 'whole/').cost_norm
    for word in ('Mean_1:0', 'Mean_1', 'article.py:160'):
        assert np.array_equal(article_recording.series_of(word, 'whole/'), costs)


@pytest.mark.parametrize('word, said', [('Mean_9', 'none'), ('', 'none')])
def test_a_name_of_no_series_is_refused_with_those_there_are(word, said, article_recording):
    with pytest.raises(KeyError, match=rf'names {said} of the series: Mean:0 \(article.py:159\), Mean_1:0'):
        article_recording.series_of(word)


def test_a_line_of_several_series_is_refused(article_recording):
    header = {**article_recording.header, 'kinds': [{**kind, 'place': 'a.py:1'} for kind in article_recording.kinds]}
    with pytest.raises(KeyError, match='names several of the series'):
        Recording(header, article_recording.arrays).series_of('a.py:1')


def test_another_script_has_no_costs_and_no_pictures():
    recorded = recordings.load(ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz')
    assert not articlerun.is_article(recorded)
    assert articlerun.costs(recorded) is None and articlerun.pictures(recorded) is None


@pytest.mark.parametrize('arrays', [
    {'notes__data__x': None}, {'notes__data__x': np.zeros((3, 1))},
    {'notes__layer_inputs__counts': np.zeros((5, 2, 8))},
    {'notes__layer_inputs__counts': np.zeros((5, 3, 8, 15))}, {'notes__layer_inputs__finite': np.zeros((5, 2, 7))},
    {'notes__layer_inputs__steps': np.zeros(4)}])
def test_notes_that_are_not_whole_make_no_pictures(arrays, article_recording):
    assert articlerun.pictures(article_recording) is not None
    assert articlerun.pictures(changed(article_recording, **arrays)) is None


@pytest.mark.parametrize('arrays', [{'small__4__0': None}, {'notes__records__steps': np.zeros(3, 'i4')}])
def test_costs_that_are_not_whole_are_none(arrays, article_recording):
    assert articlerun.costs(changed(article_recording, **arrays)) is None


@pytest.mark.parametrize('words, expected', [
    ([], Settings(1, 250, '1.15')), (['--seed', '2', '--steps', '7'], Settings(2, 7, '1.15')),
    (['--op-seeds', 'native'], Settings(1, 250, 'native'))])
def test_settings_are_the_articles_where_nothing_else_was_asked(words, expected):
    assert articlerun.settings({'script': {'arguments': words}}) == expected


@pytest.mark.parametrize('words', [['--steps', '0'], ['--steps', '251'], ['--seed', '-1'], ['--steps', 'many']])
def test_settings_that_nobody_can_run_are_refused(words):
    with pytest.raises(ValueError):
        articlerun.settings({'script': {'arguments': words}})
