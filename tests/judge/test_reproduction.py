"""Is a run the recorded one? What is the same is counted, and what is missing never passes."""
import numpy as np
import pytest

from legacy.formats import articlerun, wholerun
from legacy.formats.articlerun import Settings
from legacy.formats.recordings import Recording
from legacy.judge import reproduction

COST_NORM = 4  # the kind of run that fetches the cost with batch normalisation
ARTICLES = Settings(1, 250, '1.15')


def doctored(recording, change=lambda arrays: None, **header):
    """A copy of a recording, its arrays given to `change`, a function that alters the dictionary."""
    arrays = {name: np.array(recording.arrays[name]) for name in recording.arrays if not name.startswith('content/')}
    change(arrays)
    return Recording({**recording.header, **header}, arrays)


def with_another_digest(name, row, column=0):
    def change(arrays):
        arrays[name][row, column] += 1
    return change


def with_last(recording, change):
    """The recording with other last values of variables: `change` of [{'session', 'name', 'digest'}]."""
    whole = recording.header['whole']
    return doctored(recording, whole={**whole, 'last': change([dict(item) for item in whole['last']])})


def with_costs(recording, history):
    """The recording with these costs with batch normalisation."""
    def change(arrays):
        arrays[f'small/{COST_NORM}/0'] = np.asarray(history, 'f4')
    return doctored(recording, change)


def cost_norm(recording):
    return articlerun.costs(recording).cost_norm


def test_the_recorded_run_itself_is_the_recorded_one(article_recording):
    found = reproduction.whole(article_recording, article_recording)
    assert found.finding.passed and found.costs == (100, 100) and found.arrays == (949, 949)
    assert found.first is None


def test_one_bit_of_one_cost_is_seen_and_named(article_recording):
    found = reproduction.whole(article_recording, doctored(
        article_recording, with_another_digest(f'whole/kinds/{COST_NORM}/fetched', 20)))
    assert found.finding.passed is False and found.costs == (99, 100) and found.arrays == (948, 949)
    assert found.first.startswith('Mean_1:0 (article.py:160) is another at its time 20: ')


def test_one_bit_of_one_layers_input_is_seen_though_all_costs_are_the_same(article_recording):
    found = reproduction.whole(article_recording, doctored(
        article_recording, with_another_digest('whole/kinds/1/fetched', 3, 7)))
    assert found.finding.passed is False and found.costs == (100, 100) and found.arrays == (948, 949)


def test_one_bit_of_one_last_weight_is_seen_though_all_costs_are_the_same(article_recording):
    def change(last):
        last[7]['digest'] += 1
        return last
    found = reproduction.whole(article_recording, with_last(article_recording, change))
    assert found.finding.passed is False and found.costs == (100, 100) and found.arrays == (948, 949)
    assert 'the last value of ' in found.first


def test_a_missing_last_weight_is_counted_and_does_not_pass(article_recording):
    found = reproduction.whole(article_recording, with_last(article_recording, lambda last: last[1:]))
    assert found.finding.passed is False and found.arrays == (948, 949) and 'is missing' in found.first


def test_missing_records_do_not_pass(article_recording):
    def change(arrays):
        name = f'whole/kinds/{COST_NORM}/fetched'
        arrays[name] = arrays[name][:-1]
    found = reproduction.whole(article_recording, doctored(article_recording, change))
    assert found.finding.passed is False and found.costs == (99, 100) and 'is missing' in found.first


def test_a_run_in_another_order_does_not_pass(article_recording):
    def change(arrays):
        arrays['whole/runs'][[2, 3]] = arrays['whole/runs'][[3, 2]]
    found = reproduction.whole(article_recording, doctored(article_recording, change))
    assert found.finding.passed is False and 'run 2 of thread 0 is another' in found.finding.text


@pytest.mark.parametrize('steps, runs, records', [(1, 5, 1), (5, 9, 1), (6, 12, 2), (249, 355, 50)])
def test_a_shorter_run_is_compared_with_as_much_of_the_recorded_one(steps, runs, records, article_recording):
    shorter = reproduction.cut(article_recording, runs)
    assert (shorter.runs == 2).sum() == steps
    found = reproduction.whole(article_recording, shorter)
    assert found.finding.passed and found.costs == (2 * records, 2 * records)
    assert found.arrays[0] == found.arrays[1] > 2 * records
    assert reproduction.band(article_recording, shorter).finding.passed


