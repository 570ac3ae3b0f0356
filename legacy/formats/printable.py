"""Text from a file, a script or another machine, as a terminal may be given it. Runs on Python 3.6.

Control characters can move the cursor, rename the window or hide what is written; marks of direction make a text look
like another. A recording may come from anybody, and its names with it.
"""
import re
from typing import Any, Iterable, Match, TextIO

# C0 but for tab and line feed, DEL, C1, marks of direction, and what is half a character
FORBIDDEN = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')


def printable(text: str) -> str:
    """The text with an escape, such as \\x1b, in place of each character that a terminal would obey."""
    return FORBIDDEN.sub(_escaped, text)


def _escaped(match: Match[str]) -> str:
    number = ord(match.group())
    return '\\x%02x' % number if number < 256 else '\\u%04x' % number


class Guarded(object):
    """A text stream whose writer need not be trusted: all that is written is printable."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(printable(text))

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
