"""Work in progress says whether its owner is still there, however that ends. Runs on Python 3.6.

A folder in which somebody works has a file MARK in it that its owner holds locked. The system gives the lock up when
the owner's process ends, even if it is killed, and whoever comes next may then clear the folder away. Windows has no
such locks, some network drives neither: there is no MARK then.
"""
import contextlib
import os
import shutil
import time
from typing import IO, Any, Iterable, Iterator, Optional

from legacy.formats import endings
from legacy.formats.places import PathLike

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MARK = '.in-use'
STALE = 24 * 3600  # seconds after which a folder without a MARK may be nobody's


def locked(file: IO[Any]) -> bool:
    """Whether this process now holds the lock of an open file, which it then has until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except (OSError, AttributeError):  # somebody else holds it, or there are none
        return False


@contextlib.contextmanager
def owned(folder: PathLike) -> Iterator[None]:
    """Context manager: this process owns the existing `folder`, until the block ends or the process does. Raises
    OSError."""
    path = os.path.join(str(folder), MARK)
    with open(path + '.new', 'xb') as file:
        try:
            if locked(file):
                os.rename(path + '.new', path)  # nobody ever sees it without its lock
            yield
        finally:
            for left in (path, path + '.new'):
                with contextlib.suppress(OSError):  # the folder may have been taken away
                    os.unlink(left)


def left_behind(folder: PathLike, stale: Optional[float] = None) -> bool:
    """Whether the owner of a folder has gone: its MARK is not locked or, where it has none, nothing was added for
    `stale` seconds."""
    try:
        with open(os.path.join(str(folder), MARK), 'rb') as file:
            return locked(file)
    except OSError:
        pass
    try:
        return stale is not None and abs(time.time() - os.stat(str(folder)).st_mtime) > stale  # a clock may be set
    except OSError:  # somebody else has just cleared it
        return False


def clear(folders: Iterable[PathLike], stale: Optional[float] = None) -> None:
    """Take away those of these folders that were left behind; others stay, and so does what is no folder."""
    for folder in map(str, folders):
        if os.path.isdir(folder) and not os.path.islink(folder) and left_behind(folder, stale):
            remove(folder)


def remove(folder: PathLike) -> None:
    """Take a folder away, all of it, whatever ends this command meanwhile. What the system refuses stays."""
    with endings.held():
        shutil.rmtree(str(folder), ignore_errors=True)
