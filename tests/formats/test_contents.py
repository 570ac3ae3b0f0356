"""Arrays as recordings hold them: samples, measures of all elements, text."""
import numpy as np
import pytest

from legacy.formats import contents, dtypes, wholes
from legacy.formats.stored import RecordingError

LARGE = 5 * contents.SAMPLE + 7


def large(seed=0):
    return np.random.RandomState(seed).standard_normal(LARGE).astype('f4')


@pytest.mark.parametrize('place', [0, 1, 4092, 4093, LARGE // 2, LARGE - 1])
def test_every_element_moves_every_projection(place):
    one = large()
    other = one.copy()
    other[place] += np.float32(0.5)
    moved = np.subtract(contents.whole(other).projections, contents.whole(one).projections)
    assert np.allclose(np.abs(moved), 0.5, atol=1e-6)


def test_projections_of_a_difference_are_about_as_large_as_its_norm():
    difference = large(1)
    found = contents.whole(difference)
    assert found.norm == pytest.approx(np.linalg.norm(difference.astype('f8')))
    assert 0.2 < np.sqrt(np.mean(np.square(found.projections))) / found.norm < 3


def test_signs_are_as_often_plus_as_minus_and_differ_between_projections():
    signs = wholes._signs(np.arange(100_000))
    assert np.abs(signs.mean(axis=0)).max() < 0.02
    assert np.abs(signs.T @ signs / len(signs) - np.eye(wholes.PROJECTIONS)).max() < 0.02


def test_what_is_not_finite_is_counted_by_its_sort():
    values = large()
    values[[3, 50, 60]] = np.nan, np.inf, -np.inf
    values[70] = np.inf
    found = contents.whole(values)
    assert (found.nan, found.inf, found.minus_inf) == (1, 2, 1) and np.isfinite(found.norm)


def test_a_sample_is_drawn_from_what_changes_where_that_is_little():
    before, after = np.zeros((1000, 100), 'f4'), np.zeros((1000, 100), 'f4')
    after[[3, 998]] = 1
    places = contents.changed_places(before, after)
    assert set(np.flatnonzero(after)) <= set(places.tolist()) and len(places) > 1000
    assert contents.reduced(after, places).kept.sum() == 200


def test_where_all_changes_the_usual_sample_will_do():
    assert contents.changed_places(np.zeros(LARGE), np.ones(LARGE)) is None
    assert contents.changed_places(np.zeros(9), np.ones(9)) is None


def test_text_is_packed_and_comes_back():
    text = np.array([['a', b'\x00b\x00'], ['', '\u00e9']], object)
    array = contents.array_of(text)
    assert contents.label(array) == dtypes.TEXT
    again = contents.unpacked(contents.packed(array), (2, 2))
    assert again.tolist() == [[b'a', b'\x00b\x00'], [b'', '\u00e9'.encode()]]


def test_text_has_one_digest_however_numpy_holds_it():
    assert contents.digest(np.array(['ab', 'c'])) == contents.digest(np.array([b'ab', b'c'], object))
    assert contents.digest(b'ab') == contents.digest('ab') != contents.digest('abc')


@pytest.mark.parametrize('content', [b'', b'\x01\x00\x00\x00', b'\xff\xff\xff\xff', b'\x01\x00\x00\x00ab'])
def test_text_that_is_damaged_is_refused(content):
    with pytest.raises(RecordingError, match='text that is damaged'):
        contents.unpacked(np.frombuffer(content, 'u1'), (1,))


def test_other_objects_cannot_be_held_and_are_no_text():
    array = contents.array_of(np.array([{'a': 1}], object))
    assert contents.label(array) == '' and isinstance(contents.digest(array), int)


@pytest.mark.parametrize('dtype, epsilon', [('<f2', 2.0 ** -10), ('<f4', 2.0 ** -23), ('<f8', 2.0 ** -52),
                                            ('<c8', 2.0 ** -23), (dtypes.BFLOAT16, 2.0 ** -7)])
def test_each_dtype_has_its_own_last_place(dtype, epsilon):
    assert dtypes.epsilon(dtype) == epsilon and dtypes.is_float(dtype)


def test_complex_numbers_are_pairs_and_bfloat16_is_float32():
    pairs = contents.values(np.array([1 + 2j, 3 - 4j], 'c8'), '<c8')
    assert pairs.tolist() == [[1, 2], [3, -4]] and pairs.dtype == np.float32
    assert contents.values(np.array([0x3f80, 0xc000], '<u2'), dtypes.BFLOAT16).tolist() == [1.0, -2.0]


@pytest.mark.parametrize('size', [3, 5000])
def test_numbers_are_what_is_kept_with_its_measures(size):
    array = np.random.RandomState(0).rand(size).astype('f4')
    kept = contents.reduced(array)
    found, whole = contents.numbers(array)
    assert np.array_equal(found, kept.kept) and whole == kept.whole
