"""The whole history of a script in another arithmetic, as a recording keeps it. Runs on Python 3.6.

See `formats.wholerun` for what that is.
"""
from typing import Callable, Dict, List, Optional, Sequence

from legacy.formats import contents, wholerun
from legacy.formats.values import Array, JsonObject
from legacy.worker.rewriting.optypes import VARIABLES
from legacy.worker.scripts import kinds
from legacy.worker.scripts.rewrittenruns import RewrittenRuns
from legacy.worker.scripts.sessionvalues import NOT_READ
from legacy.worker.tfobjects import Graph

Read = Callable[[Sequence[str]], Dict[str, Array]]  # values of tensors, by name


class LastValues(object):
    """Digests of all variables of each session, when it is closed. found: {number of the session: {variable: ...}}"""

    def __init__(self) -> None:
        self.found: Dict[int, Dict[str, int]] = {}

    def note(self, number: int, graph: Graph, read: Read) -> None:
        """A session is about to be closed. read: a function of [tensor name] that returns {tensor name: value}."""
        wanted = {}
        for op in graph.get_operations():
            tensor = kinds.reading(op) if op.type in VARIABLES and op.type != 'TemporaryVariable' else None
            if tensor is not None and kinds.is_number(tensor):
                wanted[op.name] = tensor.name
        values = _read(read, list(wanted.values()))
        self.found[number] = {name: contents.digest(values[tensor]) for name, tensor in sorted(wanted.items())
                              if tensor in values}


def _read(read: Read, names: List[str]) -> Dict[str, Array]:
    """{tensor name: value} of those that have one."""
    try:
        return read(names) if names else {}
    except NOT_READ:
        pass
    found: Dict[str, Array] = {}
    for name in names:
        try:
            found.update(read([name]))
        except NOT_READ:
            pass
    return found


def noted(header: JsonObject, arrays: Dict[str, Array], last: LastValues,
          rewritten: RewrittenRuns) -> Optional[JsonObject]:
    """The header's `whole`, whose arrays are added; None in float64, of which there is none.

    header, arrays: of a run's recording. last: LastValues. rewritten: the rewrittenruns.RewrittenRuns in which it was
    made.
    """
    if rewritten.arithmetic != wholerun.ARITHMETIC:
        return None
    for name in [name for name in arrays if name.partition('/')[0] in wholerun.ARRAYS]:
        arrays[wholerun.PREFIX + name] = arrays[name]
    found = [values for _, values in sorted(last.found.items()) if values]  # of some releases a session has none
    return {'kinds': [{key: kind[key] for key in wholerun.KIND} for kind in header['kinds']],
            'last': [{'session': session, 'name': name, 'digest': digest} for session, values in enumerate(
                found) for name, digest in values.items()],
            'not_pinned': rewritten.not_pinned.types(), 'varying': [], 'fault': ''}
