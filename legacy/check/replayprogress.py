"""What is said while a script's runs are made again: how far that is, and how long it will take."""
import contextlib
import threading
from collections.abc import Callable, Iterator

from legacy.formats import progress
from legacy.formats.places import PathLike

FIRST, LONGEST = 10.0, 60.0  # seconds until something is said; then twice as long each time, up to the second


@contextlib.contextmanager
def told(out: PathLike, tell: Callable[[str], None] | None, first: float = FIRST) -> Iterator[None]:
    """Context manager, held while a process writes the recording `out`: `tell` gets a line now and then; None: nobody
    does."""
    ended = threading.Event()
    if tell is None:
        yield
        return
    watcher = threading.Thread(target=_watch, args=(out, tell, ended, first), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(out: PathLike, tell: Callable[[str], None], ended: threading.Event, wait: float) -> None:
    said = None
    while not ended.wait(wait):
        found = progress.read(out)
        if found is not None and found != said and found.done < found.of:
            said, wait = found, min(2 * wait, LONGEST)
            tell(line(found))


def line(found: progress.Progress) -> str:
    """A Progress in words. The first repetitions take longest, since their graphs are made: how long all will take is
    said when a tenth is made."""
    left = found.seconds / max(1, found.done) * (found.of - found.done)
    return f'runs made again: {found.done} of at most {found.of}' + (
        f'; about {clock(left)} to go' if 10 * found.done >= found.of else '')


def clock(seconds: float) -> str:
    """90 -> '1:30'"""
    return f'{int(seconds) // 60}:{int(seconds) % 60:02d}'
