"""What a run of a session computes: the ops behind its targets and fetches. Runs on Python 3.6."""
import collections
from typing import Collection, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

import numpy as np

from legacy import shim
from legacy.formats.dtypes import BFLOAT16, NUMBERS
from legacy.shim import tf
from legacy.worker.rewriting.optypes import MOVES, PASSES, UPDATES, VARIABLES
from legacy.worker.scripts import reach
from legacy.worker.scripts.races import Races
from legacy.worker.tfobjects import Graph, Operation, Tensor

ASSIGNS = ('Assign', 'AssignVariableOp')
WRITES = dict(UPDATES, **dict.fromkeys(ASSIGNS, (0,)))
# Ops that TensorFlow calls stateful, and that a run can do again from the variables and what is fed.
REPEATABLE = frozenset('''
    ReadVariableOp VariableShape ResourceGather ResourceGatherNd VarIsInitializedOp IsVariableInitialized Assert Print
    PrintV2 NoOp
    StringFormat TensorArrayV3 TensorArrayGradV3 TensorArrayWriteV3 TensorArrayReadV3 TensorArrayGatherV3
    TensorArrayScatterV3 TensorArraySizeV3 TensorArrayConcatV3 TensorArraySplitV3 TensorArrayCloseV3 StackV2 StackPushV2
    StackPopV2 StackCloseV2 Stack StackPush StackPop StackClose MutexV2
'''.split()) | VARIABLES | frozenset(WRITES)
# Ops that call functions of the graph's library, in which nobody can look.
CALLS = ('PartitionedCall', 'StatefulPartitionedCall', 'If', 'While', 'StatelessIf', 'StatelessWhile', 'Case')
# Random ops, and those that draw the same without keeping a state.
STATELESS = {'RandomUniform': 'StatelessRandomUniform', 'RandomStandardNormal': 'StatelessRandomNormal',
             'TruncatedNormal': 'StatelessTruncatedNormal'}


# Names of tensors that a run computes before it writes a variable, and later; of ops that wait for that.
_Inside = NamedTuple('_Inside', [('before', List[str]), ('later', List[str]), ('waiting', Set[str])])


class Kind(object):
    """Runs of one graph with the same targets, fetches and feeds.

    graph: tf.Graph. targets: [op name]. fetches, feeds: [tensor name]. All three are sorted; asked: the fetches in the
    order in which the script asks for them. ops: {tf.Operation} behind them, none of which keeps a state other than
    variables. sources: [tf.Tensor], numbers and text that come from such a state (random ops, queues, iterators, Python
    functions): with these fed a run can be made again. draws: names of random ops among `ops` that draw other numbers
    then. variables, written: {name of the variable's op: tf.Operation}, of all that are read or written and of the
    latter. trains: whether an op updates a variable, or assigns what is computed from variables. obstacle: why a run
    cannot be made again, or ''.
    """

    def __init__(self, graph: Graph, targets: Iterable[Operation], fetches: Iterable[Tensor],
                 feeds: Collection[Tensor]) -> None:
        self.graph = graph
        self.targets = sorted({op.name for op in targets})
        self.asked = list(collections.OrderedDict.fromkeys(tensor.name for tensor in fetches))
        self.fetches = sorted(self.asked)
        self.feeds = sorted(tensor.name for tensor in feeds)
        self.sources: List[Tensor] = []
        self.draws: Set[str] = set()
        self.obstacle = ''
        self._inner: Optional[_Inside] = None
        self._races: Optional[Races] = None
        self.ops = self._walk(list(targets) + [tensor.op for tensor in fetches if tensor not in feeds],
                              set(self.feeds))
        self.variables: Dict[str, Operation] = collections.OrderedDict(
            sorted((op.name, op) for op in self.ops if op.type in VARIABLES))
        written = [variable_of(op.inputs[k]) for op in self.ops for k in WRITES.get(op.type, ())]
        self.written: Dict[str, Operation] = collections.OrderedDict(
            sorted((op.name, op) for op in written if op is not None))
        self.trains = any(op.type in UPDATES for op in self.ops) or self._assigns_computed()

    def _walk(self, pending: List[Operation], fed: Set[str]) -> Set[Operation]:
        seen: Set[Operation] = set()
        sources: Set[Operation] = set()
        while pending:
            op = pending.pop()
            if op in seen or op in sources:
                continue
            if is_source(op) and not self._draws_inside(op):
                sources.add(op)
                self._add_source(op, fed)
                continue
            seen.add(op)
            pending.extend(tensor.op for tensor in op.inputs if tensor.name not in fed)
            pending.extend(op.control_inputs)
        self.sources.sort(key=lambda tensor: tensor.name)
        return seen

    def races(self) -> Races:
        """The races.Races, which are found once."""
        if self._races is None:
            self._races = Races(self, self.writes())
        return self._races

    def writes(self) -> List[Tuple[Operation, Operation]]:
        """[(op that writes, op of its variable)], in the order of their names."""
        found = [(op, variable_of(op.inputs[k])) for op in sorted(self.ops, key=lambda op: op.name)
                 for k in WRITES.get(op.type, ())]
        return [(op, variable) for op, variable in found if variable is not None]

    def is_narrow(self) -> bool:
        """Whether anything is computed in a type that has fewer digits than float32."""
        return any(tensor.dtype.base_dtype in (tf.float16, tf.bfloat16) for op in self.ops if op.inputs
                   for tensor in op.outputs)

    def _assigns_computed(self) -> bool:
        """Whether an op assigns what is computed from variables, as where a script updates them by itself."""
        assigned = [op.inputs[1] for op in self.ops if op.type in ASSIGNS and op.inputs[1].name not in self.feeds
                    and not _is_initializer(op)]
        if not assigned:
            return False
        behind = reach.marks(self.ops, {op: 1 for op in self.ops if op.type in VARIABLES}, set(self.feeds))
        return any(behind.get(tensor.op, 0) for tensor in assigned)

    def inner_tensors(self) -> List[str]:
        """Names of the tensors of numbers that a run computes before it writes a variable, in the order of their
        creation, without those in loops and conditions, which cannot be fetched, or need not have a value. To be asked
        when the script has ended: they are found once."""
        return list(self._inside().before)

    def later_tensors(self) -> List[str]:
        """The same of those that a run computes when it has written a variable: which it does, too, where one of them
        is fetched."""
        return list(self._inside().later)

    def is_later(self, name: str) -> bool:
        """Whether a tensor waits for a variable to be written."""
        return name.partition(':')[0] in self._inside().waiting

    def _inside(self) -> '_Inside':
        if self._inner is None:
            self._inner = self._found_inside()
        return self._inner

    def _found_inside(self) -> '_Inside':
        waiting: Set[Operation] = set()
        choosing: Set[Operation] = set()
        ops: List[Operation] = []
        for op in self.graph.get_operations():  # in an order in which inputs come first, but for loops
            if op in self.ops and op.type not in ('Merge', 'Exit'):  # behind these there is a value again
                ops.append(op)
                behind = [tensor.op for tensor in op.inputs] + list(op.control_inputs)
                for group, begins in ((waiting, op.type in WRITES), (choosing, op.type in ('Switch', 'RefSwitch'))):
                    if begins or any(other in group for other in behind):
                        group.add(op)
        found = [op for op in ops if op not in choosing and op.inputs and op._get_control_flow_context() is None
                 and op.type not in MOVES and not (op in waiting and op.type in WRITES)]
        before, later = ([tensor.name for op in found if (op in waiting) is is_later for tensor in op.outputs
                          if is_number(tensor) and tensor.name not in self.feeds] for is_later in (False, True))
        return _Inside(before, later, {op.name for op in waiting})

    def _draws_inside(self, op: Operation) -> bool:
        """Whether it is a random op inside a loop or a condition, where nothing can be fetched or fed, so that another
        takes its place."""
        if op.type not in STATELESS or op._get_control_flow_context() is None or not shim.has_stateless_random_ops():
            return False
        self.draws.add(op.name)
        return True

    def _add_source(self, op: Operation, fed: Set[str]) -> None:
        for tensor in op.outputs:
            if tensor.name in fed:
                continue
            if op.type in CALLS:
                self._obstructed('%s is a function, in which nobody can look' % op.name)
            elif not can_hold(tensor):
                if tensor.consumers() and not tensor.dtype.name.startswith(('resource', 'variant')):
                    self._obstructed('%s (%s) gives %s' % (op.name, op.type, tensor.dtype.name))
            elif op._get_control_flow_context() is not None:
                self._obstructed('%s (%s) is inside a loop or a condition' % (op.name, op.type))
            else:
                self.sources.append(tensor)

    def _obstructed(self, why: str) -> None:
        self.obstacle = self.obstacle or why


