"""Names of numpy that scripts of TensorFlow 1's time use and later releases removed. Runs on Python 3.6."""
import functools
import re
import sys
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

# Removed in 1.24 (the first six), in 2.0, and others between: {name: what it was another name of}
ALIASES: Dict[str, Any] = {
    'object': object, 'str': str, 'int': int, 'float': float, 'complex': complex, 'bool': bool, 'long': int,
    'unicode': str, 'float_': np.float64, 'complex_': np.complex128, 'cfloat': np.complex128, 'unicode_': np.str_,
    'string_': np.bytes_, 'singlecomplex': np.complex64, 'longfloat': np.longdouble, 'longcomplex': np.clongdouble,
    'clongfloat': np.clongdouble, 'bool8': np.bool_, 'int0': np.intp, 'uint0': np.uintp, 'object0': np.object_,
    'str0': np.str_, 'bytes0': np.bytes_, 'void0': np.void,
    'Inf': np.inf, 'Infinity': np.inf, 'infty': np.inf, 'PINF': np.inf, 'NINF': -np.inf, 'NaN': np.nan,
    'NAN': np.nan, 'PZERO': 0.0, 'NZERO': -0.0,
    'product': np.prod, 'cumproduct': np.cumprod, 'sometrue': np.any, 'alltrue': np.all, 'round_': np.round,
    'row_stack': np.vstack, 'mat': np.asmatrix, 'in1d': lambda *args, **kwargs: np.isin(np.ravel(args[0]), *args[1:],
                                                                                        **kwargs),
    'trapz': getattr(np, 'trapezoid', None), 'rank': np.ndim, 'alen': lambda a: len(np.array(a, ndmin=1)),
    'asscalar': lambda a: a.item(), 'asfarray': lambda a, dtype=np.float64: np.asarray(
        a, dtype if np.issubdtype(dtype, np.inexact) else np.float64),
    'msort': lambda a: np.sort(a, axis=0), 'issubclass_': lambda a, b: isinstance(a, type) and issubclass(a, b),
}
# What an exception says where numpy 2 computes otherwise than numpy 1 did
OTHERWISE = (r'out of bounds for u?int\d+', r'Unable to avoid copy', r'inhomogeneous shape',
             r'overflow encountered in scalar')


def give_back() -> None:
    """Give numpy the names again that this release does not have, and scripts what `_as_numpy_1` makes."""
    for name, value in ALIASES.items():
        if name not in vars(np) and value is not None:
            setattr(np, name, value)
    # a numpy that still does both needs nothing in its place, which would take part of each small run's time
    for name in ('array', 'asarray') if _release() >= (1, 24) else ():
        setattr(np, name, _as_numpy_1(getattr(np, name)))


def _as_numpy_1(native: Callable[..., Any]) -> Callable[..., Any]:
    """The function of numpy, which makes an array of objects of lists that are not equally long, as it did before 1.24,
    and copies where it must although copy=False is asked for, as before 2.0; for files that are not installed packages,
    since these know the numpy that they ask."""
    @functools.wraps(native)
    def made(*args: Any, **kwargs: Any) -> Any:
        try:
            return native(*args, **kwargs)
        except ValueError as error:
            if 'site-packages' in sys._getframe(1).f_code.co_filename:
                raise
            if 'inhomogeneous shape' in str(error) and len(args) == 1 and kwargs.get('dtype') is None:
                return native(*args, **dict(kwargs, dtype=object))
            if 'Unable to avoid copy' in str(error) and kwargs.get('copy') is False:
                return native(*args, **dict(kwargs, copy=None))
            raise
    return made


def _release() -> Tuple[int, ...]:
    return tuple(int(part) for part in np.__version__.split('.')[:2])


def remark(text: str) -> Optional[str]:
    """A sentence for a failure with this text if numpy may be the reason, else None."""
    if _release() < (2,) or not any(re.search(pattern, text) for pattern in OTHERWISE):
        return None
    return ('numpy %s computes with small integers, copies and ragged lists otherwise than the numpy 1 of this script: '
            'try an environment with numpy==1.26.4, the last that TensorFlow still takes' % np.__version__)
