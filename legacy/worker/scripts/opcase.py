"""Drafts of cases to send: the op, or the lines' ops of each side, with what they take and what is exact. Runs on
Python 3.6. What a draft is says `formats/casedraft.py`."""
import collections
from typing import AbstractSet, Collection, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np

from legacy.formats import casedraft, contents
from legacy.formats.casedraft import HERE, THERE, Draft, NoCase
from legacy.formats.recordings import Recording
from legacy.formats.signatures import Edge
from legacy.formats.values import Array, Shape
from legacy.worker.scripts import allowances, branches, rawcalls
from legacy.worker.scripts.draftbuilder import Arrays, Drafting
from legacy.worker.scripts.replayer import Replayer
from legacy.worker.scripts.sides import Side
from legacy.worker.scripts.steps import Step
from legacy.worker.tfobjects import Tensor

MOST_OPS = 60  # of a formula: more are no case that anybody reads
LARGEST = 6 << 20  # elements of the arrays of a case, 25 MB: more cannot be put into an issue
EXACT_BY = {'portable': 'exact arithmetic, rounded once', 'float64': 'the same op in float64'}

Taker = NamedTuple('Taker', [('line', str), ('part', str), ('op_type', str), ('input', int)])  # input: its number
INSIDE = Taker('', '', '', 0)  # one of the ops themselves
Leaving = Mapping[Edge, AbstractSet[Taker]]  # of each result that leaves some ops, what takes it elsewhere


def of_kernel(side: Side, baseline: Recording, number: int, step: Step, replayer: Replayer,
              name: str) -> Tuple[Draft, Arrays]:
    """(Draft, arrays) of the op of the recorded graph that gives the tensor `name`. side, step, replayer: as of
    `onekernel.kernel_cause`. number: of the step of the baseline that has its answer. Raises NoCase."""
    op = side.kind.graph.get_operation_by_name(name.partition(':')[0])
    noted = baseline.answers(number)[name]
    found = replayer.looked_at(step, 'portable', {tensor.name for tensor in op.inputs} | {name})
    if found is None:
        raise NoCase('the run cannot be made again')
    drafting = Drafting(side.constants & {tensor.op.name for tensor in op.inputs})
    for tensor in op.inputs:
        drafting.add_input(THERE, tensor, found.tensors.get(tensor.name))
    drafting.add_formula(side, THERE, [op.name], (op.name, 0))
    arrays = dict(drafting.arrays)
    arrays[casedraft.RECORDED] = baseline.content(noted)
    known = allowances.exact([op], found.tensors, replayer.unknown['portable'], found.tensors)
    exact_by = ''
    for item in known:
        exact_by, arrays[casedraft.exact(THERE)] = EXACT_BY[item.by], np.asarray(item.value)
    return drafting.draft('kernel', side, op.name, exact_by, [op.type]), _small(arrays)


def of_formula(there: Side, here: Side, steps: Sequence[Step], replayers: Sequence[Replayer],
               nodes: Sequence[Collection[str]]) -> Tuple[Draft, Arrays]:
    """(Draft, arrays) of what a line's ops compute on both sides. there, here: sides.Side. steps, replayers: of both.
    nodes: names of the ops of each. Raises NoCase."""
    own = [_own(side, names) for side, names in zip((there, here), nodes)]
    leaving = _differing(there, _leaving(there, own[0]), here, _leaving(here, own[1]))
    sides = [branches.taken(*given) for given in zip((there, here), own, steps, replayers)]
    pair = [side.through(*key) for side, key in zip(sides, leaving)]
    own = [_behind(side, names, key[0]) for side, names, key in zip(sides, own, pair)]
    if not min(map(len, own)) or max(map(len, own)) > MOST_OPS:
        raise NoCase('the formula has %d and %d ops' % tuple(map(len, own)))
    drafting, ways = Drafting(there.constants | here.constants), set()
    for label, side, step, replayer, names in zip((THERE, HERE), sides, steps, replayers, own):
        taken = _taken(side, names)
        found = replayer.looked_at(step, 'portable', {tensor.name for tensor in taken})
        if found is None:
            raise NoCase('the run cannot be made again')
        for tensor in taken:
            drafting.add_input(label, tensor, found.tensors.get(tensor.name))
    for label, side, names, key in zip((THERE, HERE), sides, own, pair):
        drafting.add_formula(side, label, names, key)
    for label, side, names, key in zip((THERE, HERE), sides, own, pair):
        exact = drafting.exact(side, label, names, key)
        if exact is not None:
            ways.add(exact.by)
            drafting.arrays[casedraft.exact(label)] = exact.value
    types = [sorted({side.nodes[name].op for name in names}) for side, names in zip(sides, own)]
    named = [name for name in types[0] if name not in types[1]] or types[0]
    return drafting.draft('formula', there, pair[0][0], ' and '.join(sorted(ways)), named), _small(drafting.arrays)


