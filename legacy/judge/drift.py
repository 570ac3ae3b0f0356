"""How far each kernel's answers are from the recorded ones, op type by op type. Needs numpy only.

Units in the last place say how many floats lie between two answers; where terms cancel they grow without any kernel
being at fault. So an error is measured over the magnitude of what was added up, and judged by how many roundings there
are in an answer (see `limit`). Zeros of either sign are equal here: 2.21's Neg and 1.15's differ in nothing else.
"""
import itertools
import math
import typing
from collections.abc import Sequence

import numpy as np

from legacy.formats.kernelset import KernelSet
from legacy.formats.values import Array, JsonObject, ulps
from legacy.judge.findings import Finding

EPSILON = 2.0 ** -23  # of float32, relative: twice the largest error of one rounding
DEVIATIONS = 7.0  # that many standard deviations pass: 3e-12 by chance, 3e-6 in a million elements
# Roundings in one answer, of ops that add up nothing or a fixed number of things. One where not named: IEEE arithmetic.
# Rsqrt: Eigen's is a Newton step on the processor's estimate, documented as good to two units in the last place.
ROUNDINGS = {'Rsqrt': 2, 'RsqrtGrad': 3, 'SquaredDifference': 2, 'ApplyGradientDescent': 2,
             'Neg': 0, 'Abs': 0, 'Relu': 0, 'ReluGrad': 0, 'Maximum': 0, 'Minimum': 0, 'Max': 0, 'Min': 0, 'MaxPool': 0,
             'MaxPoolGrad': 0, 'Gather': 0, 'GatherV2': 0, 'Concat': 0, 'ConcatV2': 0, 'Select': 0, 'Transpose': 0,
             'Pad': 0, 'Slice': 0, 'StridedSlice': 0, 'Pack': 0, 'Unpack': 0, 'Reverse': 0}
ELEMENTWISE = ('Mul', 'Sub', 'Add', 'AddV2', 'RealDiv', 'Square', 'Sqrt', 'AssignSub', 'AssignAdd')

Answer = Array | None  # None where an op was not answered
Instance = tuple[JsonObject, Array, Answer]  # an op of a KernelSet, its recorded output, the one obtained


class Drift(typing.NamedTuple):
    """One op type. missing: ops without an answer. largest and mean are ulps over all elements; error is the largest,
    in epsilons of the magnitude; share the largest of error over what `limit` allows. Both are infinite where an
    answer is missing, of another shape or dtype, or only one of the two is finite."""
    op_type: str
    instances: int
    elements: int
    different: int
    largest: int
    mean: float
    error: float
    networks: tuple[str, ...]  # of the training instances that differ
    first: str  # the first that differs, or ''
    missing: int = 0
    share: float = 0.0

    @property
    def drifts(self) -> bool:
        return self.different > 0 or self.missing > 0 or self.error > 0

    @property
    def passed(self) -> bool:
        return self.share <= 1


def drifts(kernels: KernelSet, outputs: Sequence[Answer]) -> list[Drift]:
    """[Drift, ...], one for each op type of the KernelSet, given the output of each of its ops, in order. Raises
    ValueError if there are more outputs than ops."""
    if len(outputs) > len(kernels.header['ops']):
        raise ValueError(f'{len(outputs)} answers to {len(kernels.header["ops"])} ops')
    by_type: dict[str, list[Instance]] = {}
    for op, obtained in itertools.zip_longest(kernels.header['ops'], outputs):
        by_type.setdefault(op['type'], []).append((op, kernels.arrays[op['output']], obtained))
    return [_drift(kernels, op_type, instances) for op_type, instances in sorted(by_type.items())]


def finding(kernels: KernelSet, found: list[Drift], uncovered: Sequence[str] = ()) -> Finding:
    """The Finding on [Drift, ...] of a KernelSet; it says how many ops were compared."""
    worst = max(found, key=lambda drift: drift.share)
    ops, missing = len(kernels.header['ops']), sum(drift.missing for drift in found)
    drifting = [f'{drift.op_type} by {drift.largest} ulp at most' for drift in found if drift.different]
    text = f'{ops - missing} of {ops} ops alone; ' + ('; '.join(drifting) or 'all bit-identical')
    text += f'; no answer to {missing}' if missing else ''
    text += '; no record of ' + ', '.join(uncovered) if uncovered else ''
    if not worst.passed:
        text = f'{worst.op_type}: {worst.first}; ' + text
    return Finding('kernels', worst.passed, text, worst.share, 1.0, float(max(drift.largest for drift in found)),
                   compared=ops - missing, expected=ops)


def between(kernels: KernelSet, outputs: Sequence[Answer], others: Sequence[Answer]) -> list[Drift]:
    """As `drifts`, of `others` against `outputs` in place of the recorded answers, as far as both go."""
    both = min(len(outputs), len(others))
    named = {f'answer/{k}': np.asarray(output) for k, output in enumerate(outputs[:both])}
    ops = [{**op, 'output': f'answer/{k}'} for k, op in enumerate(kernels.header['ops'][:both])]
    return drifts(kernels._replace(header={**kernels.header, 'ops': ops}, arrays={**kernels.arrays, **named}),
                  others[:both])


