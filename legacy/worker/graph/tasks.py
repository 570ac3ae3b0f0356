"""What the graph commands ask of one TensorFlow, each answered as the bytes of a file. Runs on Python 3.6."""
import json

from legacy import shim
from legacy.formats import graphtable
from legacy.worker.experiment import for_its_nodes
from legacy.worker.graph import definition, origin, seeds, step


def answer(task, settings):
    """The bytes that the function of this name below gives. Raises shim.ShimError, archive.RecordingError."""
    shim.quiet()
    return TASKS[task](**settings)


def as_table(compressed=False):
    """The article's graph as a table's file."""
    return graphtable.to_bytes(origin.describe(for_its_nodes()), compressed)


def as_definition(arithmetic='float32', as_text=False):
    """The article's graph as a GraphDef file; in another arithmetic than float32, what the rewriter makes of it."""
    return definition.to_bytes(for_its_nodes(arithmetic).graph, as_text)


def op_seeds():
    """`seeds.gather` as JSON."""
    return json.dumps(seeds.gather()).encode('ascii')


def one_step(at, recording=None):
    """`step.measure` as JSON."""
    return json.dumps(step.measure(at, recording)).encode('ascii')


TASKS = {'as_table': as_table, 'as_definition': as_definition, 'op_seeds': op_seeds,
         'one_step': one_step}
