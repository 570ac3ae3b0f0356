"""What the graph commands ask of one TensorFlow, each answered as the bytes of a file. Runs on Python 3.6."""
import json
from typing import Callable, Dict, Optional

from legacy import shim
from legacy.formats import graphtable
from legacy.formats.places import PathLike
from legacy.formats.values import JsonObject
from legacy.worker.experiment import for_its_nodes
from legacy.worker.graph import definition, origin, seeds, step


def answer(task: str, settings: JsonObject) -> bytes:
    """The bytes that the function of this name below gives. Raises shim.ShimError, archive.RecordingError."""
    shim.quiet()
    answer: bytes = TASKS[task](**settings)
    return answer


def as_table(compressed: bool = False) -> bytes:
    """The article's graph as a table's file."""
    return graphtable.to_bytes(origin.describe(for_its_nodes()), compressed)


def as_definition(arithmetic: str = 'float32', as_text: bool = False) -> bytes:
    """The article's graph as a GraphDef file; in another arithmetic than float32, what the rewriter makes of it."""
    return definition.to_bytes(for_its_nodes(arithmetic).graph, as_text)


def op_seeds() -> bytes:
    """`seeds.gather` as JSON."""
    return json.dumps(seeds.gather()).encode('ascii')


def one_step(at: int, recording: Optional[PathLike] = None) -> bytes:
    """`step.measure` as JSON."""
    return json.dumps(step.measure(at, recording)).encode('ascii')


TASKS: Dict[str, Callable[..., bytes]] = {'as_table': as_table, 'as_definition': as_definition, 'op_seeds': op_seeds,
                                          'one_step': one_step}
