"""The exact result of each op of a step on the inputs that it has in portable arithmetic, and how far from it rounding
may carry a kernel. Runs on Python 3.6.

Where portable arithmetic has a rule for the op, its result is the exact one, rounded once. Of other ops it is what the
same op gives in float64, if there is such a kernel. A sum's roundings are measured over the magnitude of what is added,
which is the same op of the inputs' magnitudes; every other op may give what is exact for inputs that are a unit in the
last place away, and the last few units of its own result. Whole numbers round nowhere: their mean may be cut to the one
below or above. `judge/singleops.py` puts the two against what both TensorFlows gave.
"""
from typing import Any, Collection, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from legacy.formats import contents, dtypes
from legacy.formats.values import Array
from legacy.worker.rewriting import wholenumbers
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, ULPS, Type
from legacy.worker.rewriting.noise import FUNCTIONS, LIBRARY
from legacy.worker.rewriting.optypes import EXACT
from legacy.worker.scripts.preciseops import NARROW, Rewritten, Wide
from legacy.worker.tfobjects import Operation, Tensor

PORTABLE, FLOAT64 = 'portable', 'float64'
DEVIATIONS = 7.0  # that many standard deviations pass: 3e-12 by chance, 3e-6 in a million elements
UNITS = 4.0  # in the last place, that one result of few roundings may be off; a few times as many pass of FUNCTIONS
REPETITIONS = 3
TINY = 2.0 ** -126  # what is smaller may be zero
# Ops whose results are sums of products: their magnitude is what they give of their inputs' magnitudes.
SUMS = frozenset('''
    Sum Mean MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum AddN BiasAddGrad Cumsum L2Loss SegmentSum SegmentMean
    UnsortedSegmentSum SparseSegmentSum SparseSegmentMean SparseSegmentSqrtN SparseSegmentMeanGrad
    SparseSegmentSqrtNGrad SparseTensorDenseMatMul AvgPool AvgPoolGrad AvgPool3D AvgPool3DGrad Conv2D
    Conv2DBackpropInput Conv2DBackpropFilter Conv3D Conv3DV2 Conv3DBackpropInputV2 Conv3DBackpropFilterV2
    DepthwiseConv2dNative DepthwiseConv2dNativeBackpropInput DepthwiseConv2dNativeBackpropFilter
'''.split())
MEANS = ('Mean', 'SegmentMean', 'AvgPool', 'AvgPool3D', 'L2Loss')  # of how many terms does not follow from ones
# Ops that make their own weights first, which no two releases do alike.
WEIGHING = frozenset('ResizeBilinear ResizeBilinearGrad ResizeBicubic ResizeBicubicGrad ResizeArea LRN LRNGrad'.split())
# Ops that kernels compute by taking 1 from an exponential: off by what that is rounded by, however small the result.
CANCELLING = frozenset('Elu Selu'.split())
# Ops of one rounding, which IEEE 754 determines.
ROUNDED_ONCE = frozenset('Add AddV2 Sub Mul RealDiv Div Sqrt Square BiasAdd'.split())


# The exact result of an op, and how far rounding may carry another. by: PORTABLE or FLOAT64.
Exact = NamedTuple('Exact', [('tensor', str), ('by', str), ('value', Array), ('allowance', Array)])


def exact(ops: Sequence[Operation], values: Mapping[str, Array], unknown: Collection[str],
          results: Mapping[str, Array]) -> List[Exact]:
    """The Exact of each op whose exact result is known, floats first. allowance: float32, of the same shape.

    values: {tensor name: array} of their inputs. unknown: {op type} that portable arithmetic leaves as they are.
    results: {tensor name: array} in portable arithmetic.
    """
    ops = [op for op in ops if all(tensor.name in values for tensor in op.inputs)]
    whole = [op.outputs[0].name for op in ops if op.type == 'Mean' and _type_of(op) in wholenumbers.NARROW]
    floats = [op for op in ops if op.type not in EXACT and _is_float(op.outputs[0])]
    return _floats(floats, values, unknown, results) + [
        Exact(name, PORTABLE, np.asarray(results[name]), np.ones(np.shape(results[name]), 'f4'))
        for name in whole if name in results]


