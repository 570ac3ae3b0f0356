"""Is a run the recorded one? What is the same is counted, and what is missing never passes."""
import numpy as np
import pytest

from legacy.formats import floors
from legacy.formats.recording import Recording
from legacy.judge import reproduction


def doctored(recording, change, settings=None):
    """A copy of a recording, its arrays given to `change`, a function that alters the dictionary."""
    arrays = {name: np.array(array) for name, array in recording.arrays.items()}
    change(arrays)
    return Recording(dict(recording.header, settings={**recording.settings, **(settings or {})}), arrays)


def with_another_bit(name, row):
    """A function that alters the last bit of a float32 array in one row."""
    def change(arrays):
        arrays[name][row] = np.nextafter(arrays[name][row], np.float32(np.inf))
    return change


def test_the_recorded_run_itself_is_the_recorded_one(baseline):
    found = reproduction.whole(baseline['portable'], baseline['portable'])
    assert found.finding.passed and found.costs == (100, 100) and found.arrays == (201, 201)


def test_one_bit_of_one_cost_is_seen_and_named(baseline):
    found = reproduction.whole(baseline['portable'], doctored(baseline['portable'],
                                                              with_another_bit('series/cost_norm', 20)))
    assert found.finding.passed is False and found.costs == (99, 100) and found.arrays == (200, 201)
    assert 'after step 100' in found.finding.text and 'series/cost_norm' in found.finding.text


def test_one_bit_of_one_weight_is_seen_though_all_costs_are_the_same(baseline):
    found = reproduction.whole(baseline['portable'], doctored(
        baseline['portable'], with_another_bit('checkpoints/Variable_30', 7)))
    assert found.finding.passed is False and found.costs == (100, 100) and found.arrays == (200, 201)


@pytest.mark.parametrize('missing', ['gradients/Variable', 'checkpoints/Variable_30', 'before/cost_norm'])
def test_a_missing_array_is_counted_and_does_not_pass(missing, baseline):
    found = reproduction.whole(baseline['portable'], doctored(baseline['portable'], lambda arrays: arrays.pop(missing)))
    assert found.finding.passed is False and found.arrays == (200, 201)
    assert f'{missing} is missing' in found.finding.text


def test_missing_records_do_not_pass(baseline):
    def shortened(arrays):
        for name in list(arrays):
            if name.startswith('series/'):
                arrays[name] = arrays[name][:-1]
    found = reproduction.whole(baseline['portable'], doctored(baseline['portable'], shortened))
    assert found.finding.passed is False and found.costs == (0, 100)


@pytest.mark.parametrize('steps, records', [(1, 1), (5, 1), (6, 2), (7, 2), (9, 2), (249, 50)])
def test_a_shorter_run_is_compared_with_as_much_of_the_recorded_one(steps, records, baseline):
    shorter = reproduction.cut(baseline['portable'], steps)
    found = reproduction.whole(baseline['portable'], shorter)
    assert found.finding.passed and found.costs == (2 * records, 2 * records) and found.arrays == (201, 201)


def test_a_last_checkpoint_that_was_not_recorded_is_left_out(baseline):
    def as_after_nine_steps(arrays):
        for name in arrays:
            if name.startswith('checkpoints/'):
                arrays[name] = np.concatenate([arrays[name], arrays[name][-1:]])
        arrays['checkpoints/steps'][-1] = 9
    nine = doctored(reproduction.cut(baseline['portable'], 9), as_after_nine_steps)
    assert reproduction.whole(baseline['portable'], nine).finding.passed


def test_a_shorter_run_with_another_bit_is_seen(baseline):
    shorter = doctored(reproduction.cut(baseline['portable'], 40), with_another_bit('series/cost_norm', 3))
    assert reproduction.whole(baseline['portable'], shorter).finding.passed is False


def test_the_noise_floor_is_cut_with_the_run(baseline):
    shorter = reproduction.cut(baseline['float32'], 40)
    assert shorter.arrays[floors.FREE].shape == (20, 8)
    assert len(shorter.arrays['floor/after/Variable']) == len(shorter.arrays['checkpoints/steps']) - 1


def test_a_float64_run_is_compared_by_its_limit(baseline):
    def moved(by):
        return doctored(baseline['float64'], lambda arrays: arrays['series/cost_norm'].__imul__(1 + by))
    assert reproduction.whole(baseline['float64'], moved(1e-10)).finding.passed
    assert reproduction.whole(baseline['float64'], moved(1e-7)).finding.passed is False


def test_a_run_with_noise_is_inside_the_band_and_another_experiment_is_not(baseline):
    reference = baseline['float32']

    def run(history):
        return doctored(reference, lambda arrays: arrays.update({'series/cost_norm': history}))
    noisy = reproduction.band(reference, run(reference.arrays[floors.FREE][3]))
    assert noisy.finding.passed and 0 < noisy.apart < 50
    other = reproduction.band(reference, run(reference.arrays['series/cost_norm'] * np.float32(1.02)))
    assert other.finding.passed is False and other.apart == 0


def test_the_recorded_run_never_parts_from_itself(baseline):
    assert reproduction.band(baseline['float32'], baseline['float32']).apart is None


@pytest.mark.parametrize('settings, words', [
    ({'seed': 2, 'op_seeds': '1.15'}, 'seed 2'), ({'seed': 1, 'op_seeds': 'native'}, 'op seeds native')])
def test_what_was_not_recorded_is_told(settings, words):
    assert words in reproduction.not_recorded(settings)


def test_the_articles_settings_are_recorded():
    assert reproduction.not_recorded({'seed': 1, 'op_seeds': '1.15', 'steps': 7}) is None


@pytest.mark.parametrize('whole, band, missing, answer', [
    (True, True, None, True), (True, False, None, False), (False, True, None, False), (None, True, 'why', None),
    (None, False, 'why', False), (True, None, None, True), (None, None, 'why', None), (None, None, None, None)])
def test_nothing_but_all_compared_and_the_same_is_a_yes(whole, band, missing, answer, baseline):
    passed = reproduction.whole(baseline['portable'], baseline['portable'])
    inside = reproduction.band(baseline['float32'], baseline['float32'])

    def judged(part, wanted):
        return None if wanted is None else part._replace(finding=type(part.finding)('', wanted, ''))
    found = reproduction.Reproduction({}, {}, 250, 250, judged(passed, whole), judged(inside, band), missing)
    assert found.answer is answer
