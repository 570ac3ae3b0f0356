"""What scipy.misc did with pictures until scipy 1.2, by Pillow, which it used as well. Runs on Python 3.6."""
import importlib
import types
from typing import Any, Optional

import numpy as np

from legacy.formats.values import Array

FILTERS = {'nearest': 0, 'lanczos': 1, 'bilinear': 2, 'bicubic': 3, 'cubic': 3}  # Pillow's numbers


def _pillow() -> types.ModuleType:
    return importlib.import_module('PIL.Image')


def bytescale(data: Any, cmin: Optional[float] = None, cmax: Optional[float] = None, high: float = 255,
              low: float = 0) -> Array:
    """uint8 of an array, its range (or cmin to cmax) stretched to low to high; uint8 stays as it is."""
    array: Array = np.asarray(data)
    if array.dtype == np.uint8:
        return array
    cmin = array.min() if cmin is None else cmin
    cmax = array.max() if cmax is None else cmax
    scale = float(high - low) / ((cmax - cmin) or 1)
    scaled: Array = ((array - cmin) * scale + low).clip(low, high).__add__(0.5).astype(np.uint8)
    return scaled


def fromimage(im: Any, flatten: bool = False, mode: Optional[str] = None) -> Array:
    """The array of a picture: uint8, or float32 of its grey values if `flatten`."""
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif im.mode == 'P':
        im = im.convert('RGBA' if 'transparency' in im.info else 'RGB')
    return np.array(im.convert('F') if flatten else im)


def imread(name: Any, flatten: bool = False, mode: Optional[str] = None) -> Array:
    """`fromimage` of a file."""
    return fromimage(_pillow().open(name), flatten, mode)


def toimage(arr: Any, high: float = 255, low: float = 0, cmin: Optional[float] = None, cmax: Optional[float] = None,
            pal: Any = None, mode: Optional[str] = None, channel_axis: Optional[int] = None) -> Any:
    """A picture of an array (rows, columns) or (rows, columns, 3 or 4)."""
    return _pillow().fromarray(bytescale(arr, cmin, cmax, high, low), mode)


def imsave(name: Any, arr: Any, format: Optional[str] = None) -> None:
    """Write an array as a picture."""
    toimage(arr).save(name, format=format)


def imresize(arr: Any, size: Any, interp: str = 'bilinear', mode: Optional[str] = None) -> Array:
    """uint8 array of another size. size: per cent, a fraction, or (rows, columns). Raises KeyError for another
    interpolation."""
    picture = toimage(arr, mode=mode)
    if isinstance(size, (int, np.integer)):
        size = size / 100.0
    if isinstance(size, (float, np.floating)):
        columns, rows = (int(side * size) for side in picture.size)
    else:
        rows, columns = size[:2]
    return fromimage(picture.resize((int(columns), int(rows)), FILTERS[interp]))