def _drift(kernels: KernelSet, op_type: str, instances: list[Instance]) -> Drift:
    first, errors, shares, missing = '', [0.0], [0.0], 0
    networks: set[str] = set()
    distances: list[Array] = [np.zeros(0)]
    for op, expected, obtained in instances:
        fault = _fault(expected, obtained)
        if fault:
            first, missing = first or f'{op["node"]}, {fault}', missing + (obtained is None)
            errors.append(math.inf)
            shares.append(math.inf)
            continue
        obtained = np.asarray(obtained)
        distance = ulps(expected, obtained)
        distances.append(np.ravel(distance))
        if not distance.any():
            continue
        at = tuple(int(n) for n in np.argwhere(distance)[0])
        first = first or (f'{op["node"]}{list(at)}, {op["network"]} after {op["step"]} steps: {obtained[at]!s}, '
                          f'expected {expected[at]!s}')
        networks |= {op['network']} if op['training'] else set()
        inputs = [kernels.arrays[name] for name in op['inputs']]
        errors.append(_error(op, inputs, expected, obtained, distance > 0))
        allowed = limit(roundings(op, inputs, expected))
        shares.append(errors[-1] / allowed if allowed else math.inf)
    every = np.concatenate(distances)
    return Drift(op_type, len(instances), every.size, int((every > 0).sum()), int(every.max(initial=0)),
                 float(every.mean()) if every.size else 0.0, max(errors), tuple(sorted(networks)), first,
                 missing, max(shares))


def _fault(expected: Array, obtained: Answer) -> str:
    if obtained is None:
        return 'no answer'
    obtained = np.asarray(obtained)
    if expected.shape != obtained.shape or expected.dtype != obtained.dtype:
        return f'the answer is {obtained.dtype} {obtained.shape}, expected {expected.dtype} {expected.shape}'
    return ''


def _error(op: JsonObject, inputs: list[Array], expected: Array, obtained: Array, wrong: Array) -> float:
    """The largest error in epsilons of the magnitude; infinite where only one of the two is finite."""
    magnitude = np.maximum(_magnitude(op, inputs, expected)[wrong], np.abs(expected[wrong].astype('f8')))
    expected, obtained = expected[wrong].astype('f8'), obtained[wrong].astype('f8')
    if not (np.isfinite(expected) & np.isfinite(obtained)).all():
        return math.inf
    with np.errstate(divide='ignore'):
        return float((np.abs(obtained - expected) / magnitude).max() / EPSILON)


def limit(count: int) -> float:
    """The largest difference between two answers with so many roundings each, in epsilons of the magnitude.

    One rounding is off by half an epsilon at most, so two answers differ by `count` at most. Long sums stay far below:
    after k of n terms a partial sum is at most k/n of the magnitude; if its roundings, uniform and independent, add up
    as random numbers do, the difference has a standard deviation of sqrt(2 n) / 6 epsilons in whatever order the terms
    are taken, of which DEVIATIONS pass.
    """
    return min(count, DEVIATIONS * math.sqrt(2 * count) / 6)


def roundings(op: JsonObject, inputs: list[Array], expected: Array) -> int:
    """How many roundings there are in one element of the op's answer, at most."""
    kind: str = op['type']
    if kind == 'MatMul':
        return int(inputs[0].shape[0 if op['attrs']['transpose_a'].get('b') else 1])
    if kind in ('Sum', 'Mean'):
        return inputs[0].size // max(expected.size, 1) - (kind == 'Sum')
    if kind == 'AddN':
        return len(inputs) - 1
    if kind in ROUNDINGS or kind in ELEMENTWISE:
        return ROUNDINGS.get(kind, 1)
    return max([values.size for values in inputs] + [1])  # it might add up all that it is given


def _magnitude(op: JsonObject, inputs: list[Array], expected: Array) -> Array:
    """What the op would give if every term it adds had the same sign, in the shape of its answer. Of an op that is not
    known here: its largest answer."""
    sizes: list[Array] = [np.abs(values.astype('f8')) for values in inputs]
    kind = op['type']
    if kind == 'MatMul':
        a, b = (values.T if op['attrs'][f'transpose_{name}'].get('b') else values for name, values in zip('ab', sizes))
        product: Array = a @ b
        return product
    if kind in ('Sum', 'Mean'):
        reduce: typing.Callable[..., Array] = np.sum if kind == 'Sum' else np.mean
        return reduce(sizes[0], axis=tuple(int(axis) for axis in np.ravel(inputs[1])),
                      keepdims=bool(op['attrs']['keep_dims'].get('b')))
    if kind == 'ApplyGradientDescent':
        moved: Array = sizes[0] + sizes[1] * sizes[2]
        return moved
    if kind == 'AddN':
        return typing.cast(Array, sum(sizes))
    size: Array = np.abs(expected.astype('f8'))
    if kind in ROUNDINGS or kind in ELEMENTWISE:
        return size
    return np.full(expected.shape, np.where(np.isfinite(size), size, 0).max(initial=0))
