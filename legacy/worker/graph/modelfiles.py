"""What is in the file of a model: its graphs, their signatures, and what they take. Runs on Python 3.6."""
import collections
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

from legacy.formats.errors import in_one_line
from legacy.formats.graphtable import TableError
from legacy.shim import tf
from legacy.worker.tfobjects import GraphDef, Message, NodeDef

# isort: split
from google.protobuf import message, text_format
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

META = '.meta'  # ends the name of a MetaGraph's file
TEXT = '.pbtxt'
SCHEMA_VERSION = b'\x08'  # a SavedModel begins with this field, a GraphDef never
INPUTS = ('Placeholder', 'PlaceholderV2')  # that have no value of their own
VARIABLES = ('Variable', 'VariableV2', 'VarHandleOp')
CHOOSE = ('ArgMax', 'ArgMin', 'TopK', 'TopKV2', 'Greater', 'GreaterEqual', 'Cast')  # numbers become whole or few
GIVE_NOTHING = INPUTS + VARIABLES + ('PlaceholderWithDefault', 'Const', 'NoOp', 'Assert')

# What a tensor takes. dtype: its name in TensorFlow. shape: sizes, None where any is right; or None.
Takes = NamedTuple('Takes', [('tensor', str), ('dtype', str), ('shape', Optional[List[Optional[int]]])])
# A node. inputs: names of nodes, each once. takes: of a placeholder, else None.
Of = NamedTuple('Of', [('op', str), ('inputs', List[str]), ('takes', Optional[Takes])])
# outputs: names of tensors
Signature = NamedTuple('Signature', [('inputs', Dict[str, Takes]), ('outputs', Dict[str, str])])
# A graph with its signatures.
Held = NamedTuple('Held', [('tags', List[str]), ('definition', GraphDef), ('signatures', Dict[str, Signature]),
                           ('nodes', Dict[str, Of])])


def held(content: bytes, name: str) -> List[Held]:
    """[Held] of a file's content: of a SavedModel as many as it has. name: of the file, that says what it is. Raises
    TableError where it is not that."""
    try:
        if name.endswith(TEXT):
            found = _from_text(content.decode('utf-8'))
        elif name.endswith(META):
            found = [_parsed(meta_graph_pb2.MetaGraphDef, content)]
        elif content.startswith(SCHEMA_VERSION):
            found = list(_parsed(saved_model_pb2.SavedModel, content).meta_graphs)
        else:
            found = [meta_graph_pb2.MetaGraphDef(graph_def=_parsed(tf.GraphDef, content))]
    except (message.DecodeError, text_format.ParseError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise TableError('not a GraphDef or a model, or damaged (%s)' % in_one_line(error))
    found = [_held(meta) for meta in found if meta.graph_def.node]
    if not found:
        raise TableError('not a GraphDef or a model, or one without nodes')
    return found


def _parsed(kind: Callable[[], Message], content: bytes) -> Message:
    found = kind()
    found.ParseFromString(content)
    return found


def _from_text(text: str) -> List[Message]:
    """[MetaGraphDef]. In text the names of the fields say what it is."""
    for kind in (tf.GraphDef, saved_model_pb2.SavedModel, meta_graph_pb2.MetaGraphDef):
        try:
            found = text_format.Parse(text, kind())
        except text_format.ParseError as error:
            fault = error
        else:
            return list(found.meta_graphs) if kind is saved_model_pb2.SavedModel else [
                found if kind is meta_graph_pb2.MetaGraphDef else meta_graph_pb2.MetaGraphDef(graph_def=found)]
    raise fault


def _held(meta: Message) -> Held:
    signatures = {name: Signature({key: Takes(info.name, _dtype(info.dtype), _shape(info.tensor_shape))
                                   for key, info in signature.inputs.items()},
                                  {key: info.name for key, info in signature.outputs.items()})
                  for name, signature in meta.signature_def.items() if signature.outputs}
    nodes = collections.OrderedDict((node.name, Of(node.op, sorted({_node_of(given) for given in node.input}),
                                                   _takes(node))) for node in meta.graph_def.node)
    return Held(list(meta.meta_info_def.tags), meta.graph_def, signatures, nodes)


def _node_of(given: str) -> str:
    return given.lstrip('^').partition(':')[0]


def _takes(node: NodeDef) -> Optional[Takes]:
    if node.op not in INPUTS:
        return None
    shape = node.attr['shape'].shape  # without any sizes it stood for every shape before TensorFlow 1.0
    return Takes(node.name + ':0', _dtype(node.attr['dtype'].type), _shape(shape) or None)


def _dtype(number: int) -> str:
    try:
        return str(tf.as_dtype(number).base_dtype.name)
    except TypeError:  # of a newer release
        return '?'


def _shape(proto: Message) -> Optional[List[Optional[int]]]:
    return None if proto.unknown_rank else [None if dim.size < 0 else dim.size for dim in proto.dim]


def ends(found: Held) -> List[str]:
    """Names of the tensors of a Held that nothing takes, of ops that give something; and of what is chosen from, where
    such an op chooses."""
    taken = {name for node in found.nodes.values() for name in node.inputs}
    last = [name for name, node in found.nodes.items() if name not in taken and node.op not in GIVE_NOTHING]
    chosen_from = [given for name in last if found.nodes[name].op in CHOOSE for given in found.nodes[name].inputs
                   if given in found.nodes and found.nodes[given].op not in GIVE_NOTHING]
    return [name + ':0' for name in dict.fromkeys(chosen_from + last)]


def needed(found: Held, fetches: Iterable[str], given: Iterable[str]) -> List[Takes]:
    """[Takes] of the placeholders that these tensors are computed from, but for those that are given, as tensor names.
    """
    pending, seen = [_node_of(name) for name in fetches], {_node_of(name) for name in given}
    lacking = []
    while pending:
        name = pending.pop()
        if name in seen or name not in found.nodes:
            continue
        seen.add(name)
        node = found.nodes[name]
        pending += node.inputs
        if node.takes:
            lacking.append(node.takes)
    return lacking


def has_variables(found: Held) -> bool:
    """Whether a Held has variables, whose values are in other files."""
    return any(node.op in VARIABLES for node in found.nodes.values())
