"""What the command line turns into one line and exit code 2. Runs on Python 3.6."""
import os
import sys
from typing import Optional

from legacy.formats.places import CHECKOUT

PACKAGES = {'google': 'protobuf', 'PIL': 'pillow'}  # {module: package} where the names differ


class LegacyError(Exception):
    """The request, a file or the environment is at fault. The message is one line that says what is wrong and, where
    it is not plain, how to mend it."""


class NotComparable(LegacyError):
    """What is to be judged is not what was recorded, so that no answer would say anything about any TensorFlow."""


def not_installed(error: BaseException) -> Optional[str]:
    """In one line which package is not installed, and the command that installs it; None if `error` is anything but a
    ModuleNotFoundError of another package than this."""
    package = (getattr(error, 'name', None) or '').partition('.')[0]
    package = PACKAGES.get(package, package)
    if not isinstance(error, ModuleNotFoundError) or package in ('', 'legacy'):
        return None
    return '%s is not installed in %s: %s -m pip install -r %s' % (
        package, sys.executable, sys.executable, os.path.join(CHECKOUT, 'requirements.txt'))


def in_one_line(text: object) -> str:
    """A text, or what an exception says, in one line of at most 200 letters."""
    return ' '.join(str(text).split())[:200]


def one_line(error: BaseException) -> str:
    """Any exception as 'ValueError: why', in one line of at most 200 letters."""
    return in_one_line('%s: %s' % (type(error).__name__, error))


def in_words(error: OSError) -> str:
    """An OSError in one line."""
    return '%s: %s' % (error.strerror, error.filename) if error.filename else str(error)
