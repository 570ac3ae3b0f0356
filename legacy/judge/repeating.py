"""Does the same TensorFlow give the same bits twice?"""
from collections.abc import Iterator, Sequence

import numpy as np

from legacy.formats.answers import Replay
from legacy.formats.recording import SERIES, Recording
from legacy.formats.values import Array, same_bits
from legacy.judge.findings import Finding, element, spelled

NAME = 'repeatable'


def repeatable(recorded: Recording, repeated: Replay, unsteady: Sequence[str]) -> Finding:
    """Finding on a Recording and its own steps taken again, in a new session, each piece from the recording's own
    checkpoint (an answers.Replay): every variable after each piece and every cost, bit for bit.

    A step that went otherwise in the run itself, and one that goes otherwise each time, are seen alike. unsteady: op
    types that answered otherwise when they were asked twice, each alone.
    """
    steps = recorded.arrays['checkpoints/steps'].tolist()
    pieces = list(zip(steps, steps[1:]))
    if list(zip(repeated.starts, repeated.ends)) != pieces:
        return Finding(NAME, False, f'{len(repeated.starts)} pieces of the run were repeated, expected {len(pieces)}')
    alone = f'; alone, {", ".join(unsteady)} gives other bits each time' if unsteady else ''
    for k, (start, end) in enumerate(pieces):
        for name, first, second in _pairs(recorded, repeated, k, start, end):
            different = ~same_bits(first, second)
            if different.any():
                found = element(name, first, second, np.argwhere(different)[0])
                where = f'step {start}' if end == start + 1 else f'steps {start} to {end - 1}'
                text = f'{where} taken again: {spelled(found)}{alone}'
                return Finding(NAME, False, text, float('inf'), 0, None, found)
    if unsteady:
        return Finding(NAME, False, f'alone, {", ".join(unsteady)} gives other bits each time', float('inf'), 0)
    return Finding(NAME, True, f'{steps[-1]} steps taken again, {len(recorded.variables)} variables: the same bits',
                   0.0, 0, 0.0, None, len(pieces), len(pieces))


def _pairs(recorded: Recording, repeated: Replay, k: int, start: int, end: int) -> Iterator[tuple[str, Array, Array]]:
    """(name, in the run, taken again) of the costs before a piece, where recorded, and of every variable after it."""
    at = np.flatnonzero(recorded.arrays['series/steps'] == start - 1)
    if start and len(at):
        for name in SERIES:
            yield f'{name} after step {start - 1}', recorded.arrays['series/' + name][at[0]], repeated.costs[name][k]
    after = recorded.checkpoint(end)
    for variable in recorded.variables:
        yield variable['name'], after[variable['name']], repeated.after[variable['name']][k]
