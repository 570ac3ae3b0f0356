"""Which op of the recorded graph gives another result here on the same inputs, beyond rounding. Runs on Python 3.6."""
from typing import Callable, Mapping, Optional, Sequence, Set

import numpy as np

from legacy.formats import causes, contents, dtypes
from legacy.formats.arraynotes import ArrayNote, TensorNote
from legacy.formats.causes import Cause
from legacy.formats.recordings import Recording
from legacy.formats.unrounded import labelled
from legacy.formats.values import Array, JsonObject, difference
from legacy.worker.scripts import kinds, sides, singleops
from legacy.worker.scripts.replayer import Replayer, tensor_note
from legacy.worker.scripts.sides import Side
from legacy.worker.scripts.steps import Looked, Step

LEAST = 84  # units in the last place of the norm of the result: more than another way of rounding makes
SAME = 2.0 ** -48  # of a norm, which float64 adds up in another order
LEAST_ULPS = 64  # of an element of an op that takes each by itself
# Ops that compute each element from one of each input.
ELEMENTWISE = frozenset('''
    Sigmoid Tanh Exp Log Log1p Expm1 Softplus Softsign Sqrt Rsqrt Reciprocal Inv Pow Erf Erfc Lgamma Digamma Sin Cos Tan
    Asin Acos Atan Atan2 Sinh Cosh Asinh Acosh Atanh Elu Selu SigmoidGrad TanhGrad RsqrtGrad SqrtGrad ReciprocalGrad
    InvGrad SoftplusGrad SoftsignGrad EluGrad SeluGrad Div RealDiv DivNoNan Xdivy Xlogy Mul Square Erfinv Ndtri
'''.split())


def kernel_cause(side: Side, baseline: Recording, number: int, step: Step,
                 replayer: Replayer) -> Optional[Cause]:
    """The causes.Cause of the first op whose result is another, or None. side: sides.Side of the recorded graph.
    number: of a step of the baseline, in whose recording its ops' answers are. step: its steps.Step."""
    recorded_answers = baseline.answers(number)
    ops = [op for op in side.kind.graph.get_operations() if op.outputs and op.outputs[0].name in recorded_answers]
    found = replayer.looked_at(step, 'portable', set(singleops.inputs_of(ops)) | set(recorded_answers)) if ops else None
    if found is None:
        return None
    exact = found.tensors
    answers = singleops.answers(ops, exact)
    recorded = {tensor.name: tensor.digest for tensor in baseline.tensors(number)}
    apart = _given_otherwise(side, recorded, exact)
    alike = [(name, array) for name, array in answers if not apart(name)]
    for known in (alike, answers):  # all, if none that was given the same
        for name, array in known:
            item = _compared(side, baseline, name, recorded_answers[name], array, exact.get(name))
            if item is not None:
                return item._replace(step=number)
    return None


def _given_otherwise(side: Side, recorded: Mapping[str, int], here: Mapping[str, Array]) -> Callable[[str], bool]:
    """A function of an op's result that returns whether the op takes other values here: behind an op that portable
    arithmetic leaves as it is they may be. recorded: {tensor name: digest} in portable arithmetic. here: {tensor name:
    array} of the recorded graph on this TensorFlow."""
    other = {name for name, array in here.items() if recorded.get(name) not in (None, contents.digest(array))}

    def is_apart(name: str) -> bool:
        seen: Set[str] = set()
        pending = list(side.inputs[name.partition(':')[0]])
        while pending:
            op, output = pending.pop()
            if '%s:%d' % (op, output) in other:
                return True
            if op not in seen and op in side.nodes and side.moves(op):
                seen.add(op)
                pending += side.inputs[op]
        return False
    return is_apart


def rounding(side: Side, recorded: Sequence[TensorNote], after: Mapping[str, int], here: Looked) -> Set[str]:
    """{op, as `unrounded.labelled` calls it} of those that give other bits here, of inputs that are known to be the
    same; zeros of the other sign are none. side: of the recorded graph. recorded: of its inner tensors. after:
    {variable: digest} afterwards. here: the steps.Looked of the recorded graph on this TensorFlow."""
    same = {tensor.name: contents.digest(here.tensors[tensor.name]) == tensor.digest for tensor in recorded
            if tensor.name in here.tensors}
    found: Set[str] = set()
    for tensor in recorded:
        array = here.tensors.get(tensor.name)
        if array is not None and contents.digest(array) != tensor.digest and not _measures_alike(tensor, array) \
                and _is_given_the_same(side, tensor.name.partition(':')[0], same):
            op = side.kind.graph.get_operation_by_name(tensor.name.partition(':')[0])
            found.add(labelled(op.type, [kinds.dtype_of(output) for output in op.outputs]))
    for variable, digest in after.items():
        if variable in here.after and contents.digest(here.after[variable]) != digest:
            found.update(labelled(side.nodes[op].op, [kinds.dtype_of(side.kind.variables[variable].outputs[0])])
                         for op in side.writers[variable] if _is_given_the_same(side, op, same))
    return found


