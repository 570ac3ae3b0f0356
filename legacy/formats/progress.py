"""How far a process has come in making a script's runs again, in a small file beside the recording that it writes.

The side that waits for the process reads it, and says how long the rest will take. Runs on Python 3.6.
"""
import json
import os
import time
from typing import NamedTuple, Optional

from legacy.formats.places import PathLike

LEAST = 1.0  # seconds between two notes, so that a thousand short steps do not write a thousand files

# done, of: how many of the repetitions of runs are made, and how many there will be at most. seconds: since the first.
Progress = NamedTuple('Progress', [('done', int), ('of', int), ('seconds', float)])


class Noted(object):
    """Notes how far this process is. out: path of the recording, or None where nobody wants to know."""

    def __init__(self, out: Optional[PathLike] = None) -> None:
        self._path = path_of(out) if out else None
        self._done, self._of, self._began, self._told = 0, 0, time.monotonic(), 0.0

    def expect(self, count: int) -> None:
        """So many repetitions more; fewer, where it is negative."""
        self._of += count

    def made(self, count: int = 1) -> None:
        """So many are made."""
        self._done += count
        now = time.monotonic()
        if self._path is not None and now - self._told >= LEAST:
            self._told = now
            try:
                with open(self._path, 'w') as file:
                    json.dump([self._done, max(self._of, self._done), now - self._began], file)
            except OSError:  # a full disk: the recording will say so
                self._path = None

    def end(self) -> None:
        """There is nothing to say any more."""
        if self._path is not None and os.path.exists(self._path):
            os.unlink(self._path)


def path_of(out: PathLike) -> str:
    """Path of the file beside a recording."""
    return '%s.progress' % out


def read(out: PathLike) -> Optional[Progress]:
    """The Progress of the process that writes the recording `out`; None where it has noted nothing."""
    try:
        with open(path_of(out)) as file:
            done, of, seconds = json.load(file)
        return Progress(int(done), int(of), float(seconds))
    except (OSError, ValueError, TypeError):  # no such file, or half of one: the next look will find another
        return None
