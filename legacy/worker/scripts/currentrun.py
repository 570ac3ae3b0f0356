"""A run while it is made, and what other threads do meanwhile. Runs on Python 3.6."""
import threading
from typing import List, Optional

from legacy.worker.scripts.keptruns import Chosen
from legacy.worker.scripts.kinds import Kind


class Digests(object):
    """Digests of a run's arrays. fed: of its feeds. fetched: of its fetches; None where it raised, or has not ended."""

    __slots__ = ('fed', 'fetched')  # there is one for every run

    def __init__(self, fed: List[int]) -> None:
        self.fed = fed
        self.fetched: Optional[List[int]] = None


class CurrentRun(object):
    """A run that is being made. kind_number, kind: its kind. number, time: its number, among all and among those of its
    kind. chosen: a keptruns.Chosen, or None. met: whether a run of another thread met it."""

    def __init__(self, kind_number: int, kind: Kind, number: int, time: int) -> None:
        self.kind_number, self.kind, self.number, self.time = kind_number, kind, number, time
        self.chosen: Optional[Chosen] = None
        self.met = False

    def meets(self, other: 'CurrentRun') -> bool:
        """Whether one writes what the other reads or writes."""
        return self.kind.graph is other.kind.graph and any(
            name in b.variables for a, b in ((self.kind, other.kind), (other.kind, self.kind)) for name in a.written)


def threads_work() -> bool:
    """Whether other threads are at work that the script started itself."""
    if threading.active_count() == 1:
        return False
    targets = [getattr(thread, '_target', None) for thread in threading.enumerate()
               if thread is not threading.current_thread()]
    return any(getattr(target, '__module__', '').split('.')[0] not in ('', 'legacy', 'multiprocessing', 'tensorflow',
                                                                       'tensorflow_core') for target in targets)
