"""Flows of TensorArrays: float32 tensors that hold no number and order what reads and writes the array. Whoever makes
float64 of float32 leaves them. Runs on Python 3.6."""
from typing import List, Optional, Set

from legacy.worker.rewriting.nodes import TensorName, node_of
from legacy.worker.rewriting.source import Source
from legacy.worker.tfobjects import NodeDef

# {op: which of its outputs is a flow}
BEGIN = {'TensorArrayV3': 1, 'TensorArrayGradV3': 1, 'TensorArrayWriteV3': 0, 'TensorArrayScatterV3': 0,
         'TensorArraySplitV3': 0, 'TensorArrayGradWithShape': 1}
STACKS = ('StackPushV2', 'StackPopV2')
SUMS = ('Add', 'AddV2', 'AddN')  # a gradient sums the flows of all who take one
HANDS_ON = ('Identity', 'Enter', 'Exit', 'Switch', 'Merge', 'NextIteration') + SUMS


class Flows(object):
    """nodes: names of the nodes that hand on a flow. tensors: all flows. Loops keep them on a stack, too, for their
    gradients. What enters a loop beside a flow, or is added to one, is a flow as well."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.nodes: Set[str] = set()
        self._pending = [node.name if not BEGIN[node.op] else '%s:%d' % (node.name, BEGIN[node.op])
                         for node in source.nodes.values() if node.op in BEGIN]
        self.tensors = set(self._pending)
        while self._pending:
            tensor = self._pending.pop()
            for name in source.consumers[node_of(tensor)]:
                self._arrive(tensor, source.nodes[name])

    def _arrive(self, tensor: TensorName, node: NodeDef) -> None:
        given = self._source.data_inputs(node)
        if node.op in HANDS_ON and tensor in given[:carried(node)]:
            self._hand_on(node)
        elif node.op == 'StackPushV2' and given[1] == tensor:
            self.nodes.add(stack(self._source, node))
            for other in self._source.nodes.values():
                if other.op in STACKS and stack(self._source, other) == stack(self._source, node):
                    self._hand_on(other)

    def _hand_on(self, node: NodeDef) -> None:
        """All outputs of a node are flows, and so is what it takes beside them, as far as that is handed on, too."""
        found = [node]
        while found:
            node = found.pop()
            self.nodes.add(node.name)
            new = [output for output in self._source.outputs(node) if output not in self.tensors]
            self.tensors.update(new)
            self._pending.extend(new)
            found += [self._source.nodes[node_of(tensor)] for tensor in self.strangers(node)
                      if self._source.nodes[node_of(tensor)].op in HANDS_ON]

    def strangers(self, node: NodeDef) -> List[TensorName]:
        """[tensor] that a node hands on as a flow and that is none, as the zeros that a gradient begins with."""
        taken = self._source.data_inputs(node)[:carried(node)] if node.op in HANDS_ON else []
        return [tensor for tensor in taken if tensor not in self.tensors]


def carried(node: NodeDef) -> Optional[int]:
    """How many of a node's inputs, from the first, it hands on. None: all."""
    return None if node.op in SUMS + ('Merge',) else 1


def stack(source: Source, node: NodeDef) -> str:
    """Name of the stack that a push or a pop uses."""
    while node.op in STACKS + HANDS_ON:
        node = source.nodes[node_of(source.data_inputs(node)[0])]
    return str(node.name)
