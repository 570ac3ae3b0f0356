"""Arrays as a recording of a script holds them: whole, or a sample, a digest and measures of all. Runs on Python 3.6.

What a header says of one is an `arraynotes.ArrayNote`. Text is held as bytes (see `packed`), bfloat16 as uint16.
"""
import functools
import hashlib
import typing
from typing import Any, Dict, MutableMapping, Optional, Sequence, Tuple, Union

import numpy as np

from legacy.formats import stored
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.dtypes import BFLOAT16, NUMBERS, TEXT, is_float
from legacy.formats.values import Array, JsonObject, Shape
from legacy.formats.wholes import Whole as Whole  # for whoever reads recordings
from legacy.formats.wholes import whole

SAMPLE = 4096  # elements
COPIED = 1 << 14  # bytes of an array that is copied to be digested, which takes less time than to look at it otherwise
MEASURES = 3  # of what is fed: a norm and projections

# An array whose content is not kept. kept: its sample. whole: its Whole, or None where the sample is all of it.
Sampled = typing.NamedTuple('Sampled', [('dtype', str), ('shape', Shape), ('digest', int), ('kept', Array),
                                        ('whole', typing.Optional[Whole])])


def array_of(value: Any) -> Array:
    """The numpy array of what is fed or fetched: text as an object array of bytes, which may end in zeros."""
    if type(value) is np.ndarray and value.dtype.kind in NUMBERS:  # asked first, of every array of every run
        number: Array = value
        return number
    array = np.array(value, object) if isinstance(value, (bytes, str)) else np.asarray(value)
    if array.dtype.kind not in 'SUO' or not is_text(array):
        return array
    found = np.empty(array.shape, object)
    found.reshape(-1)[:] = [item.encode('utf-8') if isinstance(item, str) else item
                            for item in array.reshape(-1).tolist()]
    return found


def is_text(array: Array) -> bool:
    """Whether every element is text."""
    return array.dtype.kind in 'SU' or array.dtype.kind == 'O' and all(
        isinstance(item, (bytes, str)) for item in array.reshape(-1).tolist())


def label(array: Array) -> str:
    """The dtype as it is noted, or '' if a recording cannot hold it."""
    if array.dtype.kind in NUMBERS:
        return array.dtype.str
    if array.dtype.name == BFLOAT16:
        return BFLOAT16
    return TEXT if array.dtype.kind in 'SUO' and is_text(array) else ''


def as_held(array: Array) -> Array:
    """The array in a dtype that a file can have."""
    if array.dtype.kind in NUMBERS:  # asked first: numpy takes longer to name a dtype than to add a small array
        return array
    if array.dtype.kind in 'SUO':
        return packed(array_of(array))
    return array.view('<u2') if array.dtype.name == BFLOAT16 else array


def values(content: Array, dtype: str) -> Array:
    """The numbers of a content that is noted with this dtype: bfloat16 as float32, complex numbers as pairs."""
    if dtype == BFLOAT16:
        return (content.astype('<u4') << 16).astype('<u4').view('<f4')
    if content.dtype.kind == 'c':
        return np.ascontiguousarray(content).reshape(content.shape + (1,)).view(content.real.dtype)
    return content


def packed(array: Array) -> Array:
    """uint8 (size,): the lengths of an object array of bytes, as int32, and then the bytes of all."""
    items = array.reshape(-1).tolist()
    return np.frombuffer(np.array([len(item) for item in items], '<i4').tobytes() + b''.join(items), np.uint8)


def unpacked(content: Array, shape: Sequence[int]) -> Array:
    """The object array of bytes of this shape. Raises RecordingError where the content is no such array's."""
    count = int(np.prod(shape, dtype='i8'))
    lengths = content[:4 * count]
    lengths = np.frombuffer(lengths.tobytes(), '<i4') if lengths.size == 4 * count else np.array([-1])
    ends = 4 * count + np.cumsum(lengths, dtype='i8')
    if (lengths < 0).any() or (ends[-1] if count else 0) != content.size:
        raise stored.RecordingError('text that is damaged')
    found = np.empty(tuple(shape), object)
    found.reshape(-1)[:] = [content[end - length:end].tobytes() for end, length in zip(ends, lengths)]
    return found


class Unpacked(stored.Stored):
    """An array of text that is held elsewhere as bytes."""

    def __init__(self, content: stored.Held, shape: Sequence[int]) -> None:
        super(Unpacked, self).__init__(object, shape)
        self._content = content

    def read(self) -> Array:
        return unpacked(stored.read(self._content), self.shape)


def digest(value: Any) -> int:
    """A number of 63 bits that stands for an array's bits, dtype and shape; every NaN counts as the same. Of what a
    recording cannot hold it stands for the shape alone."""
    array = array_of(value)
    dtype = label(array)
    return digest_of(as_held(array) if dtype else np.zeros(0, 'u1'), dtype or array.dtype.str, array.shape)


def digest_of(held: Array, dtype: str, shape: Sequence[int]) -> int:
    """The same of an array as it is held, whole."""
    if dtype == BFLOAT16:
        held = np.where((held & 0x7fff) > 0x7f80, np.array(0x7fc0, '<u2'), held)
    elif held.dtype.kind in 'fc' and np.count_nonzero(np.isnan(held)):
        held = np.where(np.isnan(held), np.array(np.nan, held.dtype), held)
    found = hashlib.blake2b(held.tobytes() if held.nbytes <= COPIED else stored.content(held).data, digest_size=8)
    found.update(_form(dtype, tuple(shape)))
    return int.from_bytes(found.digest(), 'little') >> 1


