"""How the process of a script ended, in a small file beside the recording that it was to write.

The side that started the process reads this in place of the words of a traceback, which a script may print, too. No
file: the process ended before there was anything of a script in it. Runs on Python 3.6.
"""
import json
import os
from typing import Iterable, Optional

from legacy.formats.files import write_whole
from legacy.formats.places import PathLike
from legacy.formats.runkinds import Identity
from legacy.formats.values import JsonObject

RUNNING = 'running'  # the script had begun, and nothing was noted since: it left Python, or was ended
SCRIPT = 'script'  # by an error of its own, or by an exit code of its own
REFUSED = 'refused'  # the request or the environment is at fault: `said` is the line to tell
OURS = 'ours'  # by a fault of this program: `said` is its traceback
RECORDED = 'recorded'  # by itself, and its recording is written
NOTHING = {'how': '', 'said': '', 'missing': '', 'failed': []}


class Ending(object):
    """Notes how this process ends. out: path of the recording, or None where nobody wants to know."""

    def __init__(self, out: Optional[PathLike]) -> None:
        self._path, self._process = out and path_of(out), os.getpid()

    def note(self, how: str, said: str = '', missing: str = '', failed: Iterable[Identity] = ()) -> None:
        """how: one of the words above. missing: name of the module that the script imports and that is not there.
        failed: runkinds.Identity of kinds of runs that went another way because they were watched: the script is to be
        run again, and these left alone. A child of the script, which is a copy of this process, notes nothing."""
        if self._path is None or os.getpid() != self._process:
            return
        try:
            write_whole(self._path, json.dumps({'how': how, 'said': said, 'missing': missing,
                                                'failed': list(failed)}).encode('ascii'))
        except OSError:  # a full disk: the exit code and the last line say the rest
            pass


def path_of(out: PathLike) -> str:
    """Path of the file beside a recording."""
    return '%s.ending' % out


def taken(out: PathLike) -> JsonObject:
    """{'how', 'said', 'missing', 'failed'} of the process that was to write the recording `out`; NOTHING where it noted
    nothing. The file is gone afterwards."""
    try:
        with open(path_of(out), 'rb') as file:
            found: JsonObject = json.loads(file.read().decode('ascii'))
        os.unlink(path_of(out))
        return found
    except (OSError, ValueError):
        return NOTHING
