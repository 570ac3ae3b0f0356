"""Kinds of runs: which two are the same. Runs on Python 3.6."""
import typing
from typing import Dict, Iterable, Sequence

from legacy.formats.values import JsonObject

# What a run of a session is asked for. The order in which a script asks for it changes nothing of what comes out.
Identity = typing.NamedTuple('Identity', [('graph', int), ('targets', typing.Tuple[str, ...]),
                                          ('fetches', typing.Tuple[str, ...]), ('feeds', typing.Tuple[str, ...])])


def identity(graph: int, targets: Iterable[str], fetches: Iterable[str], feeds: Iterable[str]) -> Identity:
    """The Identity of runs of a graph with these names."""
    return Identity(graph, *(tuple(sorted(set(names))) for names in (targets, fetches, feeds)))


def of_header(kind: JsonObject) -> Identity:
    """The Identity of a kind as a recording's header has it."""
    return identity(kind['graph'], kind['targets'], kind['fetches'], kind['feeds'])


def matches(there: Sequence[JsonObject], other: Sequence[JsonObject]) -> Dict[int, int]:
    """{number of a kind of a recording: number of the same kind of another}, of their headers' kinds."""
    numbers = {of_header(kind): k for k, kind in enumerate(other)}
    return {k: numbers[of_header(kind)] for k, kind in enumerate(there) if of_header(kind) in numbers}