@functools.lru_cache(1 << 12)
def _form(dtype: str, shape: Shape) -> bytes:
    return repr((dtype, shape)).encode('ascii')


def sampled(value: Any, places: Optional[Array] = None) -> Array:
    """All elements of a small array as it is; of a larger one those at `places`, by default SAMPLE elements, the same
    for every array of its size."""
    array: Array = value if type(value) is np.ndarray else np.asarray(value)
    if array.size <= SAMPLE:
        return array
    sample: Array = array.reshape(-1)[default_places(array.size) if places is None else places]
    return sample


@functools.lru_cache(64)
def default_places(size: int) -> Array:
    """int64 (SAMPLE,), read-only: where a large array of this size is looked at."""
    places: Array = np.sort(np.arange(SAMPLE, dtype='i8') * 2654435761 % size)
    places.flags.writeable = False
    return places


def changed_places(before: Any, after: Any) -> Optional[Array]:
    """int64 (at most SAMPLE,): where to look at a large array of which few elements change: three quarters of the
    places are such elements, evenly drawn; None where the default will do."""
    before, after = np.asarray(before), np.asarray(after)
    if after.size <= SAMPLE or before.shape != after.shape or not label(after) or after.dtype.kind == 'O':
        return None
    changed = np.flatnonzero(as_held(before).reshape(-1) != as_held(after).reshape(-1))
    if not changed.size or 2 * changed.size >= after.size:
        return None
    most = SAMPLE * 3 // 4
    drawn = changed[np.linspace(0, changed.size - 1, min(most, changed.size)).astype('i8')]
    places: Array = np.unique(np.concatenate([drawn, default_places(after.size)[::4]])).astype('<i8')
    return places


def reduced(value: Any, places: Optional[Array] = None) -> Sampled:
    """The Sampled of an array. places: see `sampled`."""
    array = array_of(value)
    dtype = label(array)
    if not dtype:
        raise TypeError('an array of %s, which a recording cannot hold' % array.dtype)
    held = as_held(array)
    found = digest_of(held, dtype, array.shape)
    if dtype == TEXT:
        return Sampled(dtype, array.shape, found, held, None)
    return Sampled(dtype, array.shape, found, sampled(held, places), _whole_if_large(held, dtype))


def numbers(array: Any, places: Optional[Array] = None, with_whole: bool = True) -> Tuple[Array, Optional[Whole]]:
    """(the numbers that `reduced` keeps of a float array, its Whole or None), without a digest of it. with_whole:
    whether the second is asked for, which is most of the work."""
    held, dtype = as_held(array), label(array)
    return values(sampled(held, places), dtype), _whole_if_large(held, dtype) if with_whole else None


def _whole_if_large(held: Array, dtype: str) -> Optional[Whole]:
    return whole(values(held, dtype)) if held.size > SAMPLE and is_float(dtype) else None


def measures(value: Any) -> Array:
    """float64 (MEASURES,): the norm and two projections of an array of real floats, by which it can be told how far
    another is when neither is kept; NaN for any other array."""
    array = array_of(value)
    dtype = label(array)
    if not dtype or not is_float(dtype) or array.dtype.kind == 'c':
        return np.full(MEASURES, np.nan)
    found = whole(values(as_held(array), dtype))
    return np.array([found.norm] + found.projections[:MEASURES - 1])


class Contents(object):
    """Arrays that a header refers to, each once. arrays: gets them, {name: array or stored.Stored}. wholes: gets the
    measures of those of which a sample is kept, {digest: Whole as a dictionary}."""

    def __init__(self, arrays: MutableMapping[str, stored.Held], wholes: JsonObject) -> None:
        self._arrays, self._wholes = arrays, wholes
        self._names: Dict[Tuple[str, Shape, bytes], str] = {}

    def note(self, array: Union[stored.Held, Sampled], keep_all: bool = False) -> ArrayNote:
        """The ArrayNote of an array, a Stored or a Sampled. keep_all: keep all of it, however large."""
        if isinstance(array, Sampled):
            return self._noted(array, self._name(array.kept, array.kept))
        read = array_of(stored.read(array))
        held = as_held(read)
        is_stored = isinstance(array, stored.Stored) and read.dtype.kind != 'O'
        name = self._name(held, array if is_stored else held) if keep_all else None
        found = reduced(read)
        return self._noted(found, name or self._name(found.kept, found.kept))

    def _noted(self, found: Sampled, name: str) -> ArrayNote:
        if found.whole is not None:
            self._wholes[str(found.digest)] = dict(found.whole._asdict())
        return ArrayNote(name, found.dtype, found.shape, found.digest)

    def _name(self, values: Array, kept: stored.Held) -> str:
        """Of the array with these values in the recording."""
        values = np.asarray(values, order='C')
        key = (values.dtype.str, values.shape, hashlib.sha256(stored.content(values).data).digest())
        if key not in self._names:
            self._names[key] = 'content/%d' % len(self._names)
            self._arrays[self._names[key]] = kept
        return self._names[key]
