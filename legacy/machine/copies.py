"""A copy of a folder to work in, so that what a program writes stays out of the user's."""
import contextlib
import os
import pathlib
import shutil
import tempfile

from legacy.formats.errors import LegacyError

LEFT_OUT = ('__pycache__',)  # and whatever begins with a dot


class TooLarge(LegacyError):
    """The folder holds more than may be copied."""


@contextlib.contextmanager
def copy_of(folder, limit, without=()):
    """Context manager: a temporary folder with the files of `folder`, gone at the end.

    limit: MB that these may have. without: paths in it that are left out. Raises TooLarge, OSError.
    """
    folder = pathlib.Path(folder)
    without = {os.path.realpath(path) for path in without}

    def dropped(here, name):
        return left_out(name) or os.path.realpath(os.path.join(here, name)) in without
    total = 0
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not dropped(here, name)]
        for name in files:
            path = pathlib.Path(here, name)
            total += path.stat().st_size if path.is_file() and not dropped(here, name) else 0
            if total > limit << 20:
                raise TooLarge(f'{folder} holds more than {limit} MB, which would be copied for each run: work in '
                               'another folder, or --files MB')
    with tempfile.TemporaryDirectory(prefix='script-', ignore_cleanup_errors=True) as scratch:
        copied = pathlib.Path(scratch, folder.resolve().name or 'folder')
        shutil.copytree(folder, copied, ignore=lambda here, names: [name for name in names if dropped(here, name)],
                        ignore_dangling_symlinks=True, copy_function=_copy)
        yield copied


def left_out(name):
    """Whether a file or folder of this name is no part of what somebody works on."""
    return name.startswith('.') or name in LEFT_OUT


def _copy(source, target):
    """Files alone: a socket or a pipe has nothing to copy."""
    if os.path.isfile(source):
        shutil.copy2(source, target)
