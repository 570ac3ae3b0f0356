"""From which lines of a script each node of a graph was called, beside the line that made it. Runs on Python 3.6.

A recording holds this as one array a graph, `callers/<g>`: a helper of the script that is called from three lines makes
three groups of nodes, which only these lines tell apart.
"""
import json
import zlib
from typing import List, Sequence, Tuple

import numpy as np

from legacy.formats.archive import RecordingError
from legacy.formats.recordings import Recording
from legacy.formats.values import Array

LARGEST = 64 << 20  # bytes, unpacked
Chain = Tuple[str, ...]


def to_array(chains: Sequence[Chain]) -> Array:
    """uint8 array of [(line of the script, ...)], one tuple a node, outermost first; most nodes share theirs."""
    known = {chain: k for k, chain in enumerate(dict.fromkeys(chains))}
    content = {'chains': [list(chain) for chain in known], 'of': [known[chain] for chain in chains]}
    return np.frombuffer(zlib.compress(json.dumps(content).encode('ascii'), 9), np.uint8)


def from_array(array: Array, nodes: int) -> List[Chain]:
    """The chains of so many nodes again. Raises RecordingError for what is no such array."""
    try:
        unpacker = zlib.decompressobj()
        content = json.loads(unpacker.decompress(array.tobytes(), LARGEST).decode('ascii'))
        chains = [tuple(chain) for chain in content['chains']]
        found = [chains[k] for k in content['of']]
        right = all(isinstance(line, str) for chain in chains for line in chain) and len(found) == nodes
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise RecordingError('an array of callers that is damaged (%s)' % error)
    if not right:
        raise RecordingError('an array of callers that is not of its graph')
    return found


def of_recording(recording: Recording, graph: int, nodes: int) -> List[Chain]:
    """The chains of a graph of a Recording; empty ones where a recording has none."""
    name = 'callers/%d' % graph
    return from_array(recording.arrays[name], nodes) if name in recording.arrays else [()] * nodes
