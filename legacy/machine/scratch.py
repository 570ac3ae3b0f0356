"""Folders for work in progress, which do not pile up where processes are killed."""
import contextlib
import pathlib
import shutil
import time
import uuid

PREFIX = '.partial-'
STALE = 24 * 3600  # seconds after which a folder that somebody left behind is nobody's


@contextlib.contextmanager
def scratch(inside):
    """Context manager: a new folder in an existing one, gone at the end; it may be renamed away before. Raises OSError.
    """
    for path in pathlib.Path(inside).glob(PREFIX + '*'):
        with contextlib.suppress(OSError):  # somebody else has just cleared it
            if time.time() - path.stat().st_mtime > STALE:
                shutil.rmtree(path, ignore_errors=True)
    folder = pathlib.Path(inside, PREFIX + uuid.uuid4().hex[:12])
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(new, path):
    """Rename the folder `new` to `path`, both pathlib.Path. If another process has just made the same there, that one
    stays. Raises OSError."""
    try:
        new.rename(path)
    except OSError:
        if not path.is_dir():
            raise
