"""Python's collector of garbage, which looks through all objects again and again while many are made that stay.
Runs on Python 3.6."""
import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def none_collected() -> Iterator[None]:
    """Context manager: the collector rests meanwhile."""
    resting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if resting:
            gc.enable()
