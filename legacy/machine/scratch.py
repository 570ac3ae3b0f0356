"""Folders for work in progress, which do not pile up where processes are killed."""
import contextlib
import os
import pathlib
import tempfile
import uuid
from collections.abc import Iterator

from legacy.formats import endings
from legacy.formats.ownership import STALE, clear, owned, remove

PREFIX = '.partial-'
TEMPORARY = 'compat_run-'  # begins the names of all temporary folders of this program


@contextlib.contextmanager
def scratch(inside: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """Context manager: a new folder in an existing one, gone at the end; it may be renamed away before. What killed
    processes left there goes away, too. Raises OSError."""
    clear(pathlib.Path(inside).glob(PREFIX + '*'), STALE)
    with contextlib.ExitStack() as stack:
        with endings.held():
            folder = pathlib.Path(inside, PREFIX + uuid.uuid4().hex[:12])
            folder.mkdir()
            work = stack.enter_context(_kept(folder))
        yield work


@contextlib.contextmanager
def temporary(purpose: str) -> Iterator[pathlib.Path]:
    """Context manager: a new folder among the temporary files (TMPDIR), gone at the end. What killed processes
    left there goes away, too.

    purpose: a word, for whoever finds the folder.
    """
    with contextlib.ExitStack() as stack:
        with endings.held():
            here = pathlib.Path(tempfile.gettempdir())  # which writes a file to find out
            clear((path for path in here.glob(TEMPORARY + '*') if _is_ours(path)), STALE)
            work = stack.enter_context(_kept(pathlib.Path(tempfile.mkdtemp(prefix=f'{TEMPORARY}{purpose}-'))))
        yield work


@contextlib.contextmanager
def _kept(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Context manager: a folder without the mark of its owner, in this one, which goes away at the end."""
    try:
        with owned(folder):
            work = folder / 'work'
            work.mkdir()
            yield work
    finally:
        remove(folder)


def _is_ours(path: pathlib.Path) -> bool:
    """Whether a file belongs to this user: another's need not be looked into."""
    try:
        return not hasattr(os, 'getuid') or path.lstat().st_uid == os.getuid()
    except OSError:  # gone meanwhile
        return False


def move_into_place(new: pathlib.Path, path: pathlib.Path) -> None:
    """Rename the folder `new` to `path`. If another process has just made the same there, that one
    stays. Raises OSError."""
    try:
        new.rename(path)
    except OSError:
        if not path.is_dir():
            raise
