"""Arrays of floats as differences of their bits, which take less room in a file. Runs on Python 3.6."""
import numpy as np

from legacy.formats.values import Array, Shape


def packed(array: Array) -> Array:
    """Float array (rows, ...) -> uint8 array (itemsize, size): each row's bits minus the row before's, sign folded
    into the lowest bit so that small steps either way have leading zeros, and bytes of equal weight side by side."""
    bits = np.ascontiguousarray(array).view('<u%d' % array.dtype.itemsize).reshape(len(array), -1)
    steps = bits.copy()
    steps[1:] -= bits[:-1]
    sign = steps >> np.array(8 * array.dtype.itemsize - 1, steps.dtype)
    folded = (steps << np.array(1, steps.dtype)) ^ (np.array(0, steps.dtype) - sign)
    return np.ascontiguousarray(folded.reshape(-1, 1).view('u1').T)


def unpacked(planes: Array, dtype: str, shape: Shape) -> Array:
    """The inverse of `packed`, exactly."""
    unsigned = '<u%d' % np.dtype(dtype).itemsize
    folded = np.ascontiguousarray(planes.T).view(unsigned).reshape(shape[0], -1)
    one = np.array(1, folded.dtype)
    steps = (folded >> one) ^ (np.array(0, folded.dtype) - (folded & one))
    return np.cumsum(steps, axis=0, dtype=unsigned).view(dtype).reshape(shape)
