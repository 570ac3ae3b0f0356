"""A case's draft as it comes together: inputs, ops of each side, and what they give exactly. Runs on Python 3.6."""
import collections
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy import shim
from legacy.formats import casedraft
from legacy.formats.casedraft import HERE, THERE, Draft, Formula, NoCase
from legacy.formats.signatures import Edge
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import Rules, imported, rewritten
from legacy.worker.scripts import rawcalls
from legacy.worker.scripts.sides import Side
from legacy.worker.tfobjects import GraphDef, Tensor

SAME_INPUT = 1e-5  # relative: inputs of two sides that are apart by less are one

Arrays = Dict[str, Array]
# What a formula gives exactly. by: how that is known, in words.
Exact = NamedTuple('Exact', [('by', str), ('value', Array)])


class Drafting(object):
    """What of a draft has come together. arrays: {name: array}. constants: names of Const ops that are spelled out."""

    def __init__(self, constants: Iterable[str] = ()) -> None:
        self.arrays: Arrays = collections.OrderedDict()
        self.constants = set(constants)
        self._inputs: List[str] = []
        self._formulas: List[Formula] = []
        self._names: Dict[str, Dict[Edge, str]] = {THERE: {}, HERE: {}}  # names of inputs
        self._namer = rawcalls.Calls({}, {}, {})

    def add_input(self, label: str, tensor: Tensor, array: Optional[Array]) -> None:
        """A tensor that a side's ops take; one that another has already is that one."""
        if tensor.op.name in self.constants:
            return
        if array is None or not rawcalls.can_be_fed(tensor):
            raise NoCase('%s (%s) cannot be had by itself' % (tensor.name, tensor.dtype.name))
        key = tensor.op.name, tensor.value_index
        array = np.asarray(array, tensor.dtype.base_dtype.as_numpy_dtype)
        for name in self._inputs:
            if name not in self._names[label].values() and _near(self.arrays[name], array):
                self._names[label][key] = name
                return
        name = self._namer.variable(tensor.op.name)
        self._inputs.append(name)
        self._names[label][key], self.arrays[name] = name, array

    def add_formula(self, side: Side, label: str, names: Iterable[str], gives: Edge) -> None:
        """The ops of a side. gives: (node, output)."""
        constants = {name: side.nodes[name] for name in self.constants if name in side.nodes}
        calls = rawcalls.Calls(self._names[label], constants, self.arrays, list(self.arrays))
        for name in names:
            calls.add(side.nodes[name], side.inputs[name])
        parameters = [name for name in self._inputs if name in self._names[label].values()]
        self._formulas.append(Formula(label, parameters, calls.lines, calls.names[gives]))

    def draft(self, what: str, side: Side, name: str, exact_by: str, types: List[str]) -> Draft:
        """The Draft. name: of an op of the recorded graph, from whose line it comes."""
        group = side.group(name)
        line = '' if group.line.startswith('(') else group.line
        return casedraft.draft(what, types=types, of=[side.of[name]] if side.of.get(name) else [], line=line,
                               text=side.text(line), inputs=self._inputs, formulas=self._formulas, exact_by=exact_by)

    def exact(self, side: Side, label: str, names: Sequence[str], gives: Edge) -> Optional[Exact]:
        """What a formula gives exactly, on the inputs as they are; None where it is not known."""
        tried: Tuple[Tuple[Rules, str], ...] = (
            (Float64(), 'float64'), (Portable(), 'exact arithmetic, each op rounded once'))
        for rules, by in tried:
            try:
                graph_def, report = rewritten(self._definition(side, label, names), rules)
                if report.unknown:
                    continue
                graph = imported(graph_def)
                with tf.Session(graph=graph, config=shim.without_optimizers(shim.session_config())) as session:
                    fed = {graph.get_tensor_by_name('%s:0' % self._placeholder(key)): self.arrays[name]
                           for key, name in self._names[label].items()}
                    return Exact(by, np.asarray(session.run('%s:%d' % gives, fed)))
            except Exception:  # an op without such a kernel: the exact value is not known
                continue
        return None

    def _definition(self, side: Side, label: str, names: Sequence[str]) -> GraphDef:
        graph_def, given = tf.GraphDef(), self._names[label]
        for key, name in given.items():
            node = graph_def.node.add(op='Placeholder', name=self._placeholder(key))
            node.attr['dtype'].type = tf.as_dtype(self.arrays[name].dtype).as_datatype_enum
            node.attr['shape'].shape.CopyFrom(tf.TensorShape(self.arrays[name].shape).as_proto())
        of_constants = {name for known in names for name, _ in side.inputs[known]} & self.constants
        graph_def.node.extend(side.nodes[name] for name in sorted(of_constants))
        for name in names:
            node = graph_def.node.add()
            node.CopyFrom(side.nodes[name])
            node.device = ''
            node.attr.pop('_class', None)
            del node.input[:]
            node.input.extend(self._placeholder(key) if key in given else '%s:%d' % key for key in side.inputs[name])
        return graph_def

    @staticmethod
    def _placeholder(key: Edge) -> str:
        return 'given/%s_%d' % key


def _near(one: Array, two: Array) -> bool:
    """Whether two arrays are the same input, but for rounding on the way."""
    if one.shape != two.shape or one.dtype != two.dtype:
        return False
    if one.dtype.kind != 'f':
        return one.tobytes() == two.tobytes()
    return bool(np.allclose(one, two, rtol=SAME_INPUT, atol=SAME_INPUT * 1e-3, equal_nan=True))