def is_source(op: Operation) -> bool:
    """Whether an op takes what it gives from a state other than variables."""
    return op.type in CALLS or op.op_def is not None and op.op_def.is_stateful and op.type not in REPEATABLE


def is_number(tensor: Tensor) -> bool:
    """Whether the tensor's values are numbers that a recording can hold."""
    try:
        dtype = np.dtype(tensor.dtype.base_dtype.as_numpy_dtype)
    except (TypeError, KeyError):  # resources and variants have no numpy type in some releases
        return False
    return dtype.kind in NUMBERS or dtype.name == BFLOAT16


def can_hold(tensor: Tensor) -> bool:
    """Whether a recording can hold the tensor's values: numbers or text."""
    return tensor.dtype.base_dtype == tf.string or is_number(tensor)


def dtype_of(tensor: Tensor) -> str:
    """The name of a tensor's dtype: 'float32', 'string' and the like."""
    return str(tensor.dtype.base_dtype.name)


def variable_of(tensor: Tensor) -> Optional[Operation]:
    """The op of the variable that a reference or handle leads to, or None."""
    op = tensor.op
    while op.type in PASSES and op.inputs:
        op = op.inputs[0].op
    return op if op.type in VARIABLES else None


def reading(variable: Operation) -> Optional[Tensor]:
    """The tensor that gives a variable's value whenever it is fetched alone, or None if the graph has none.

    variable: its op. No node is added to the graph, which may be finalised.
    """
    if variable.type != 'VarHandleOp':
        return variable.outputs[0]
    for op in variable.outputs[0].consumers():
        if op.type == 'ReadVariableOp' and not op.control_inputs and op._get_control_flow_context() is None:
            return op.outputs[0]
    return None


def _is_initializer(op: Operation) -> bool:
    """Whether an assignment gives a variable its first value, which the script may compute from another variable's."""
    variable = variable_of(op.inputs[0])
    return variable is not None and initializer(variable) is op


def initializer(variable: Operation) -> Optional[Operation]:
    """The op that gives a variable its first value, or None."""
    for op in variable.outputs[0].consumers():
        if op.type in ('Assign', 'AssignVariableOp') and op.name.startswith(variable.name + '/'):
            return op
    return None
