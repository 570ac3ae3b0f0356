"""GraphDef files, and what a node's attributes say. Runs on Python 3.6."""
import collections
import functools
import hashlib
import operator
from typing import Dict, List

import numpy as np

from legacy import shim
from legacy.formats import signatures
from legacy.formats.errors import in_one_line
from legacy.formats.graphtable import Node, Table, TableError, check_inputs
from legacy.worker.graph import modelfiles
from legacy.worker.tfobjects import AttrValue, Graph, GraphDef, NodeDef, Tensor

# isort: split
from google.protobuf import text_format  # after TensorFlow, which brings it along and is missed first

LONGEST_VALUE = 8  # elements of a constant that are spelled out
LARGEST_VALUE = 1 << 24  # elements of a constant; a few bytes of a file may declare any number
LARGEST_VALUES = 1 << 27  # elements of all constants


def to_bytes(graph: Graph, as_text: bool) -> bytes:
    """A graph as the content of a .pb or .pbtxt file."""
    definition = graph.as_graph_def()
    content: bytes = (text_format.MessageToString(definition).encode('utf-8') if as_text else
                      definition.SerializeToString())
    return content


def from_bytes(content: bytes, name: str) -> List[Table]:
    """[Table] of the graphs in a file's content: see `modelfiles.held`. Where their nodes come from is not known.
    Raises TableError."""
    return [_table(found.definition) for found in modelfiles.held(content, name)]


def _table(definition: GraphDef) -> Table:
    try:
        _check_sizes(definition)
        found = [Node(node.op, node.name, list(node.input), [], value(node), '', '', '', '', '', '',
                      signatures.spelled(attributes(node)))
                 for node in definition.node]
    except (ValueError, TypeError, KeyError) as error:  # what make_ndarray raises for content that is none
        raise TableError('damaged (%s)' % in_one_line(error))
    table = Table('', '', collections.OrderedDict(), found)
    check_inputs(table)
    return table


def _check_sizes(definition: GraphDef) -> None:
    """Raises TableError if the constants declare more elements than fit into memory."""
    total = 0
    for node in definition.node:
        if node.op == 'Const':
            sizes = [dim.size for dim in node.attr['value'].tensor.tensor_shape.dim]
            count = functools.reduce(operator.mul, sizes, 1)
            total += count
            if any(size < 0 for size in sizes) or count > LARGEST_VALUE or total > LARGEST_VALUES:
                raise TableError('%s is a constant of shape %s: too large for a graph to be listed' % (node.name,
                                                                                                       sizes[:8]))


def value(node: NodeDef) -> str:
    """What a NodeDef carries: a constant's value (one number where all are equal, a digest where they are many), a
    random op's seeds, '' for any other."""
    if 'seed2' in node.attr:
        return 'seeds %d %d' % (node.attr['seed'].i, node.attr['seed2'].i)
    if node.op != 'Const':
        return ''
    array = np.asarray(shim.make_ndarray(node.attr['value'].tensor))
    flat = [' '.join(str(item).split()) for item in array.ravel()[:LONGEST_VALUE]]
    if array.size > 1 and (array == array.ravel()[0]).all():
        return flat[0]
    if array.size > LONGEST_VALUE:
        content = array.tobytes() if array.dtype != object else b'\0'.join(array.ravel())  # object: of strings
        return 'sha256 ' + hashlib.sha256(content).hexdigest()[:8]
    return ' '.join(flat)


def attributes(node: NodeDef) -> signatures.Attributes:
    """The signatures.Attributes of a NodeDef: what says how it computes. Those that it leaves out have their defaults.
    """
    default = _defaults(node.op)
    own: Dict[str, str] = {}
    for key in node.attr:
        if key not in signatures.SILENT and not key.startswith('_'):
            spelled = _spelled(node.attr[key])
            if spelled and spelled != default.get(key):
                own[key] = spelled
    return signatures.Attributes(own, {key: spelled for key, spelled in default.items() if key not in own})


@functools.lru_cache(None)
def _defaults(op_type: str) -> Dict[str, str]:
    """{attribute: its default as it is spelled} of an op type; empty where this release does not know it."""
    definition = shim.op_definition(op_type)
    found = {item.name: _spelled(item.default_value) for item in (definition.attr if definition else ())
             if item.name not in signatures.SILENT and not item.name.startswith('_')}
    return {key: spelled for key, spelled in found.items() if spelled}


def _spelled(attribute: AttrValue) -> str:
    """A value that says how an op computes, in words; '' for types and functions."""
    kind = attribute.WhichOneof('value')
    if kind == 'f':
        return '%.7g' % attribute.f
    if kind in ('i', 'b'):
        return str(getattr(attribute, kind))
    if kind == 's':
        return str(attribute.s.decode('utf-8', 'replace'))
    if kind == 'list':
        return ' '.join(str(item) for item in [*attribute.list.i, *attribute.list.f, *attribute.list.b])
    return ''


def output(tensor: Tensor) -> str:
    """'float32 (?, 30)', as a table says it."""
    shape = tensor.get_shape()
    if shape.ndims is None:
        return str(tensor.dtype.base_dtype.name + ' ?')
    sizes = ['?' if size is None else str(size) for size in shape.as_list()]
    return '%s (%s)' % (tensor.dtype.base_dtype.name, ', '.join(sizes))
