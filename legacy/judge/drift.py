"""How far each kernel's answers are from the recorded ones, op type by op type. Needs numpy only.

Units in the last place say how many floats lie between two answers; where terms cancel they grow without any kernel
being at fault. So a kernel is judged by its error over the magnitude of what it added up (see `_magnitude`). Zeros of
either sign are equal here: 2.21's Neg and 1.15's differ in nothing else.
"""
import typing

import numpy as np

from legacy.formats.values import ulps

EPSILON = 2.0 ** -23  # of float32, relative
# In epsilons of the magnitude. Measured over 1.3.0 to 2.21.0, oneDNN's kernels on and off: see the README. A sum of n
# terms may be wrong by n/2 and is, in whatever order it is taken, by a few.
TOLERANCE = 8.0


class Drift(typing.NamedTuple):
    """One op type. largest and mean are ulps over all elements; error is in epsilons of the magnitude."""
    op_type: str
    instances: int
    elements: int
    different: int
    largest: int
    mean: float
    error: float
    networks: tuple  # of the training instances that differ
    first: str  # the first differing element, or ''

    @property
    def drifts(self):
        return self.different > 0

    @property
    def passed(self):
        return self.error <= TOLERANCE


def drifts(kernels, outputs):
    """[Drift, ...], one for each op type of the KernelSet, given the output of each of its ops."""
    by_type = {}
    for op, obtained in zip(kernels.header['ops'], outputs):
        by_type.setdefault(op['type'], []).append((op, kernels.arrays[op['output']], np.asarray(obtained)))
    return [_drift(kernels, op_type, instances) for op_type, instances in sorted(by_type.items())]


def between(kernels, outputs, others):
    """As `drifts`, of `others` against `outputs` in place of the recorded answers."""
    named = {f'answer/{k}': np.asarray(output) for k, output in enumerate(outputs)}
    ops = [{**op, 'output': f'answer/{k}'} for k, op in enumerate(kernels.header['ops'])]
    return drifts(kernels._replace(header={**kernels.header, 'ops': ops}, arrays={**kernels.arrays, **named}), others)


def _drift(kernels, op_type, instances):
    first, networks, errors, distances = '', set(), [0.0], []
    for op, expected, obtained in instances:
        if expected.shape != obtained.shape or expected.dtype != obtained.dtype:
            raise ValueError(f'{op_type} {op["node"]} gave {obtained.dtype} {obtained.shape}')
        distance = ulps(expected, obtained)
        distances.append(np.ravel(distance))
        if not distance.any():
            continue
        at = tuple(int(n) for n in np.argwhere(distance)[0])
        first = first or (f'{op["node"]}{list(at)}, {op["network"]} after {op["step"]} steps: {obtained[at]!s}, '
                          f'expected {expected[at]!s}')
        networks |= {op['network']} if op['training'] else set()
        errors.append(_error(op, [kernels.arrays[name] for name in op['inputs']], expected, obtained, distance > 0))
    distances = np.concatenate(distances)
    return Drift(op_type, len(instances), distances.size, int((distances > 0).sum()), int(distances.max(initial=0)),
                 float(distances.mean()) if distances.size else 0.0, max(errors), tuple(sorted(networks)), first)


def _error(op, inputs, expected, obtained, wrong):
    """The largest error in epsilons of the magnitude; infinite where only one of the two is finite."""
    expected, obtained = expected[wrong].astype('f8'), obtained[wrong].astype('f8')
    if not (np.isfinite(expected) & np.isfinite(obtained)).all():
        return float('inf')
    magnitude = np.maximum(_magnitude(op, inputs)[wrong], np.abs(expected))
    return float((np.abs(obtained - expected) / magnitude).max() / EPSILON)


def _magnitude(op, inputs):
    """What the op would give if every term it adds had the same sign."""
    sizes = [np.abs(values.astype('f8')) for values in inputs]
    kind = op['type']
    if kind == 'MatMul':
        a, b = (values.T if op['attrs'][f'transpose_{name}'].get('b') else values for name, values in zip('ab', sizes))
        return a @ b
    if kind in ('Sum', 'Mean'):
        reduce = {'Sum': np.sum, 'Mean': np.mean}[kind]
        return reduce(sizes[0], axis=tuple(int(axis) for axis in np.ravel(inputs[1])),
                      keepdims=bool(op['attrs']['keep_dims'].get('b')))
    if kind == 'ApplyGradientDescent':
        return sizes[0] + sizes[1] * sizes[2]
    if kind in ('AddV2', 'AddN', 'Sub', 'AssignSub'):
        return sum(sizes)
    return np.zeros(np.broadcast(*sizes).shape)
