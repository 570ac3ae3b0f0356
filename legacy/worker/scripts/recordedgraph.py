"""The graph that a recording holds, imported by the installed TensorFlow. Runs on Python 3.6.

What its runs give here, from the recorded variables and feeds, tells what a release's kernels do from what it builds.
"""
import zlib
from typing import Optional, Set

from legacy import shim
from legacy.formats.errors import one_line
from legacy.formats.recordings import Recording
from legacy.formats.values import JsonObject
from legacy.shim import tf
from legacy.worker.rewriting.nodes import node_of
from legacy.worker.rewriting.rewriter import imported
from legacy.worker.scripts.kinds import Kind
from legacy.worker.tfobjects import Graph, GraphDef, NodeDef, Operation


class NotHere(Exception):
    """The recorded graph cannot be had on this TensorFlow. The message says why, in one line."""


class RecordedKind(Kind):
    """A kind of runs of an imported graph, whose ops have lost the loops and conditions that they are in."""

    def __init__(self, graph: Graph, header: JsonObject) -> None:
        """header: a kind as a recording's header has it. Raises NotHere."""
        self._drawn = set(header['draws'])
        try:
            super(RecordedKind, self).__init__(
                graph, [graph.get_operation_by_name(name) for name in header['targets']],
                [graph.get_tensor_by_name(name) for name in header['asked']],
                [graph.get_tensor_by_name(name) for name in header['feeds']])
        except KeyError as error:
            raise NotHere('the recorded graph has no %s' % error)

    def _draws_inside(self, op: Operation) -> bool:
        if op.name in self._drawn:
            self.draws.add(op.name)
        return op.name in self._drawn


def recorded_graph(baseline: Recording, number: int) -> Optional[GraphDef]:
    """The tf.GraphDef of a recording's graph, or None where it is not kept."""
    name = 'graphdef/%d' % number
    if name not in baseline.arrays:
        return None
    definition = tf.GraphDef()
    definition.ParseFromString(zlib.decompress(baseline.arrays[name].tobytes()))
    return definition


def kind_of(baseline: Recording, number: int) -> RecordedKind:
    """The RecordedKind of a kind of a Recording. Raises NotHere."""
    header = baseline.kinds[number]
    definition = recorded_graph(baseline, header['graph'])
    if definition is None:
        raise NotHere('the recording has no GraphDef of graph %d' % header['graph'])
    needed = _behind(definition, header)
    try:
        return RecordedKind(imported(needed), header)
    except NotHere:
        raise
    except Exception as error:  # whatever an importer says of a graph of another release
        raise NotHere(one_line(error))


def _behind(definition: GraphDef, header: JsonObject) -> GraphDef:
    """The nodes behind a kind's targets and fetches, as a GraphDef that this release accepts. Raises NotHere."""
    nodes = {node.name: node for node in definition.node}
    pending = [node_of(name) for key in ('targets', 'asked', 'feeds', 'sources') for name in header[key]]
    needed: Set[str] = set()
    while pending:
        name = pending.pop()
        if name not in needed and name in nodes:
            needed.add(name)
            pending.extend(node_of(given) for given in nodes[name].input)
    found = tf.GraphDef()
    found.versions.CopyFrom(definition.versions)
    found.library.CopyFrom(definition.library)
    for node in definition.node:
        if node.name in needed:
            _accepted(found.node.add(), node)
    return found


def _accepted(copied: NodeDef, node: NodeDef) -> None:
    """Copy a node without the attributes that this release does not know; shapes that another has inferred, too."""
    copied.CopyFrom(node)
    copied.device = ''
    known = _attributes_of(node.op)
    if known is None:
        raise NotHere('TensorFlow %s has no op %s (%s)' % (tf.__version__, node.op, node.name))
    for key in list(copied.attr):
        if key not in known:
            del copied.attr[key]


def _attributes_of(op_type: str) -> Optional[Set[str]]:
    """Names of the attributes of an op type, or None where there is no such op here."""
    found = shim.op_definition(op_type)
    return None if found is None else {attribute.name for attribute in found.attr}
