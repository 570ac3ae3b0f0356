"""GraphDef files, and what a node's attributes say. Runs on Python 3.6."""
import collections
import hashlib

import numpy as np

from legacy import shim
from legacy.formats.graphtable import Node, Table, TableError, check_inputs
from legacy.shim import tf

# isort: split
from google.protobuf import message, text_format  # after TensorFlow, which brings it along and is missed first

SUFFIXES = ('.pb', '.pbtxt')  # binary, text
LONGEST_VALUE = 8  # elements of a constant that are spelled out


def to_bytes(graph, as_text):
    """A graph as the content of a .pb or .pbtxt file."""
    definition = graph.as_graph_def()
    return text_format.MessageToString(definition).encode('utf-8') if as_text else definition.SerializeToString()


def from_bytes(content, as_text):
    """The Table of a .pb or .pbtxt file's content; where its nodes come from is not known. Raises TableError."""
    definition = tf.GraphDef()
    try:
        if as_text:
            text_format.Parse(content.decode('utf-8'), definition)
        else:
            definition.ParseFromString(content)
        found = [Node(node.op, node.name, list(node.input), [], value(node), '', '', '', '', '', '')
                 for node in definition.node]
    except (message.DecodeError, text_format.ParseError, UnicodeDecodeError, ValueError) as error:
        raise TableError('not a GraphDef, or damaged (%s)' % ' '.join(str(error).split())[:200])
    if not found:
        raise TableError('not a GraphDef, or one without nodes')
    table = Table('', '', collections.OrderedDict(), found)
    check_inputs(table)
    return table


def value(node):
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
        return 'sha256 ' + hashlib.sha256(array.tobytes()).hexdigest()[:8]
    return ' '.join(flat)