def _is_given_the_same(side: Side, op: str, same: Mapping[str, bool]) -> bool:
    """Whether an op is known to take the same values on both TensorFlows: of what comes out of a loop or a condition
    nobody knows. same: {tensor name: whether it is the same}, of all that are known."""
    seen, pending = {op}, list(side.inputs[op])
    while pending:
        name, output = pending.pop()
        known = same.get('%s:%d' % (name, output))
        if known is False:
            return False
        if known or side.is_given(name) or name in side.constants or name in seen:
            continue
        if not side.moves(name) or side.nodes[name].op in sides.MERGES + ('Exit', 'RefExit'):
            return False
        seen.add(name)
        pending += side.inputs[name]
    return True


def _measures_alike(recorded: TensorNote, array: Array) -> bool:
    """Whether the norm and the projection of an array are these, but for the order in which they are added up."""
    here = tensor_note(recorded.name, array)
    most = SAME * max(recorded.norm, here.norm)
    return abs(recorded.norm - here.norm) <= most and abs(recorded.projection - here.projection) <= most


def _compared(side: Side, baseline: Recording, name: str, noted: ArrayNote, array: Array,
              exact: Optional[Array]) -> Optional[Cause]:
    """The Cause that an op is, or None."""
    if exact is None or (contents.label(array), array.shape) != noted.form \
            or contents.digest(array) == noted.digest:
        return None
    there = baseline.content(noted)
    if there.size != array.size:
        array, exact = contents.sampled(array), contents.sampled(exact)
    found = _of_floats(side, name, there, array, exact, noted.dtype) if noted.is_float else _of_whole_numbers(
        side, name, there, array, exact)
    op, group = name.partition(':')[0], side.group(name.partition(':')[0])
    return None if found is None else causes.cause(
        'kernel', group.line, callers=list(group.callers), part=group.part, op=op, text=side.text(group.line),
        types=[side.nodes[op].op], departs=name, **found)


def _of_floats(side: Side, name: str, there: Array, array: Array, exact: Array, dtype: str) -> Optional[JsonObject]:
    """What a Cause has of how far off both sides are; None where it is no further than rounding."""
    op_type = side.nodes[name.partition(':')[0]].op
    array, exact = (contents.values(part, dtype) for part in (array, np.asarray(exact, array.dtype)))
    if there.shape != array.shape or not _beyond(op_type, there, array, exact, dtypes.epsilon(dtype)):
        return None
    off_there, off_here = (_off(part, exact, op_type) for part in (there, array))
    return {'off_there': off_there, 'off_here': off_here}


def _of_whole_numbers(side: Side, name: str, there: Array, array: Array, exact: Array) -> JsonObject:
    """What a Cause has of whole numbers that are others: how many, and of a mean, which has an exact value, how far off
    both sides are."""
    if there.shape != array.shape:
        return {'size': None}
    found: JsonObject = {'size': float(np.mean(there != array))}
    if side.nodes[name.partition(':')[0]].op == 'Mean':
        found.update(off_there=_off(there, exact), off_here=_off(array, exact))
    return found


def _beyond(op_type: str, there: Array, here: Array, exact: Array, epsilon: float) -> bool:
    return _off(here, there) > LEAST * epsilon or op_type in ELEMENTWISE and _ulps(there, here, exact) > LEAST_ULPS


def _off(values: Array, exact: Array, op_type: str = '') -> float:
    """How far off, relative to the norm; of an op that takes each element by itself, of the element that is furthest
    off. None where only one is finite."""
    if (np.isfinite(values) != np.isfinite(exact)).any():
        return float('inf')
    off = np.abs(difference(exact, values))
    if op_type in ELEMENTWISE:
        known = np.where(np.isfinite(exact), np.abs(exact.astype('f8')), 0)
        return float(np.max(np.divide(off, known, out=np.zeros_like(off), where=known > 0), initial=0))
    norm = float(np.linalg.norm(difference(np.zeros_like(exact), exact)))
    return float(np.linalg.norm(off)) / norm if norm else float(off.any() and 'inf' or 0)


def _ulps(there: Array, here: Array, exact: Array) -> float:
    if there.dtype.kind != 'f' or there.dtype != here.dtype:
        return 0.0
    finite = np.isfinite(there) & np.isfinite(here)
    unit = np.spacing(np.maximum(np.abs(exact[finite]).astype(there.dtype), np.finfo(there.dtype).tiny)).astype('f8')
    off = np.abs(difference(there[finite], here[finite])) / unit
    return float(off.max()) if off.size else 0.0
