"""Files appear whole or not at all, and nothing of the user's is replaced unasked. Runs on Python 3.6."""
import contextlib
import errno
import glob
import hashlib
import os
import stat
import time
import uuid
from typing import BinaryIO, Iterable, Iterator, Optional

from legacy.formats import endings
from legacy.formats.ownership import locked
from legacy.formats.places import PathLike

PROGRAM = 'compat_run.py'
SIGN_WITHIN = 4096  # bytes at the start of a file, in which its sign is
LONGEST_NAME = 200  # bytes of a file's name that a temporary name beside it repeats; file systems allow 255
JUST_MADE = 60  # seconds in which its maker locks a temporary file


def write_whole(path: PathLike, content: bytes) -> None:
    """Put the bytes `content` at `path`: a reader sees the old file or the new one, never a part. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextlib.contextmanager
def whole_file(path: PathLike) -> Iterator[BinaryIO]:
    """Context manager: an open binary file that is at `path` when its block has ended, and nowhere if that raises.

    A symbolic link stays one: the file that it leads to is replaced. What is no file, such as /dev/stdout, is written
    to as it is. Raises OSError.
    """
    if _is_device(path):
        with open(path, 'wb') as file:
            yield file
        return
    target = _target(path)
    _clear(target)
    try:
        with contextlib.ExitStack() as stack:
            with endings.held():
                partial = beside(target)
                file = open(partial, 'xb')  # with the permissions that the user's umask leaves
                stack.callback(_unlink, partial)
                stack.enter_context(file)
                locked(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(partial, target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OSError(error.errno, 'No space left for this file', str(path))
        raise


def _unlink(path: str) -> None:
    with endings.held(), contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def sign(command: str) -> str:
    """What a file says of itself near its start if this command made it, such as 'made by compat_run.py check'. The
    command may then replace it; a file without it is somebody else's."""
    return 'made by %s %s' % (PROGRAM, command)


def writable(path: PathLike, force: bool = False, command: Optional[str] = None,
             others: Iterable[PathLike] = ()) -> None:
    """Raises OSError, with the path, unless a file may be made there: to be known before the work, not after.

    A file that is there already may be replaced with `force`, or if it is empty or has the sign of `command`; never if
    it is one of `others`, the paths of what the command reads and of what else it writes.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, 'cannot write a file, this is a folder', str(path))
    if any(_same(path, other) for other in others):
        raise FileExistsError(errno.EEXIST, 'not written, since this command reads or writes it already', str(path))
    if _is_device(path):
        return
    target = _target(path)
    if os.path.exists(target):
        _refuse_to_replace(path, target, force, command)
    partial = beside(target)
    with endings.held():
        try:
            open(partial, 'xb').close()
        except OSError as error:
            raise OSError(error.errno, 'cannot write (%s)' % error.strerror, str(path))
        os.unlink(partial)


def _refuse_to_replace(path: PathLike, target: str, force: bool, command: Optional[str]) -> None:
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, 'not replaced, since this file may not be written to', str(path))
    if not force and os.path.getsize(target) and not has_sign(target, command):
        raise FileExistsError(errno.EEXIST, 'not replaced, since %s: --force replaces it' % (
            '`%s` did not make this file' % command if command else 'this file is there already'), str(path))


def has_sign(path: PathLike, command: Optional[str]) -> bool:
    """Whether the file at `path` says that this command made it. Raises OSError."""
    if command is None:
        return False
    with open(path, 'rb') as file:
        return sign(command).encode('ascii') in file.read(SIGN_WITHIN)


def digest_of_file(path: PathLike) -> str:
    """The SHA-256 of a file's content as hexadecimal digits, read piece by piece. Raises OSError."""
    found = hashlib.sha256()
    with open(path, 'rb') as file:
        for piece in iter(lambda: file.read(1 << 20), b''):
            found.update(piece)
    return found.hexdigest()


def _target(path: PathLike) -> str:
    """The file that a path leads to, which need not be there. Raises OSError if its links lead round in a circle."""
    target = os.path.realpath(path)
    if os.path.islink(target):
        raise OSError(errno.ELOOP, 'cannot write (its symbolic links lead round in a circle)', str(path))
    return target


def _same(path: PathLike, other: PathLike) -> bool:
    """Whether both lead to one file, which need not be there yet."""
    try:
        return os.path.samefile(path, other)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(other)


def _is_device(path: PathLike) -> bool:
    """Whether there is something that is neither a file nor a folder, such as /dev/null or a pipe."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _clear(target: str) -> None:
    """Take away what processes that were killed have left of this file: see `beside`."""
    folder, name = os.path.split(os.path.abspath(target))
    for partial in glob.glob(os.path.join(glob.escape(folder), glob.escape('.%s.' % _short(name)) + 12 * '[0-9a-f]')):
        with contextlib.suppress(OSError):  # somebody else has just taken it away
            with open(partial, 'rb') as file:
                if abs(time.time() - os.fstat(file.fileno()).st_mtime) > JUST_MADE and locked(file):
                    os.unlink(partial)


def beside(path: PathLike) -> str:
    """A name in the same folder, '.', that name, as far as it is short, and a few letters, that nobody has."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(folder, '.%s.%s' % (_short(name), uuid.uuid4().hex[:12]))


def _short(name: str) -> str:
    return name.encode('utf-8', 'surrogateescape')[:LONGEST_NAME].decode('utf-8', 'ignore')
