"""What a program of ours says beside its runs: arrays for its recording, and how far it is. Runs on Python 3.6."""
import collections
from typing import Dict

from legacy.formats.progress import Noted
from legacy.formats.values import Array

# Of the script that this process runs. Who records it puts them into the recording, under recordings.NOTES.
arrays: Dict[str, Array] = collections.OrderedDict()
_progress = Noted()  # nobody wants to know, until `tell_to`


def tell_to(progress: Noted) -> None:
    """From now on say how far the script is to `progress`."""
    global _progress
    _progress = progress


def expect(count: int) -> None:
    """The script will say so many times that it went on."""
    _progress.expect(count)


def went_on() -> None:
    """The script went on by one of these."""
    _progress.made()


def end() -> None:
    """The script has ended."""
    _progress.end()
