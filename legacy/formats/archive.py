"""An `.npz` archive with a JSON header: `header.json` first, then one `.npy` for each array.

The header's key `arrays` names each array with dtype and shape, in the order of the file. Writing and reading have one
array in memory at a time. Reading refuses whatever is damaged, oversized or not as the header says, before memory is
asked for; nothing is unpickled or executed. Runs on Python 3.6.
"""
import collections
import functools
import json
import operator
import os
import zipfile
from typing import IO, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np

from legacy.formats import deepcheck, files, stored
from legacy.formats.places import PathLike
from legacy.formats.stored import CHUNK, Held, Stored
from legacy.formats.stored import RecordingError as RecordingError  # for whoever reads recordings
from legacy.formats.values import Array, JsonObject, Shape

# Of a file, of its arrays, of its header, in bytes; dtypes: of arrays.
Limits = NamedTuple('Limits', [('file', int), ('content', int), ('header', int), ('dtypes', Tuple[str, ...])])
# What a file may declare beyond so many bytes, it must carry: as much as this factor of its own bytes. A small file of
# zeros can unpack to a thousand times its size, which nobody records.
TAKEN_ON_TRUST, UNPACKED = 1 << 30, 20
MOST_ARRAYS = 1 << 20
Declared = NamedTuple('Declared', [('name', str), ('dtype', str), ('shape', Shape)])  # an array, by the header
Source = Union[str, IO[bytes]]  # the path of a file, or the file, open
T = TypeVar('T')
WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack a few bytes to any number at once


class TooLarge(RecordingError):
    """An archive that `save` has not written, since `read` would refuse it for its size."""


def write(file: IO[bytes], header: JsonObject, arrays: Mapping[str, Held], compressed: bool = True) -> int:
    """Write the archive to an open binary file; equal content gives equal bytes. Returns the bytes of its header.

    arrays: {name: array or Stored}, or `stored.Arrays`. compressed: which takes longer than all else.
    """
    held = stored.held(arrays)
    header = dict(header, arrays=[[name, array.dtype.str, list(array.shape)] for name, array in held.items()])
    text, way = _json(header), WAYS[compressed]
    with zipfile.ZipFile(file, 'w') as archive:
        _add(archive, 'header.json', text, np.zeros(0, 'u1'), way)
        for name, array in held.items():
            _add_array(archive, name, array, way)
    return len(text)


def _json(header: JsonObject) -> bytes:
    """Its bytes, a line for each of its keys: with more lines json is written in Python, ten times as slowly."""
    lines = ['%s: %s' % (json.dumps(key), json.dumps(header[key], sort_keys=True, allow_nan=False))
             for key in sorted(header)]
    return ('{\n%s\n}\n' % ',\n'.join(lines)).encode('ascii')


def _add_array(archive: zipfile.ZipFile, name: str, array: Held, way: int) -> None:
    array = stored.read(array)
    _add(archive, name + '.npy', _npy_prefix(array.dtype.str, array.shape), stored.content(array), way)


def _add(archive: zipfile.ZipFile, name: str, prefix: bytes, content: Array, way: int) -> None:
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type, member.file_size = way, len(prefix) + content.size
    with archive.open(member, 'w') as file:
        file.write(prefix)
        for start in range(0, content.size, CHUNK):
            file.write(content[start:start + CHUNK].data)


def save(path: PathLike, header: JsonObject, arrays: Mapping[str, Held], limits: Limits,
         compressed: bool = True) -> None:
    """Write the archive's file, whole or not at all. Raises OSError; RecordingError for what `read` would refuse."""
    table = [Declared(name, array.dtype.str, array.shape) for name, array in stored.held(arrays).items()]
    members = [name + '.npy' for name, _, _ in table]
    _check_table(table, members, limits)
    if len(table) >= MOST_ARRAYS:  # with the header there are more members
        raise TooLarge('%d arrays: too many for a recording' % len(table))
    with files.whole_file(path) as file:
        of_header = write(file, header, arrays, compressed)
        if of_header > limits.header:
            raise TooLarge('a header of %d bytes, where %d can be read' % (of_header, limits.header))
        if file.tell() > limits.file:
            raise TooLarge('%d bytes: too large for a recording' % file.tell())
        _check_table(table, members, limits, file.tell())  # what takes so little in a file is not believed


def read(source: Source, check_header: Callable[[JsonObject], object],
         limits: Limits) -> Tuple[JsonObject, stored.Arrays]:
    """header, `stored.Arrays` of the archive in a file, which stays open as long as these are used.

    source: its path, as text, or an open binary file. `check_header(header)` may refuse before any array is looked at.
    The arrays are those that the header declares, none too large, but nobody has read them yet: see `checked`.
    Raises RecordingError.
    """
    try:
        archive = zipfile.ZipFile(source)
        try:
            return _read(archive, check_header, limits)
        except BaseException:
            archive.close()
            raise
    except RecordingError:
        raise
    except Exception as error:  # whatever zipfile, zlib and json raise for damaged content: a dozen kinds
        if isinstance(error, OSError) and error.errno:  # no such file
            raise
        raise _damaged(error)


def _damaged(error: BaseException) -> RecordingError:
    return RecordingError('not a recording, or damaged (%s: %s)' % (type(error).__name__, error))


