"""Which line of a script, as it was recorded, is which line of it now. Runs on Python 3.6."""
import difflib
import os
import re
import zlib
from typing import Dict, List, Tuple

from legacy.formats.recordings import Recording

COMMENT = re.compile(r'\s*(#|$)')  # a line of which nothing comes


class MovedLines(object):
    """Lines of a recorded script in the script as it is now; lines that were edited count as those in their place.

    edited: keys of these, as they are now.
    """

    def __init__(self, baseline: Recording, folder: str) -> None:
        """folder: of the script that runs."""
        self._moved: Dict[str, Dict[int, int]] = {}  # {file: {line there: line here}}
        self.edited: List[str] = []
        for number, source in enumerate(baseline.header['script']['sources']):
            name, path = 'source/%d' % number, os.path.join(folder, source['file'])
            if name in baseline.arrays and os.path.isfile(path):
                before = zlib.decompress(baseline.arrays[name].tobytes())
                with open(path, 'rb') as content:
                    now = content.read()
                if now != before:
                    key = source['file'].replace(os.sep, '/')
                    self._moved[key], edited = _moved(*[text.decode('utf-8', 'replace').splitlines()
                                                        for text in (before, now)])
                    self.edited += ['%s:%d' % (key, line) for line in edited]

    def here(self, key: str) -> str:
        """'train.py:13' of the recorded 'train.py:12'; the same where nothing is known."""
        file, _, number = key.rpartition(':')
        return '%s:%d' % (file, self._moved[file].get(int(number), int(number))) if file in self._moved else key

    def there(self, key: str) -> str:
        """'train.py:12' of what is 'train.py:13' now; '' where it was not there."""
        file, _, number = key.rpartition(':')
        if file not in self._moved:
            return key
        return next(('%s:%d' % (file, there) for there, here in self._moved[file].items() if here == int(number)), '')


def _moved(before: List[str], now: List[str]) -> Tuple[Dict[int, int], List[int]]:
    """({line there: line here}, [line here that was edited])"""
    found: Dict[int, int] = {}
    edited: List[int] = []
    for tag, start, end, begin, stop in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        for k in range(min(end - start, stop - begin)):
            found[start + k + 1] = begin + k + 1
        if tag != 'equal':
            edited += range(begin + 1, max(stop, begin + 1) + 1)  # of what was taken out, the line behind it
    return found, [line for line in edited if line <= len(now) and not COMMENT.match(now[line - 1])]
