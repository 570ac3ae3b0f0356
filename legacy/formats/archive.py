"""An `.npz` archive with a JSON header: `header.json` first, then one `.npy` for each array.

The header's key `arrays` names each array with dtype and shape, in the order of the file. Arrays named in `packed` by
the caller are stored as differences of bit patterns (see `_pack`). Reading refuses whatever is damaged, oversized or
not as the header says, before memory is asked for; nothing is unpickled or executed. Runs on Python 3.6.
"""
import collections
import functools
import io
import json
import operator
import os
import zipfile

import numpy as np

from legacy.formats.errors import LegacyError

# Of a file, of its arrays, of its header, in bytes; dtypes: of arrays. A recording of the article is under 4 MB.
Limits = collections.namedtuple('Limits', 'file content header dtypes')
LIMITS = Limits(32 << 20, 128 << 20, 1 << 20, ('<f4', '<f8', '<i4'))


class RecordingError(LegacyError):
    """A file that is no recording, or a damaged one. The message is one line."""


def write(header, arrays, packed):
    """The archive's bytes; equal content gives equal bytes. `packed(name)` says which arrays are packed."""
    header = dict(header, arrays=[[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()])
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        def add(name, content):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        add('header.json', json.dumps(header, indent=1, sort_keys=True, allow_nan=False).encode('ascii') + b'\n')
        for name, array in arrays.items():
            stored = _pack(array) if packed(name) else array
            add(name + '.npy', _npy_prefix(stored.dtype.str, stored.shape) + stored.tobytes())
    return file.getvalue()


def read(content, packed, check_header, limits=LIMITS):
    """header, {name: array} of an archive's bytes; `check_header(header)` may refuse before any array is read.
    Raises RecordingError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.namelist()
            if members[:1] != ['header.json']:
                raise RecordingError('an archive, but not a recording (no header.json at its start)')
            header = json.loads(_member(archive, 'header.json', limits.header).decode('ascii'))
            check_header(header)
            table = [(str(name), str(dtype), tuple(int(n) for n in shape)) for name, dtype, shape in header['arrays']]
            _check_table(table, members[1:], limits)
            arrays = {}
            for name, dtype, shape in table:
                arrays[name] = _array(archive, name, dtype, shape, packed(name))
    except RecordingError:
        raise
    except Exception as error:  # whatever zipfile, zlib and json raise for damaged content: a dozen kinds
        raise RecordingError('not a recording, or damaged (%s: %s)' % (type(error).__name__, error))
    return header, arrays


def load(path, packed, check_header, limits=LIMITS):
    """`read` of the file at `path`. Raises RecordingError, with the path, for anything else."""
    return of_file(path, lambda content: read(content, packed, check_header, limits), limits)


def of_file(path, parsed, limits=LIMITS):
    """What `parsed` makes of the bytes of the file at `path`. Raises RecordingError, with the path, if that does, or if
    the file cannot be read or is too large."""
    try:
        size = os.path.getsize(path)
        if size > limits.file:
            raise RecordingError('%d bytes: too large for a recording' % size)
        with open(path, 'rb') as file:
            content = file.read(limits.file)
        return parsed(content)
    except OSError as error:
        raise RecordingError('%s: %s' % (path, error.strerror or error))
    except RecordingError as error:
        raise RecordingError('%s: %s' % (path, error))


def _pack(array):
    """Float array (rows, ...) -> uint8 array (itemsize, size): each row's bits minus the row before's, sign folded
    into the lowest bit so that small steps either way have leading zeros, and bytes of equal weight side by side."""
    bits = np.ascontiguousarray(array).view('<u%d' % array.dtype.itemsize).reshape(len(array), -1)
    steps = bits.copy()
    steps[1:] -= bits[:-1]
    sign = steps >> np.array(8 * array.dtype.itemsize - 1, steps.dtype)
    folded = (steps << np.array(1, steps.dtype)) ^ (np.array(0, steps.dtype) - sign)
    return np.ascontiguousarray(folded.reshape(-1, 1).view('u1').T)


def _unpack(planes, dtype, shape):
    """The inverse of `_pack`, exactly."""
    unsigned = '<u%d' % np.dtype(dtype).itemsize
    folded = np.ascontiguousarray(planes.T).view(unsigned).reshape(shape[0], -1)
    one = np.array(1, folded.dtype)
    steps = (folded >> one) ^ (np.array(0, folded.dtype) - (folded & one))
    return np.cumsum(steps, axis=0, dtype=unsigned).view(dtype).reshape(shape)


def _npy_prefix(dtype, shape):
    """The start of an .npy file, version 1.0. numpy's own writer pads it differently from release to release."""
    text = "{'descr': %r, 'fortran_order': False, 'shape': %r, }" % (str(dtype), tuple(shape))
    padded = text + ' ' * (-(len(text) + 11) % 64) + '\n'
    return b'\x93NUMPY\x01\x00' + len(padded).to_bytes(2, 'little') + padded.encode('ascii')


def _count(shape):
    return functools.reduce(operator.mul, shape, 1)  # np.prod overflows silently


def _member(archive, name, largest):
    with archive.open(name) as file:
        content = file.read(largest + 1)
        if len(content) > largest:
            raise RecordingError('%s is larger than declared' % name)
    return content


def _array(archive, name, dtype, shape, packed):
    stored_dtype, stored_shape = dtype, shape
    if packed:
        stored_dtype, stored_shape = '|u1', (np.dtype(dtype).itemsize, _count(shape))
    prefix = _npy_prefix(stored_dtype, stored_shape)
    size = len(prefix) + _count(stored_shape) * np.dtype(stored_dtype).itemsize
    content = _member(archive, name + '.npy', size)
    if len(content) != size or not content.startswith(prefix):
        raise RecordingError('array %s is not %s %s as the header says' % (name, dtype, shape))
    stored = np.frombuffer(content, stored_dtype, offset=len(prefix)).reshape(stored_shape)
    return _unpack(stored, dtype, shape) if packed else stored


def _check_table(table, members, limits):
    """The declared arrays are those in the file, of a known dtype and of a size that fits into memory."""
    declared = [name + '.npy' for name, _, _ in table]
    if declared != members or len(set(declared)) != len(declared):
        raise RecordingError('arrays missing, extra or out of order: %s'
                             % (sorted(set(declared) ^ set(members)) or 'order'))
    for name, dtype, shape in table:
        if dtype not in limits.dtypes or any(n < 0 for n in shape):
            raise RecordingError('array %s has dtype %s, shape %s' % (name, dtype, shape))
    total = sum(_count(shape) * np.dtype(dtype).itemsize for _, dtype, shape in table)
    if total > limits.content:
        raise RecordingError('%d bytes of arrays: too large for a recording' % total)