def test_the_last_weights_of_a_shorter_run_are_not_those_of_the_recorded_one(article_recording):
    shorter = reproduction.cut(article_recording, 12)
    last = [{'session': 0, 'name': 'Variable', 'digest': 1}]
    shorter.header['whole'] = {**shorter.header['whole'], 'last': last}
    assert reproduction.whole(article_recording, shorter).finding.passed


def test_a_shorter_run_with_another_bit_is_seen(article_recording):
    shorter = doctored(reproduction.cut(article_recording, 60),
                       with_another_digest(f'whole/kinds/{COST_NORM}/fetched', 3))
    assert reproduction.whole(article_recording, shorter).finding.passed is False


def test_the_runs_with_noise_are_cut_with_the_run(article_recording):
    shorter = reproduction.cut(article_recording, 61)
    records = len(cost_norm(shorter))
    assert 0 < records < 50
    assert [len(run[COST_NORM, 0]) for run in shorter.noisy()] == [records] * article_recording.header['noisy']


@pytest.mark.parametrize('fault', [None, 'no memory'])
def test_a_run_without_a_whole_one_is_not_compared(fault, article_recording):
    header = {key: value for key, value in article_recording.header.items() if key != 'whole'}
    other = Recording({**header, **({'whole': wholerun.faulty(fault)} if fault else {})},
                      article_recording.arrays)
    with pytest.raises(ValueError, match='no whole run'):
        reproduction.whole(article_recording, other)


def test_a_run_with_noise_is_inside_the_band_and_another_experiment_is_not(article_recording):
    noisy = article_recording.noisy()[3][COST_NORM, 0]
    inside = reproduction.band(article_recording, with_costs(article_recording, noisy))
    assert inside.finding.passed and 0 < inside.apart < 50
    other = reproduction.band(article_recording, with_costs(
        article_recording, cost_norm(article_recording) * np.float32(1.02)))
    assert other.finding.passed is False and other.apart == 0


def test_a_run_without_costs_has_no_band(article_recording):
    def change(arrays):
        del arrays[f'small/{COST_NORM}/0']
    with pytest.raises(ValueError, match='no costs'):
        reproduction.band(article_recording, doctored(article_recording, change))


def test_the_recorded_run_never_parts_from_itself(article_recording):
    assert reproduction.band(article_recording, article_recording).apart is None


@pytest.mark.parametrize('settings, arithmetic, words', [
    (ARTICLES._replace(seed=2), 'float32', 'seed 2'),
    (ARTICLES._replace(op_seeds='native'), 'portable', 'op seeds native'), (ARTICLES, 'float64', 'in float64')])
def test_what_was_not_recorded_is_told(settings, arithmetic, words):
    assert words in reproduction.not_recorded(settings, arithmetic)


@pytest.mark.parametrize('arithmetic', ['float32', 'portable'])
def test_the_articles_settings_are_recorded(arithmetic):
    assert reproduction.not_recorded(ARTICLES._replace(steps=7), arithmetic) is None


@pytest.mark.parametrize('whole, band, missing, answer', [
    (True, True, None, True), (True, False, None, False), (False, True, None, False), (None, True, 'why', None),
    (None, False, 'why', False), (True, None, None, True), (None, None, 'why', None), (None, None, None, None)])
def test_nothing_but_all_compared_and_the_same_is_a_yes(whole, band, missing, answer, article_recording):
    shorter = reproduction.cut(article_recording, 12)
    passed, inside = (ask(shorter, shorter) for ask in (reproduction.whole, reproduction.band))

    def judged(part, wanted):
        return None if wanted is None else part._replace(finding=type(part.finding)('', wanted, ''))
    found = reproduction.Reproduction({}, {}, 250, 250, judged(passed, whole), judged(inside, band), missing)
    assert found.answer is answer
