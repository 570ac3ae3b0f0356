"""One node that is being rewritten, and what a rule needs to write others in its place. Runs on Python 3.6."""
from typing import TYPE_CHECKING, Any, Container, Dict, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.worker.rewriting.arithmetic import OF_ONE_TYPE, Arithmetic, Write
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, NUMPY, REFERENCE, TensorName, Type, node_of
from legacy.worker.rewriting.optypes import UPDATES
from legacy.worker.rewriting.source import TensorShape
from legacy.worker.tfobjects import NodeDef

if TYPE_CHECKING:
    from legacy.worker.rewriting.rewriter import Rewriter


class Site(Arithmetic):
    """node: the NodeDef. inputs: its data inputs, names of tensors that hold in the new graph too. controls: its
    control inputs. Rules write nodes with `op` and end with one call of `finish`, which gives the last node the
    original's name, so that whoever fetches, feeds or consumes it by name goes on to do so."""

    def __init__(self, rewriter: 'Rewriter', node: NodeDef) -> None:
        self.rewriter, self.nodes, self.source = rewriter, rewriter.nodes, rewriter.source
        self.node, self.name = node, node.name
        self.inputs = self.source.data_inputs(node)
        self.controls = self.source.controls(node)
        self.prefix = '%s/%s/' % (node.name, rewriter.rules.name)
        self.frame = self.source.frames.get(node.name)
        self.finished = False

    # ---- what is known

    def dtype(self, k: int = 0) -> Type:
        """Type of input k. Inputs are outputs of nodes of the graph, whose types are known."""
        dtype = self.source.dtype(self.inputs[k])
        assert dtype is not None, self.inputs[k]
        return dtype

    def shape(self, k: int = 0) -> Optional[TensorShape]:
        """Shape of input k: a tuple with None for a size that is not known, or None."""
        return self.source.shape(self.inputs[k])

    def out_dtype(self, k: int = 0) -> Optional[Type]:
        return self.source.dtype(self.name if not k else '%s:%d' % (self.name, k))

    def out_dtypes(self) -> List[Type]:
        """Types of all outputs."""
        return [Type(self.source.types[name].dtype % REFERENCE) for name in self.source.outputs(self.node)]

    def out_shape(self, k: int = 0) -> Optional[TensorShape]:
        return self.source.shape(self.name if not k else '%s:%d' % (self.name, k))

    def attribute(self, name: str, default: Any = None) -> Any:
        """The AttrValue's int, float, bool, string (as str) or list of ints, or the default if the node has none."""
        if name not in self.node.attr:
            return default
        value = self.node.attr[name]
        kind = value.WhichOneof('value')
        if kind == 's':
            return value.s.decode('utf-8')
        if kind == 'list':
            return list(value.list.i)
        return getattr(value, kind) if kind else default

    # ---- writing

    def op(self, op: str, *inputs: TensorName, **attributes: Any) -> TensorName:
        """Write a node; return its first output. Attributes are named as in TensorFlow; `T` is DOUBLE unless given;
        `controls`: further control inputs; `label`: what its name ends in."""
        controls = attributes.pop('controls', ())
        label = attributes.pop('label', op)
        if op in OF_ONE_TYPE:
            attributes.setdefault('T', DOUBLE)
        return self.nodes.add(op, self.nodes.fresh(self.prefix + label), inputs, attributes, controls,
                              self.node.device)

    def finish(self, op: str, *inputs: TensorName, **attributes: Any) -> None:
        """Write the last node, under the original's name, with its control inputs, device and colocation."""
        if self.finished:
            raise RuntimeError('%s was finished twice' % self.name)
        self.finished = True
        controls = list(attributes.pop('controls', ())) + self.controls
        if op in OF_ONE_TYPE:
            attributes.setdefault('T', DOUBLE)
        if '_class' in self.node.attr:
            attributes['_class'] = self.node.attr['_class']
        self.nodes.add(op, self.name, inputs, attributes, controls, self.node.device)

    def finish_outputs(self, outputs: Sequence[Tuple[TensorName, Optional[Type]]]) -> None:
        """The original had several outputs: name these tensors as them. outputs: [(tensor, Type), ...]"""
        if shim.has_identity_n():
            self.finish('IdentityN', *[tensor for tensor, _ in outputs], T=[dtype for _, dtype in outputs])
            return
        self.finish('Identity', outputs[0][0], T=outputs[0][1])
        for k, (tensor, _) in enumerate(outputs[1:], 1):
            self.rewriter.renamed['%s:%d' % (self.name, k)] = tensor

    def keep(self, name: Optional[str] = None, inputs: Optional[Iterable[TensorName]] = None) -> None:
        """Write the original node itself, under another name or with other data inputs where these are given."""
        copy = self.nodes.graph_def.node.add()
        copy.CopyFrom(self.node)
        copy.attr.pop('_output_shapes', None)
        if name is None:
            self.finished = True
        else:
            copy.name = name
        if inputs is not None:
            del copy.input[:]
            copy.input.extend(list(inputs) + self.controls)

    def keep_as(self, label: str, inputs: Optional[Iterable[TensorName]] = None) -> str:
        """The same under a fresh name, which is returned."""
        name = self.nodes.fresh(self.prefix + label)
        self.keep(name, inputs)
        return name

    def anchor(self) -> Optional[str]:
        """A node of the loop that this one is in, or None outside of loops: what has no inputs waits for it."""
        return node_of(self.inputs[0]) if self.frame else None

    def const(self, value: Any, dtype: Type = DOUBLE) -> TensorName:
        """A constant tensor."""
        return self.nodes.constant(np.asarray(value, NUMPY[dtype]), self.anchor())

    def call(self, name: str, write: Write, arguments: Sequence[Tuple[TensorName, Type]],
             results: Sequence[Type] = (FLOAT,)) -> TensorName:
        """Call the function of this name of the graph's library, which `write` writes if it is not there yet.

        write: a function (Function, one tensor for each argument) that returns the result, or a list of several.
        arguments: [(tensor, DataType), ...]. results: their DataTypes.
        """
        self.rewriter.define(name, write, [dtype for _, dtype in arguments], results)
        return self.nodes.add(name, self.nodes.fresh(self.prefix + 'call'), [tensor for tensor, _ in arguments], {}, (),
                              self.node.device)

    def finish_call(self, name: str, write: Write, arguments: Sequence[Tuple[TensorName, Type]],
                    results: Sequence[Type] = (FLOAT,)) -> None:
        """`finish` with a call, whose results are the original's outputs."""
        self.rewriter.define(name, write, [dtype for _, dtype in arguments], results)
        self.finish(name, *[tensor for tensor, _ in arguments])

    # ---- float64 and back

    def f64(self, k: int) -> TensorName:
        """Input k in float64. A variable that is given by reference is read when the node would have read it."""
        if self.is_reference(k):
            return self.op('Cast', self.inputs[k], SrcT=self.dtype(k), DstT=DOUBLE, controls=self.ready([k]))
        return self.as_f64(self.inputs[k], self.dtype(k))

    def as_f64(self, tensor: TensorName, dtype: Type = FLOAT) -> TensorName:
        """A tensor of the original graph in float64; one node for all who ask."""
        if dtype == DOUBLE:
            return tensor
        casts = self.rewriter.casts
        if tensor not in casts:
            name = self.nodes.fresh(tensor.replace(':', '_') + '/float64')
            device = self.source.nodes[node_of(tensor)].device
            casts[tensor] = self.nodes.add('Cast', name, [tensor], {'SrcT': dtype, 'DstT': DOUBLE}, (), device)
        return casts[tensor]

    def finish_f32(self, tensor: TensorName) -> None:
        """`finish` with a float64 tensor rounded to float32."""
        self.finish('Cast', tensor, SrcT=DOUBLE, DstT=FLOAT)

    # ---- variables

    def is_reference(self, k: int) -> bool:
        return self.source.is_reference(self.inputs[k])

    def ready(self, variables: Container[int]) -> List[str]:
        """Control inputs that hold when all that the node waits for is there, but for these inputs. TensorFlow leaves
        out a control input where a data input has it already, so data inputs count too."""
        others = ['^' + node_of(tensor) for k, tensor in enumerate(self.inputs) if k not in variables]
        return others + self.controls

    def old_value_stored(self, k: int) -> TensorName:
        """What the variable behind input k holds before this update. Rules must do with it what they do before the
        update is finished: for a reference variable it may be the variable's own memory."""
        before = self.rewriter.written_before(self.inputs[k], self.node)
        read = None if before or self.frame else self.rewriter.plain_read(self.inputs[k])
        if read:
            return read
        controls = self.ready(UPDATES[self.node.op]) if before else self.controls
        if self.is_reference(k):
            return self.op('Identity', self.inputs[k], T=FLOAT, controls=controls, label='old')
        return self.op('ReadVariableOp', self.inputs[k], dtype=FLOAT, controls=controls, label='old')

    def old_value(self, k: int) -> TensorName:
        """The same in float64."""
        stored = self.old_value_stored(k)
        return self.as_f64(stored) if stored in self.source.nodes else self.wide(stored)

    def finish_update(self, values: Sequence[Tuple[int, TensorName]], rows: Optional[int] = None,
                      dtype: Type = FLOAT) -> None:
        """Write variables after everybody has read them. values: [(input k, tensor of this dtype), ...]; the first
        one's variable is what the original update handed on. rows: the input that says which rows are written, if not
        all."""
        readers = self.rewriter.readers_of([self.inputs[k] for k, _ in values], self.frame)
        waiting = list(readers)
        for k, value in values[1:]:
            op, attributes = self._assignment(k, rows, dtype)
            inputs = [self.inputs[k]] + ([] if rows is None else [self.inputs[rows]]) + [value]
            waiting.append('^' + self.op(op, *inputs, controls=readers + self.controls, **attributes))
        k, value = values[0]
        op, attributes = self._assignment(k, rows, dtype)
        inputs = [self.inputs[k]] + ([] if rows is None else [self.inputs[rows]]) + [value]
        self.finish(op, *inputs, controls=waiting, **attributes)

    def _assignment(self, k: int, rows: Optional[int], dtype: Type) -> Tuple[str, Dict[str, Any]]:
        """(op type, attributes) of what writes the variable behind input k."""
        if rows is not None:
            attributes: Dict[str, Any] = {'Tindices': self.dtype(rows)}
            if self.is_reference(k):
                return 'ScatterUpdate', dict(attributes, T=dtype, use_locking=True)
            return 'ResourceScatterUpdate', dict(attributes, dtype=dtype)
        if self.is_reference(k):
            return 'Assign', {'T': dtype, 'use_locking': True, 'validate_shape': True}
        return 'AssignVariableOp', {'dtype': dtype}
