"""Numbers that are told, compared and stored: JSON without infinities, bits, units in the last place. Python 3.6."""
from typing import TYPE_CHECKING, Any, Dict, Tuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    Array = npt.NDArray[Any]
else:  # numpy.typing came with numpy 1.20
    Array = np.ndarray

Json = Any  # what json reads; whoever reads it from outside checks it
JsonObject = Dict[str, Json]
Shape = Tuple[int, ...]


def finite(value: Json) -> Json:
    """JSON has no infinity and no NaN: the strings 'inf', '-inf', 'nan' instead, all the way down."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def same_bits(a: Array, b: Array) -> Array:
    """Element by element: the same bits, or both NaN. Minus zero is not zero."""
    unsigned = 'u%d' % a.dtype.itemsize
    same = (a.view(unsigned) == b.view(unsigned)) | (np.isnan(a) & np.isnan(b))  # type: Array
    return same


def ulps(a: Any, b: Any) -> Array:
    """Element by element: how many floats lie between; 0 for two NaNs and for zeros of either sign. int64, or float64
    for float64 arrays."""
    def ordinal(values: Array) -> Array:
        bits_ = values.view('i%d' % values.dtype.itemsize).astype('i8')
        return np.where(bits_ < 0, -(bits_ & np.iinfo('i%d' % values.dtype.itemsize).max), bits_)
    a, b = np.asarray(a), np.asarray(b)
    between = np.abs(ordinal(a).astype('f8') - ordinal(b)) if a.dtype.itemsize == 8 else np.abs(ordinal(a) - ordinal(b))
    return np.where(np.isnan(a) & np.isnan(b), 0, between)


def difference(a: Any, b: Any) -> Array:
    """b - a in float64; 0 where one of them is not finite."""
    a, b = np.asarray(a, 'f8'), np.asarray(b, 'f8')
    both = np.isfinite(a) & np.isfinite(b)
    between = np.where(both, b, 0) - np.where(both, a, 0)  # type: Array
    return between
