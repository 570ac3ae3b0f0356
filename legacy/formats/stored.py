"""Arrays that are not in memory until somebody asks for them: in a recording's file, or in a scratch file.

Runs on Python 3.6.
"""
import collections.abc
import functools
import os
import tempfile

import numpy as np

from legacy.formats.errors import LegacyError

CHUNK = 1 << 18  # bytes
# Bytes of an array that stays in memory: a smaller one gains nothing in a scratch file. Of a recording's arrays those
# KEPT that were asked for last stay, which is 32 MB at most: a check asks for the same again and again.
SMALL, KEPT = 1 << 16, 512


class RecordingError(LegacyError):
    """A file that is no recording, or a damaged one. The message is one line."""


class Stored(object):
    """An array that is elsewhere. dtype: numpy.dtype. shape: tuple."""

    def __init__(self, dtype, shape):
        self.dtype, self.shape = np.dtype(dtype), tuple(shape)

    def read(self):
        """The array, read-only."""
        raise NotImplementedError

    @property
    def nbytes(self):
        size = self.dtype.itemsize
        for n in self.shape:  # np.prod overflows silently
            size *= n
        return size


def read(array):
    """The array that an array or a Stored is."""
    return array.read() if isinstance(array, Stored) else array


class Arrays(collections.abc.Mapping):
    """{name: array}, for reading only; a Stored is read when it is asked for.

    held: {name: array or Stored}. path: of the file that they are in, for messages. Asking raises RecordingError, with
    the path, if the file has been damaged meanwhile.
    """

    def __init__(self, held, path=''):
        self.held, self.path = held, path
        self._small = functools.lru_cache(KEPT)(functools.partial(_named, held, path))

    def __getitem__(self, name):
        held = self.held[name]
        if not isinstance(held, Stored):
            return held
        return self._small(name) if held.nbytes <= SMALL else _named(self.held, self.path, name)

    def __contains__(self, name):
        return name in self.held

    def __iter__(self):
        return iter(self.held)

    def __len__(self):
        return len(self.held)

    def joined(self, further):
        """Arrays of these and of {name: array}."""
        return Arrays(dict(held(self), **further))


def _named(held, path, name):
    try:
        return held[name].read()
    except RecordingError as error:
        raise RecordingError('%s: %s' % (path, error) if path else str(error))


class _One(Stored):
    """An array of Arrays."""

    def __init__(self, arrays, name):
        super(_One, self).__init__(arrays.held[name].dtype, arrays.held[name].shape)
        self._arrays, self._name = arrays, name

    def read(self):
        return self._arrays[self._name]


def held(arrays):
    """{name: array or Stored} of a {name: array}: each has a dtype and a shape, and is not read for them."""
    return {name: _One(arrays, name) for name in arrays} if isinstance(arrays, Arrays) else arrays


class Scratch(object):
    """Arrays in a file that has no name and is gone when this process is, however it ends; it is in the folder of
    temporary files (TMPDIR) and made with the first array that is not small."""

    def __init__(self):
        self._descriptor, self._process, self._end, self._free = None, None, 0, {}

    def keep(self, array):
        """A Stored with the bits of an array, or the array itself: if it is small, of Python objects, or if there is
        no room in the file."""
        if array.nbytes <= SMALL or array.dtype.hasobject:
            return array
        try:
            return self._keep(content(array), array.dtype, array.shape)
        except OSError:  # a full disk: memory may still do, and a script shall not end for our sake
            return array

    def _keep(self, written, dtype, shape):
        if self._process != os.getpid():  # a child of the script has its parent's descriptors, and must not write there
            with tempfile.TemporaryFile() as file:
                self._descriptor, self._process = os.dup(file.fileno()), os.getpid()
            self._end, self._free = 0, {}
        places = self._free.get(written.nbytes)
        start = places.pop() if places else self._end
        self._end = max(self._end, start + written.nbytes)
        done = 0
        while done < written.nbytes:
            done += os.pwrite(self._descriptor, written[done:done + CHUNK], start + done)
        return _Place(dtype, shape, self._descriptor, start)

    def let_go(self, kept):
        """The room of what `keep` returned may be used again."""
        if isinstance(kept, _Place):
            self._free.setdefault(kept.nbytes, []).append(kept.start)

    def close(self):
        if self._descriptor is not None and self._process == os.getpid():
            os.close(self._descriptor)
            self._descriptor = self._process = None


class _Place(Stored):
    """Where in a scratch file an array is."""

    def __init__(self, dtype, shape, descriptor, start):
        super(_Place, self).__init__(dtype, shape)
        self.start, self._descriptor = start, descriptor

    def read(self):
        return filled(self.dtype, self.shape, self._chunks())

    def _chunks(self):
        end = self.start + self.nbytes
        for start in range(self.start, end, CHUNK):
            yield os.pread(self._descriptor, min(CHUNK, end - start), start)


def content(array):
    """uint8 (size,): the bytes of an array in C order, without a copy where it has them."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view('u1') if flat.nbytes else np.zeros(0, 'u1')


def filled(dtype, shape, chunks):
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