def _own(side: Side, names: Iterable[str]) -> List[str]:
    """Those of some ops that compute something, inputs first."""
    found = [name for name in names if name in side.nodes and name not in side.constants and not side.is_given(name)]
    if not found:
        raise NoCase('one side has no ops there that compute anything')
    return sorted(found, key=lambda name: side.order[name])


def _taken(side: Side, names: Collection[str]) -> List[Tensor]:
    """[tf.Tensor] that some ops take from elsewhere, but for constants, each once."""
    found: Dict[str, Tensor] = collections.OrderedDict()
    for name in names:
        for given, output in side.inputs[name]:
            if given not in names and given not in side.constants:
                tensor = side.kind.graph.get_operation_by_name(given).outputs[output]
                found[tensor.name] = tensor
    return list(found.values())


def _leaving(side: Side, names: Collection[str]) -> Leaving:
    """Of numbers that others take from some ops, or that nobody takes."""
    takers: Dict[Edge, Set[Taker]] = collections.defaultdict(set)
    for name, inputs in side.inputs.items():
        group = side.group(name)
        for k, key in enumerate(inputs):
            takers[key].add(INSIDE if name in names else Taker(group.line, group.part, side.nodes[name].op, k))
    found: Dict[Edge, Set[Taker]] = collections.OrderedDict()
    for name in names:
        for tensor in side.kind.graph.get_operation_by_name(name).outputs:
            key = name, tensor.value_index
            elsewhere = takers[key] - {INSIDE}
            if rawcalls.can_be_fed(tensor) and (elsewhere or not takers[key] and tensor.value_index == 0):
                found[key] = elsewhere
    return found


def _differing(there: Side, ours: Leaving, here: Side, theirs: Leaving) -> Tuple[Edge, Edge]:
    """((node, output) there, the same here): results that leave both sides and are others: of one shape, taken by the
    same ops of the same lines, and of one name, if there are such."""
    pairs = [(len(takers & theirs[other]), key == other, there.order[key[0]], key, other)
             for key, takers in ours.items() for other in theirs
             if _shape(there, key) == _shape(here, other) and _differ(there, key, here, other)]
    if not pairs:
        raise NoCase('the two formulas have no result in common that differs')
    return max(pairs)[3:]


def _behind(side: Side, names: Collection[str], result: str) -> List[str]:
    """Those of some ops that a result of theirs depends on, in their order."""
    needed: Set[str] = set()
    pending = [result]
    while pending:
        name = pending.pop()
        if name in names and name not in needed:
            needed.add(name)
            pending.extend(given for given, _ in side.inputs[name])
    return [name for name in names if name in needed]


def _shape(side: Side, key: Edge) -> Optional[Shape]:
    value = side.values.get('%s:%d' % key)
    return value.shape if value is not None else None


def _differ(there: Side, key: Edge, here: Side, other: Edge) -> bool:
    one, two = there.values.get('%s:%d' % key), here.values.get('%s:%d' % other)
    return one is None or two is None or one.digest != two.digest


def _small(arrays: Mapping[str, Array]) -> Arrays:
    """The arrays, if a case may hold them. Raises NoCase."""
    size = sum(array.size for array in arrays.values())
    if size > LARGEST:
        raise NoCase('its arrays have %d elements, more than %d' % (size, LARGEST))
    return {name: np.ascontiguousarray(contents.as_held(array)).reshape(np.shape(array))
            for name, array in arrays.items()}
