"""What is known of the graph that is rewritten: its nodes, their outputs' types and shapes, loops, variables.
Runs on Python 3.6."""
import collections
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.nodes import REFERENCE, TensorName, Type, node_of, tensor_name
from legacy.worker.rewriting.optypes import PASSES, UPDATES, VARIABLES
from legacy.worker.tfobjects import Graph, GraphDef, NodeDef, Operation, TensorProto

# Sizes of a tensor, None where one is not known
TensorShape = Tuple[Optional[int], ...]
# shape: None where nothing of it is known
TensorType = NamedTuple('TensorType', [('dtype', Type), ('shape', Optional[TensorShape])])
Types = Dict[TensorName, TensorType]
Frame = Tuple[str, ...]  # names of loops, from the outermost


def types_of(graph: Graph) -> Types:
    """The Types of a tf.Graph."""
    return types_of_ops(graph.get_operations())


def types_of_ops(operations: Iterable[Operation]) -> Types:
    """The same of these tf.Operations."""
    types: Types = {}
    for op in operations:
        for tensor in op.outputs:
            shape = tensor.get_shape()
            types[tensor_name(tensor.name)] = TensorType(Type(tensor.dtype.as_datatype_enum),
                                                         None if shape.ndims is None else tuple(shape.as_list()))
    return types


def types_by_import(graph_def: GraphDef) -> Types:
    """The same of a GraphDef, which is imported for it."""
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(graph_def, name='')
    return types_of(graph)


def known_sizes(shape: Optional[TensorShape]) -> Optional[Tuple[int, ...]]:
    """Return the sizes of a shape of which all are known, else None."""
    sizes = tuple(size for size in shape or () if size is not None)
    return sizes if shape is not None and len(sizes) == len(shape) else None


class Source(object):
    """nodes: in the order of the graph. types: as of `types_of`."""

    def __init__(self, graph_def: GraphDef, types: Types) -> None:
        self.nodes: Dict[str, NodeDef] = collections.OrderedDict()
        self.types: Types = {}
        self.consumers: Dict[str, List[str]] = collections.defaultdict(list)
        # {variable's node: names of the nodes that write it}
        self.writers: Dict[str, List[str]] = collections.defaultdict(list)
        self.extend(graph_def.node, types)

    def extend(self, nodes: Sequence[NodeDef], types: Types) -> None:
        """Add nodes that the graph has got since, with the types of their outputs."""
        self.nodes.update((node.name, node) for node in nodes)
        self.types.update(types)
        for node in nodes:
            for name in node.input:
                self.consumers[node_of(name)].append(node.name)
        self.frames = frames_of(self.nodes, self.consumers)
        for node in nodes:
            for k in UPDATES.get(node.op, (0,) if node.op in ('Assign', 'AssignVariableOp') else ()):
                variable = self.variable(self.data_inputs(node)[k])
                if variable is not None:
                    self.writers[variable.name].append(node.name)

    def leads(self, start: str, end: str) -> bool:
        """Whether a path leads from one node to another."""
        seen: Set[str] = set()
        pending = [start]
        while pending:
            for name in self.consumers[pending.pop()]:
                if name == end:
                    return True
                if name not in seen:
                    seen.add(name)
                    pending.append(name)
        return False

    def data_inputs(self, node: NodeDef) -> List[TensorName]:
        return [tensor_name(name) for name in node.input if not name.startswith('^')]

    def controls(self, node: NodeDef) -> List[str]:
        return [name for name in node.input if name.startswith('^')]

    def dtype(self, tensor: TensorName) -> Optional[Type]:
        """The DataType of a tensor; references count as what they refer to. None where it is not known."""
        known = self.types.get(tensor)
        return Type(known.dtype % REFERENCE) if known is not None else None

    def is_reference(self, tensor: TensorName) -> bool:
        return tensor in self.types and self.types[tensor].dtype > REFERENCE

    def shape(self, tensor: TensorName) -> Optional[TensorShape]:
        return self.types[tensor].shape if tensor in self.types else None

    def outputs(self, node: NodeDef) -> List[TensorName]:
        """Names of a node's outputs, in order."""
        names: List[TensorName] = []
        while True:
            name = node.name if not names else '%s:%d' % (node.name, len(names))
            if name not in self.types:
                return names
            names.append(name)

    def constant(self, tensor: TensorName) -> Optional[Array]:
        """The numpy value of a Const node, or None for any other tensor."""
        node = self.nodes.get(node_of(tensor))
        while node is not None and node.op == 'Identity':
            node = self.nodes.get(node_of(node.input[0]))
        if node is None or node.op != 'Const':
            return None
        return make_ndarray(node.attr['value'].tensor)

    def variable(self, tensor: TensorName) -> Optional[NodeDef]:
        """The node of the variable that a reference or a handle leads to, or None."""
        node = self.nodes.get(node_of(tensor))
        while node is not None and node.op in PASSES:
            node = self.nodes.get(node_of(node.input[0]))
        return node if node is not None and node.op in VARIABLES else None


def make_ndarray(proto: TensorProto) -> Array:
    """The numpy array that a TensorProto holds."""
    from tensorflow.python.framework import tensor_util
    array: Array = tensor_util.MakeNdarray(proto)
    return array


def frames_of(nodes: Mapping[str, NodeDef], consumers: Mapping[str, List[str]]) -> Dict[str, Frame]:
    """{node name: loop that it is in, as a tuple of frame names from the outermost}; nodes outside are left out."""
    if not any(node.op in ('Enter', 'RefEnter') for node in nodes.values()):
        return {}
    frames: Dict[str, Frame] = {}
    pending: List[str] = []

    def arrive(name: str, frame: Frame) -> None:
        if len(frame) > len(frames.get(name, ())):
            frames[name] = frame
            pending.append(name)

    for node in nodes.values():
        if node.op in ('Enter', 'RefEnter'):
            arrive(node.name, (node.attr['frame_name'].s.decode(),))
    while pending:
        name = pending.pop()
        frame = frames[name]
        if nodes[name].op in ('Exit', 'RefExit'):  # what it gives is outside of its loop
            frame = frame[:-1]
        for consumer in consumers[name]:
            node = nodes[consumer]
            if node.op in ('Enter', 'RefEnter'):
                if node_of(node.input[0]) == name:
                    arrive(consumer, frame + (node.attr['frame_name'].s.decode(),))
            else:
                arrive(consumer, frame)
    return frames
