"""Tracebacks as the script's author would see them without us. Runs on Python 3.6."""
import os
import sys
import types
from typing import List, Optional, Set, TypeVar

E = TypeVar('E', bound=Optional[BaseException])
OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep  # legacy/
RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'runner.py')
COMMAND = os.path.join(os.path.dirname(os.path.dirname(OURS)), 'compat_run.py')


def is_ours(file: str) -> bool:
    """Whether a file is of this program."""
    file = os.path.abspath(file)
    return file.startswith(OURS) or file == COMMAND


def without_us(error: E, seen: Optional[Set[int]] = None) -> E:
    """The exception with our frames taken out of its traceback and of those of the exceptions it came from."""
    seen = seen if seen is not None else set()
    if error is None or id(error) in seen:
        return error
    seen.add(id(error))
    error.__traceback__ = _filtered(error.__traceback__)
    without_us(error.__cause__, seen)
    without_us(error.__context__, seen)
    return error


def _filtered(traceback: Optional[types.TracebackType]) -> Optional[types.TracebackType]:
    frames: List[types.TracebackType] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == RUNNER and code.co_name == 'run':  # what is above it started us
            frames = []
        elif not is_ours(code.co_filename):
            frames.append(traceback)
        traceback = traceback.tb_next
    if sys.version_info < (3, 7):  # a traceback cannot be made there; leave out what is above the script
        return frames[0] if frames else None
    for frame in reversed(frames):
        traceback = types.TracebackType(traceback, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return traceback


def place_in_script(error: BaseException, main: types.ModuleType) -> str:
    """'model.py, line 12: ' for the innermost line of the script, or of a module of its folder, in the traceback; ''
    if there is none."""
    folder = os.path.dirname(os.path.abspath(getattr(main, '__file__', ''))) + os.sep
    place = ''
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if os.path.abspath(file).startswith(folder) and not is_ours(file) and 'site-packages' not in file:
            name = os.path.relpath(file)  # from a copy of the current folder it would lead far up
            place = '%s, line %d: ' % (os.path.relpath(file, folder) if name.startswith(os.pardir) else name,
                                       traceback.tb_lineno)
        traceback = traceback.tb_next
    return place
