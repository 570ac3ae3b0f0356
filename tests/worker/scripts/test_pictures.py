"""Pictures as scipy.misc read and wrote them."""
import numpy as np
import pytest

from legacy.worker.scripts import scipy_pictures as pictures

RAMP = np.arange(16.0).reshape(4, 4)


def test_floats_are_stretched_to_the_range_of_bytes():
    assert pictures.bytescale(RAMP).min() == 0 and pictures.bytescale(RAMP).max() == 255


def test_bytes_stay_as_they_are():
    assert (pictures.bytescale(np.array([3, 9], np.uint8)) == [3, 9]).all()


@pytest.mark.parametrize('size, shape', [(50, (2, 2)), (0.5, (2, 2)), ((3, 5), (3, 5))])
def test_a_size_is_per_cent_a_fraction_or_rows_and_columns(size, shape):
    assert pictures.imresize(RAMP, size).shape == shape


def test_what_is_written_is_read_again(tmp_path):
    picture = np.random.RandomState(1).randint(0, 256, (5, 4, 3)).astype(np.uint8)
    pictures.imsave(str(tmp_path / 'a.png'), picture)
    assert (pictures.imread(str(tmp_path / 'a.png')) == picture).all()