def _read(archive: zipfile.ZipFile, check_header: Callable[[JsonObject], object],
          limits: Limits) -> Tuple[JsonObject, stored.Arrays]:
    members = archive.infolist()
    if len(members) > MOST_ARRAYS:
        raise RecordingError('%d arrays: too many for a recording' % len(members))
    if not members or members[0].filename != 'header.json':
        raise RecordingError('an archive, but not a recording (no header.json at its start)')
    with archive.open(members[0]) as file:
        text = file.read(limits.header + 1)
    if len(text) > limits.header or members[0].compress_type not in WAYS:
        raise RecordingError('header.json is larger than a header can be, or packed in another way')
    header = deepcheck.parsed(text.decode('ascii'))
    check_header(header)
    table = [Declared(str(name), str(dtype), tuple(int(n) for n in shape)) for name, dtype, shape in header['arrays']]
    assert archive.fp
    _check_table(table, [member.filename for member in members[1:]], limits, _size(archive.fp))
    held: Dict[str, Held] = collections.OrderedDict()
    for member, (name, dtype, shape) in zip(members[1:], table):
        held[name] = _Member(archive, member, name, dtype, shape)
    return header, stored.Arrays(held)


def checked(arrays: stored.Arrays) -> stored.Arrays:
    """These `stored.Arrays`, after reading every one of them from the file once. Raises RecordingError."""
    for name, member in arrays.held.items():
        assert isinstance(member, _Member)
        if member.nbytes <= stored.TINY:
            arrays[name]  # and is at hand for whoever asks next
        else:
            member.check()
    return arrays


def of_file(path: PathLike, parsed: Callable[[str], T], limits: Limits) -> T:
    """What `parsed` makes of the path of a file. Raises RecordingError, with the path, if that raises anything: whoever
    made the file has decided what is in it. Also if it cannot be read or is too large."""
    try:
        size = os.path.getsize(path)
        if size > limits.file:
            raise RecordingError('%d bytes: too large for a recording' % size)
        return parsed(str(path))
    except OSError as error:
        raise RecordingError('%s: %s' % (path, error.strerror or error))
    except RecordingError as error:
        raise RecordingError('%s: %s' % (path, error))
    except Exception as error:
        raise RecordingError('%s: %s' % (path, _damaged(error)))


class _Member(Stored):
    """An array in an open archive. Raises RecordingError if it is not what the header says, on making, reading, or
    checking."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, dtype: str, shape: Shape) -> None:
        super(_Member, self).__init__(dtype, shape)
        self._archive, self._member, self._declared = archive, member, (dtype, shape)
        self._prefix = _npy_prefix(dtype, shape)
        self._wrong = 'array %s is not %s %s as the header says' % (name, dtype, shape)
        size = len(self._prefix) + self.nbytes
        if member.file_size != size or member.compress_type not in WAYS:
            raise RecordingError(self._wrong)

    def read(self) -> Array:
        return stored.filled(*self._declared, self._chunks())

    def check(self) -> None:
        """Read it, and keep nothing."""
        for _ in self._chunks():
            pass

    def _chunks(self) -> Iterator[bytes]:
        """Its bytes after the prefix. Python's own reader stops at the declared size and compares the CRC there."""
        try:
            with self._archive.open(self._member) as file:
                if file.read(len(self._prefix)) != self._prefix:
                    raise RecordingError(self._wrong)
                while True:
                    chunk = file.read(CHUNK)
                    if not chunk:
                        return
                    yield chunk
        except RecordingError:
            raise
        except Exception as error:  # as in `read`
            raise _damaged(error)


def _npy_prefix(dtype: str, shape: Shape) -> bytes:
    """The start of an .npy file, version 1.0. numpy's own writer pads it differently from release to release."""
    text = "{'descr': %r, 'fortran_order': False, 'shape': %r, }" % (str(dtype), tuple(shape))
    padded = text + ' ' * (-(len(text) + 11) % 64) + '\n'
    return b'\x93NUMPY\x01\x00' + len(padded).to_bytes(2, 'little') + padded.encode('ascii')


def _count(shape: Shape) -> int:
    return functools.reduce(operator.mul, shape, 1)  # np.prod overflows silently


def _size(file: IO[bytes]) -> int:
    """Bytes of an open file, which stays where it is."""
    at = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(at)
    return size


def _check_table(table: Sequence[Declared], members: List[str], limits: Limits, size: Optional[int] = None) -> None:
    """The declared arrays are those in the file, of a known dtype and of a size that is possible for a file of `size`
    bytes, if that is known."""
    declared = [name + '.npy' for name, _, _ in table]
    if declared != members or len(set(declared)) != len(declared):
        raise RecordingError('arrays missing, extra or out of order: %s'
                             % (sorted(set(declared) ^ set(members)) or 'order'))
    for name, dtype, shape in table:
        if dtype not in limits.dtypes or any(n < 0 for n in shape):
            raise RecordingError('array %s has dtype %s, shape %s' % (name, dtype, shape))
        np.broadcast_to(np.zeros((), dtype), shape)  # raises for what no array can have, such as a hundred dimensions
    total = sum(_count(shape) * np.dtype(dtype).itemsize for _, dtype, shape in table)
    if total > limits.content or size is not None and total > max(TAKEN_ON_TRUST, UNPACKED * size):
        raise TooLarge('%d bytes of arrays: too large for a recording' % total)
