"""The environments that `environments.build` has kept on this host: their sizes, when each was used, their end."""
import contextlib
import os
import pathlib
import re
import shutil
import time
import typing

import psutil

from legacy.formats.errors import LegacyError
from legacy.machine import interpreters
from legacy.machine.scratch import PREFIX, scratch

NAME = re.compile(r'(.+)-[0-9a-f]{12}')
DAY = 24 * 3600


class KeptError(LegacyError):
    """An environment that cannot be removed. The message is one line."""


class Kept(typing.NamedTuple):
    """path: of the folder. name: of what it has, such as '1.15.5'. size: bytes on disk. shared: of these, how many are
    also uv's, whose cache has the same files. used: when it was last asked for, seconds since 1970."""
    path: pathlib.Path
    name: str
    size: int
    shared: int
    used: float

    def days_unused(self, now: float | None = None) -> float:
        return max(0.0, ((time.time() if now is None else now) - self.used) / DAY)


def kept(folder: pathlib.Path) -> list[Kept]:
    """Those in the folder that `environments.kept_in` names, the longest unused first; nothing if there is no such
    folder."""
    found = []
    for path in sorted(folder.glob('*')) if folder.is_dir() else []:
        match = NAME.fullmatch(path.name)
        if match and (path / 'pyvenv.cfg').is_file() and not path.is_symlink():
            size, shared = _sizes(path)
            found.append(Kept(path, match.group(1), size, shared, path.stat().st_mtime))
    return sorted(found, key=lambda item: item.used)


def _sizes(folder: pathlib.Path) -> tuple[int, int]:
    total, shared = 0, 0
    for here, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # it has gone meanwhile
                found = os.lstat(os.path.join(here, name))
                size = getattr(found, 'st_blocks', found.st_size // 512 + 1) * 512
                total += size
                shared += size if found.st_nlink > 1 else 0
    return total, shared


def remove(item: Kept) -> None:
    """Remove an environment: it is gone at once, however long deleting takes. Raises KeptError if a process runs in it,
    OSError."""
    running = _processes_in(item.path)
    if running:
        raise KeptError(f'{item.path} is in use by process {running[0]}: nothing of it was removed')
    with scratch(item.path.parent) as partial:
        item.path.rename(partial / 'removed')


def _processes_in(folder: pathlib.Path) -> list[int]:
    """Numbers of the processes whose interpreter, as it was called, is in a folder."""
    inside, found = str(interpreters.of_environment(folder).parent) + os.sep, []
    for process in psutil.process_iter(['cmdline']):
        command = process.info['cmdline'] or ['']
        if os.path.abspath(command[0]).startswith(inside):
            found.append(process.pid)
    return found


def free(folder: pathlib.Path) -> int:
    """Bytes that are free where a folder is, or would be."""
    while not folder.is_dir():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def left_over(folder: pathlib.Path) -> None:
    """Take away what builds that were killed have left."""
    if any(folder.glob(PREFIX + '*')):
        with scratch(folder):
            pass