def _floats(ops: Sequence[Operation], values: Mapping[str, Array], unknown: Collection[str],
            results: Mapping[str, Array]) -> List[Exact]:
    wide = Wide(ops, values)
    found = wide.run()
    magnitudes, counts = wide.run(np.abs, SUMS), wide.run(np.ones_like, SUMS)
    spreads = _spreads(ops, values, wide, found)
    answer = []
    for op in ops:
        name, by = op.outputs[0].name, FLOAT64 if op.type in unknown or _type_of(op) != FLOAT else PORTABLE
        value = results.get(name) if by == PORTABLE else found.get(name)
        epsilon = ULPS.get(_type_of(op))
        if value is None or epsilon is None or by == FLOAT64 and epsilon == ULPS[DOUBLE]:
            continue
        value = np.asarray(value)
        allowed = _allowed(op, values, epsilon, np.abs(value.astype('f8')), magnitudes, counts, spreads)
        if allowed is not None:
            answer.append(Exact(name, by, value, np.maximum(allowed, TINY).astype('f4')))
    return answer


def _allowed(op: Operation, values: Mapping[str, Array], epsilon: float, size: Array, magnitudes: Mapping[str, Array],
             counts: Mapping[str, Array], spreads: Mapping[str, Array]) -> Optional[Array]:
    """float64 array: how far rounding may carry the op's result, of this magnitude; None where that is not known."""
    name = op.outputs[0].name
    if op.type in ROUNDED_ONCE:
        return epsilon * size
    if op.type in SUMS:
        if name not in magnitudes or name not in counts:
            return None
        terms = counts[name] if op.type not in MEANS else _terms(op, values, size)
        found: Optional[Array] = epsilon * _limit(terms) * np.maximum(np.abs(magnitudes[name]), size)
        return found
    if name not in spreads:
        return None
    units = UNITS * LIBRARY if op.type in FUNCTIONS or op.type in WEIGHING else UNITS
    if op.type in CANCELLING:
        size = np.maximum(size, 1.0)
    return units * _limit(_terms(op, values, size)) * (epsilon * size + spreads[name])


def _limit(terms: Any) -> Array:
    """How far two sums of so many terms may be apart, in units in the last place of the magnitude, but at least one.
    Where roundings are independent, the difference has a standard deviation of sqrt(2 terms) / 6 of these, in whatever
    order the terms are added."""
    terms = np.maximum(np.asarray(terms, 'f8'), 1.0)
    found: Array = np.maximum(1.0, np.minimum(terms, DEVIATIONS * np.sqrt(2 * terms) / 6))
    return found


def _terms(op: Operation, values: Mapping[str, Array], size: Array) -> float:
    """How many numbers of the largest input there are for each of the smallest output: as the normalisation of a batch
    does, an op may add up so many, whatever it gives first."""
    given = max([values[tensor.name].size for tensor in op.inputs] + [size.size])
    least = [tensor.get_shape().num_elements() for tensor in op.outputs[1:]] + [size.size]
    return float(max(1.0, float(given) / min([count for count in least if count] + [given])))


def _spreads(ops: Sequence[Operation], values: Mapping[str, Array], wide: Wide,
             found: Mapping[str, Array]) -> Dict[str, Array]:
    """{tensor name: float64 array}: how far the exact results of inputs are that are a unit in the last place away, the
    largest of a few draws."""
    types = {op.type for op in ops} - SUMS - ROUNDED_ONCE
    missing = [op for op in ops if op.type in types and op.outputs[0].name not in found]
    other = Rewritten(missing, values)
    exact_of_missing = other.run()
    spreads: Dict[str, Array] = {}
    generator = np.random.RandomState(1)

    def moved(array: Array) -> Array:
        unit = ULPS[FLOAT] if array.dtype == np.float64 else dtypes.epsilon(contents.label(array))
        drawn = generator.uniform(0.5, 1.0, array.shape) * generator.choice([-1.0, 1.0], array.shape)
        found: Array = array.astype('f8') * (1 + unit * drawn)
        return found
    for _ in range(REPETITIONS):
        results = wide.run(moved, types)
        if missing:
            results.update(other.run(lambda array: moved(array).astype(array.dtype)))
        for name, result in results.items():
            whole = found.get(name, exact_of_missing.get(name))
            if whole is not None and np.shape(whole) == np.shape(result):
                with np.errstate(invalid='ignore'):
                    off = np.abs(np.asarray(result, 'f8') - np.asarray(whole, 'f8'))
                spreads[name] = np.maximum(spreads.get(name, 0.0), np.where(np.isfinite(off), off, 0.0))
    return spreads


def _type_of(op: Operation) -> Type:
    return Type(op.outputs[0].dtype.base_dtype.as_datatype_enum)


def _is_float(tensor: Tensor) -> bool:
    return tensor.dtype.base_dtype.as_datatype_enum in NARROW
