"""The band of a fetched series: three states of a number, counts, noise that stops; and large arrays."""
import numpy as np
import pytest

from legacy.formats import contents
from legacy.formats.recordings import Recording
from legacy.judge import seriesbands, tensormeasures, units
from legacy.judge.baseline import Baseline
from legacy.judge.floors import Units
from legacy.judge.pairing import Pairing


def one_series(values, noisy=(), raised=None):
    """A Recording with one fetch, by hand."""
    values = np.array(values, 'f4')
    kind = {'graph': 0, 'fetches': ['loss:0'], 'place': 'a.py:1', 'names': {}, 'matched': 0, 'trains': False}
    header = {'kinds': [kind], 'steps': [], 'graphs': 0, 'varying': [], 'initial': [], 'noisy': len(noisy)}
    arrays = {name: np.zeros(len(values), 'i4') for name in ('runs', 'threads')}
    arrays['raised'] = np.array(raised if raised is not None else [0] * len(values), 'u1')
    arrays.update({f'noisy/{k}/small/0/0': np.array(run, 'f4') for k, run in enumerate(noisy)})
    return Recording(header, {**arrays, 'small/0/0': values})


def judged(values, noisy, here, raised=None):
    pairing = Pairing(Baseline(one_series(values, noisy, raised)), one_series(here))
    return seriesbands.banded(pairing)[0, 0]


def fails(found):
    return seriesbands.left_at(found.share) is not None


NOISY = [[1.0001, 2.001, 3.01], [0.9999, 1.999, 2.99]]


def test_a_value_inside_its_band_passes_and_one_outside_fails():
    assert not fails(judged([1, 2, 3], NOISY, [1.0002, 2.002, 3.02]))
    assert seriesbands.left_at(judged([1, 2, 3], NOISY, [1, 2, 4]).share) == 2


def test_a_run_with_noise_that_becomes_nan_opens_no_band():
    noisy = [[1.0001, np.nan, np.nan], *NOISY]
    assert fails(judged([1, 2, 3], noisy, [1, 2000, 3000]))


def test_nan_is_not_infinity():
    found = judged([1, np.inf], [[1.1, np.inf], [1.2, np.inf]], [1, np.nan])
    assert seriesbands.left_at(found.share) == 1


@pytest.mark.parametrize('value', [np.inf, -np.inf, np.nan])
def test_the_same_state_there_and_here_passes(value):
    assert not fails(judged([1, value], [[1.1, value], [1.2, value]], [1, value]))


def test_a_state_that_the_runs_with_noise_do_not_share_is_not_known():
    found = judged([1, 2], [[1.1, np.nan], [1.2, 2.1]], [1, np.nan])
    assert not fails(found) and found.compared == 1 and found.lacks[0].reason == 'no band'


def test_fewer_than_two_runs_make_no_band_unless_the_bits_are_the_same():
    found = judged([1, 2], [[1.1, 2.1]], [1, 2.05])
    assert (found.compared, found.expected) == (1, 2) and found.lacks[0].reason == 'no band'


def test_an_accuracy_may_be_off_by_the_range_of_the_noisy_runs_and_one_count():
    values, noisy = [0.5, 0.75, 0.9], [[0.5, 0.75, 0.9], [0.5, 0.75, 0.95]]
    assert not fails(judged(values, noisy, [0.5, 0.75, 1.0]))
    assert fails(judged(values, noisy, [0.5, 0.75, 0.1]))


def test_a_series_that_ends_early_is_missing():
    assert judged([1, 2, 3], NOISY, [1, 2]).share is None


def test_a_run_with_noise_that_ends_early_takes_nothing_from_the_others():
    noisy = [[1.0001], *NOISY]
    assert fails(judged([1, 2, 3], noisy, [1, 2, 4]))


def test_a_time_at_which_the_run_raised_is_not_expected():
    found = judged([1, np.nan, 3], NOISY, [1, 5, 3], raised=[False, True, False])
    assert (found.compared, found.expected) == (2, 2)


# ---- arrays of which a sample is kept

def recorded(array, places=None):
    """(Recording, noted array) of one large array."""
    arrays, wholes = {}, {}
    noted = contents.Contents(arrays, wholes).note(contents.reduced(array, places))
    return Recording({'wholes': wholes}, arrays), noted


def off(ours, theirs):
    (there, noted), (here, item) = recorded(ours), recorded(theirs)
    unit = tensormeasures.rounding(there, noted)
    return tensormeasures.within(there, here, 'w', noted, item, unit)


def test_an_element_outside_of_the_sample_is_seen():
    ours = np.random.RandomState(1).standard_normal(100_000).astype('f4')
    place = next(k for k in range(len(ours)) if k not in set(contents.default_places(len(ours)).tolist()))
    theirs = ours.copy()
    theirs[place] += np.float32(1)
    found = off(ours, theirs)
    assert found[0].relative == 0 and found[1].relative > units.LIMIT


def test_rounding_of_all_elements_passes():
    ours = np.random.RandomState(1).standard_normal(100_000).astype('f4')
    drawn = np.random.RandomState(2).choice([np.inf, -np.inf], ours.shape).astype('f4')
    assert all(item.relative < units.LIMIT for item in off(ours, np.nextafter(ours, drawn)))


def test_other_elements_that_no_measure_sees_are_not_passed():
    ours = np.zeros(100_000, 'f4')
    (there, noted), (here, item) = recorded(ours), recorded(ours)
    item = item._replace(digest=item.digest + 1)
    here.header['wholes'][str(item.digest)] = here.header['wholes'][str(noted.digest)]
    assert tensormeasures.within(there, here, 'w', noted, item, Units(0.0, 0.0)) is None


def test_nan_outside_of_the_sample_is_seen():
    ours = np.random.RandomState(1).standard_normal(100_000).astype('f4')
    theirs = ours.copy()
    theirs[1] = np.nan
    assert max(item.relative for item in off(ours, theirs)) == np.inf


# ---- runs with noise made here

PARTED = [[1.0001, 2.3, 3.9], [0.9999, 1.8, 2.5], [1, 2.001, 3.0]]


def judged_with_noise_here(here, noisy_here):
    return seriesbands.banded(Pairing(Baseline(one_series([1, 2, 3], NOISY)), one_series(here, noisy_here)))[0, 0]


def test_a_run_that_parts_where_noise_parts_runs_here_passes():
    assert fails(judged([1, 2, 3], NOISY, [1, 2.4, 3.7]))
    assert not fails(judged_with_noise_here([1, 2.4, 3.7], PARTED))


def test_runs_with_noise_that_all_go_the_wrong_way_here_make_no_band():
    wrong = np.array([1, 2.4, 3.7])
    assert fails(judged_with_noise_here(wrong, [wrong * 1.0001, wrong * 0.9999, wrong * 1.0002]))


def test_a_run_by_itself_is_wrong_where_runs_with_noise_agree_here():
    assert fails(judged_with_noise_here([1, 2.4, 3.7], NOISY))


def test_one_run_with_noise_here_tells_nothing():
    assert fails(judged_with_noise_here([1, 2.4, 3.7], PARTED[:1]))


def test_runs_with_noise_here_that_part_later_make_no_band_before():
    assert seriesbands.left_at(judged_with_noise_here([1, 2.4, 3.7], [[1, 2.001, 5], [1, 1.999, 1]]).share) == 1
