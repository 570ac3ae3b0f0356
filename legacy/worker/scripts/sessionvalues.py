"""The values of variables in a script's session: read, and given, between its runs. Runs on Python 3.6.

What is read or given more than once is looked up once for each session, since that takes longer than a small run.
"""
import collections
from typing import Any, Callable, Dict, Hashable, Iterable, List, Mapping, Optional, Sequence, Tuple

from legacy import shim
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.scripts import kinds
from legacy.worker.tfobjects import Operation, Session

Caller = Callable[[Sequence[Array]], List[Array]]  # gives what it is made for the arrays that it is fed
NOT_READ = (tf.errors.FailedPreconditionError, tf.errors.NotFoundError)
CALLERS = '_callers_of_legacy'  # an attribute of a session: they end with it


def read(session: Session, variables: Mapping[str, Operation]) -> Optional[Dict[str, Array]]:
    """{name: array} of variables, given as {name: op}; None if one of them has no value yet, or cannot be read."""
    if not variables:
        return {}

    def made() -> Optional[Caller]:
        wanted = [kinds.reading(variable) for variable in variables.values()]
        names = [tensor.name for tensor in wanted if tensor is not None]
        return shim.caller(session, names, [], []) if len(names) == len(wanted) else None
    run: Optional[Caller] = _known(session, ('read',) + tuple(variables), made)
    if run is None:
        return None
    try:
        return dict(zip(variables, run([])))
    except NOT_READ:
        return None


def read_each(session: Session, variables: Mapping[str, Operation]) -> Dict[str, Array]:
    """{name: array} of those variables that have a value and can be read. All are read at once, since in a large graph
    every run with other fetches takes its time; where that fails, each by itself."""
    values = read(session, variables)
    if values is None:
        values = {}
        for name, variable in variables.items():
            values.update(read(session, {name: variable}) or {})
    return values


def write(session: Session, variables: Mapping[str, Operation], values: Mapping[str, Array]) -> None:
    """Give variables values, {name: array}, as their initializers would; those that have none stay as they are."""
    def made() -> List[Tuple[Caller, List[str]]]:
        return [(shim.caller(session, [], [op.name for op in now.values()], list(now)),
                 [taken[tensor] for tensor in now])
                for now, taken in assignments(variables, values)]
    for run, names in _known(session, ('write',) + tuple(values), made):
        run([values[name] for name in names])


def assignments(variables: Mapping[str, Operation],
                names: Iterable[str]) -> List[Tuple[Dict[str, Operation], Dict[str, str]]]:
    """[({tensor name: op}, {tensor name: variable})]: runs in which ops, each fed the tensor, give variables their
    values. No two in one run take their value from the same tensor. variables: {name: op}."""
    pending = [(op, op.inputs[1].name, name) for op, name in
               ((kinds.initializer(variables[name]), name) for name in names) if op is not None]
    runs = []  # type: List[Tuple[Dict[str, Operation], Dict[str, str]]]
    while pending:
        now: Dict[str, Operation] = collections.OrderedDict()
        taken: Dict[str, str] = {}
        for op, tensor, name in reversed(pending):
            now[tensor], taken[tensor] = op, name
        runs.append((now, taken))
        pending = [item for item in pending if item[0] not in now.values()]
    return runs


def _known(session: Session, what: Hashable, make: Callable[[], Any]) -> Any:
    """What `make` returns, worked out once for a session, unless it is None."""
    known: Dict[Hashable, Any] = session.__dict__.setdefault(CALLERS, {})
    if what not in known:
        found = make()
        if found is None:
            return None
        known[what] = found
    return known[what]
