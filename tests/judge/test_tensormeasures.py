"""Large arrays of which a sample and projections are kept, against others. No TensorFlow."""
import numpy as np

from legacy.formats import contents
from legacy.formats.arraynotes import ArrayNote
from legacy.judge.floors import Units
from legacy.judge.tensormeasures import within

SIZE = 4 * contents.SAMPLE


class Side:
    """Has one array, as a recording does: its sample and its measures."""

    def __init__(self, array):
        self.array = array

    def comparable(self, noted):
        return self.array[:contents.SAMPLE]

    def whole(self, noted):
        return contents.whole(self.array)


def compared(dtype, other, units_of=(1e-9, 1e-9)):
    """What `within` finds of an array of one large number and ones, and of what `other` makes of it in place."""
    ours = np.ones(SIZE, dtype)
    ours[contents.SAMPLE] = 1e20 if dtype == 'f4' else 1e6
    theirs = ours.copy()
    other(theirs)
    noted, item = (ArrayNote('', array.dtype.str, (SIZE,), contents.digest(array)) for array in (ours, theirs))
    return within(Side(ours), Side(theirs), 'w', noted, item, Units(*units_of), 1.0)


def last_bit(array):
    array[-1] = np.nextafter(array[-1], array.dtype.type(2))


def test_float64_of_which_only_a_last_bit_differs_is_within_what_rounding_allows():
    found = compared('f8', last_bit)
    assert found is not None and 0 < max(off.relative for off in found) <= 1


def test_float64_that_differs_by_more_than_rounding_is_seen():
    def more(array):
        array[-1] += 1e-3
    assert max(off.relative for off in compared('f8', more)) > 1


def test_float64_that_may_not_differ_is_not_decided_by_measures():
    assert compared('f8', last_bit, (0.0, 0.0)) is None


def test_float64_with_an_allowance_below_the_rounding_of_measures_does_not_pass():
    assert max(off.relative for off in compared('f8', last_bit, (1e-300, 1e-300))) > 1


def test_float32_that_no_measure_sees_stays_undecided():
    def little(array):
        array[-1] += np.float32(1e-6)
    assert compared('f4', little) is None
