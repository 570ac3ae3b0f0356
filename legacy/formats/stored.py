"""Arrays that are not in memory until somebody asks for them: in a recording's file, or in a scratch file.

Runs on Python 3.6.
"""
import functools
import os
import tempfile
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

import numpy as np

from legacy.formats.errors import LegacyError
from legacy.formats.values import Array, Shape

CHUNK = 1 << 18  # bytes
# Bytes of an array that stays in memory: a smaller one gains nothing in a scratch file. Of a recording's arrays those
# KEPT that were asked for last stay, which is 32 MB at most: a check asks for the same again and again. Of tiny ones,
# which take far longer to find in a file than to hold, as many more.
SMALL, KEPT = 1 << 16, 512
TINY, KEPT_TINY = 1 << 11, 1 << 14


class RecordingError(LegacyError):
    """A file that is no recording, or a damaged one. The message is one line."""


class Stored(object):
    """An array that is elsewhere. dtype: numpy.dtype. shape: tuple."""

    def __init__(self, dtype: Any, shape: Iterable[int]) -> None:
        self.dtype, self.shape = np.dtype(dtype), tuple(shape)
        self._nbytes: Optional[int] = None

    def read(self) -> Array:
        """The array, read-only."""
        raise NotImplementedError

    @property
    def nbytes(self) -> int:
        if self._nbytes is None:
            size: int = self.dtype.itemsize
            for n in self.shape:  # np.prod overflows silently
                size *= n
            self._nbytes = size
        return self._nbytes


Held = Union[Array, Stored]  # an array, or where it is


def read(array: Held) -> Array:
    """The array that an array or a Stored is."""
    return array.read() if isinstance(array, Stored) else array


class Arrays(Mapping[str, Array]):
    """{name: array}, for reading only; a Stored is read when it is asked for.

    held: {name: array or Stored}. path: of the file that they are in, for messages. tiny: {name: array}, the tiny ones
    that were read already. Asking raises RecordingError, with the path, if the file has been damaged meanwhile.
    """

    def __init__(self, held: Mapping[str, Held], path: str = '', tiny: Optional[Dict[str, Array]] = None) -> None:
        self.held, self.path, self.tiny = held, path, {} if tiny is None else tiny
        self._small = functools.lru_cache(KEPT)(functools.partial(_named, held, path))

    def __getitem__(self, name: str) -> Array:
        if name in self.tiny:
            return self.tiny[name]
        held = self.held[name]
        if not isinstance(held, Stored):
            return held
        if held.nbytes <= TINY and len(self.tiny) < KEPT_TINY:
            self.tiny[name] = _named(self.held, self.path, name)
            return self.tiny[name]
        return self._small(name) if held.nbytes <= SMALL else _named(self.held, self.path, name)

    def __contains__(self, name: object) -> bool:
        return name in self.held

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


def _named(held: Mapping[str, Held], path: str, name: str) -> Array:
    try:
        return read(held[name])
    except RecordingError as error:
        raise RecordingError('%s: %s' % (path, error) if path else str(error))


class _One(Stored):
    """An array of Arrays."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        super(_One, self).__init__(arrays.held[name].dtype, arrays.held[name].shape)
        self._arrays, self._name = arrays, name

    def read(self) -> Array:
        return self._arrays[self._name]


def joined(arrays: Mapping[str, Array], further: Mapping[str, Held]) -> Arrays:
    """Arrays of these, which are not read for it, and of {name: array}."""
    return Arrays(dict(held(arrays), **further))


def held(arrays: Mapping[str, Held]) -> Mapping[str, Held]:
    """{name: array or Stored} of a {name: array}: each has a dtype and a shape, and is not read for them."""
    return {name: _One(arrays, name) for name in arrays} if isinstance(arrays, Arrays) else arrays


def held_one(arrays: Mapping[str, Held], name: str) -> Held:
    """`held(arrays)[name]`, at no cost for the others, of which there may be thousands."""
    return _One(arrays, name) if isinstance(arrays, Arrays) else arrays[name]


class Scratch(object):
    """Arrays in a file that has no name and is gone when this process is, however it ends; it is in the folder of
    temporary files (TMPDIR) and made with the first array that is not small."""

    def __init__(self) -> None:
        self._descriptor: Optional[int] = None
        self._process: Optional[int] = None
        self._end = 0
        self._free: Dict[int, List[int]] = {}

    def keep(self, array: Array) -> Held:
        """A Stored with the bits of an array, or the array itself: if it is small, of Python objects, or if there is
        no room in the file."""
        if array.nbytes <= SMALL or array.dtype.hasobject:
            return array
        try:
            return self._keep(content(array), array.dtype, array.shape)
        except OSError:  # a full disk: memory may still do, and a script shall not end for our sake
            return array

    def _keep(self, written: Array, dtype: Any, shape: Shape) -> Stored:
        descriptor = self._descriptor
        # a child of the script has its parent's descriptors, and must not write there
        if descriptor is None or self._process != os.getpid():
            with tempfile.TemporaryFile() as file:
                descriptor = self._descriptor = os.dup(file.fileno())
                self._process = os.getpid()
            self._end, self._free = 0, {}
        places = self._free.get(written.nbytes)
        start = places.pop() if places else self._end
        self._end = max(self._end, start + written.nbytes)
        done = 0
        while done < written.nbytes:
            done += os.pwrite(descriptor, written[done:done + CHUNK].data, start + done)
        return _Place(dtype, shape, descriptor, start)

    def let_go(self, kept: Held) -> None:
        """The room of what `keep` returned may be used again."""
        if isinstance(kept, _Place):
            self._free.setdefault(kept.nbytes, []).append(kept.start)

    def close(self) -> None:
        if self._descriptor is not None and self._process == os.getpid():
            os.close(self._descriptor)
            self._descriptor = self._process = None


class _Place(Stored):
    """Where in a scratch file an array is."""

    def __init__(self, dtype: Any, shape: Iterable[int], descriptor: int, start: int) -> None:
        super(_Place, self).__init__(dtype, shape)
        self.start, self._descriptor = start, descriptor

    def read(self) -> Array:
        return filled(self.dtype, self.shape, self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        end = self.start + self.nbytes
        for start in range(self.start, end, CHUNK):
            yield os.pread(self._descriptor, min(CHUNK, end - start), start)


def content(array: Array) -> Array:
    """uint8 (size,): the bytes of an array in C order, without a copy where it has them."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view('u1') if flat.nbytes else np.zeros(0, 'u1')


def filled(dtype: Any, shape: Shape, chunks: Iterable[bytes]) -> Array:
    """The array, read-only, whose content comes in chunks. Raises RecordingError unless they are as many bytes."""
    array = np.empty(shape, dtype)
    flat, done = array.reshape(-1), 0
    flat = flat.view('u1') if flat.nbytes else np.zeros(0, 'u1')
    for chunk in chunks:
        part = np.frombuffer(chunk, 'u1')
        if done + part.size > flat.size:
            raise RecordingError('more content than declared')
        flat[done:done + part.size] = part
        done += part.size
    if done != flat.size:
        raise RecordingError('less content than declared')
    array.flags.writeable = False
    return array
