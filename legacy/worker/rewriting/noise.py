"""Every result of a numeric op, updates included, is multiplied by 1 + size * u, u uniform in [-1, 1], anew for every
element and every run (Monte Carlo arithmetic). Runs on Python 3.6.

The size is that of float32; float64, half, bfloat16 and complex results get as many units in the last place of their
own type. A complex number is moved along its own direction.

A sum of n terms is rounded n times. After k of them a partial sum is k/n of the whole, so that roundings which add up
as random numbers do are sqrt(n/3) of one, and the difference between two orders of summation sqrt(2) times that. So the
noise of Sum and Mean, and of the sums in a batch normalisation, is sqrt(n/6) times as wide, twice one rounding being
`size`; for few terms as wide as any.

Constants that are whole numbers give whole numbers: see `wholenumbers`.

Noise makes nothing infinite: the largest number there is, by which sampled losses hide a class, stays one. Nor does it
carry a function beyond what no kernel gives: log(1 - tanh(x)^2) would be no number."""
import functools
from typing import Any, Callable, Optional, Tuple

import numpy as np

from legacy.worker.rewriting import noisynormalisation
from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import (
    BFLOAT16,
    COMPLEX64,
    COMPLEX128,
    DOUBLE,
    FLOAT,
    HALF,
    INT32,
    ULPS,
    Nodes,
    TensorName,
    Type,
    node_of,
)
from legacy.worker.rewriting.optypes import EXACT, MOVES, RANDOM, UPDATES
from legacy.worker.rewriting.rewriter import Rule, Rules
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import make_ndarray
from legacy.worker.rewriting.wholenumbers import is_whole
from legacy.worker.tfobjects import NodeDef

SIZE = ULPS[FLOAT]
COMPLEX = (COMPLEX64, COMPLEX128)
SUMS = ('Sum', 'Mean')
# No standard says how these are rounded, and no library rounds them right: OpenCL allows exp and log 3 units in the
# last place, tanh 5, pow and erf 16. Their noise is so many times as wide.
LIBRARY = 5.0
FUNCTIONS = frozenset('''
    Exp Expm1 Log Log1p Tanh TanhGrad Sigmoid SigmoidGrad Softplus SoftplusGrad Elu EluGrad Selu SeluGrad Erf Erfc
    Lgamma Digamma Pow Sin Cos Tan Asin Acos Atan Atan2 Sinh Cosh Asinh Acosh Atanh Softmax LogSoftmax
    SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits
'''.split())
LARGEST = {FLOAT: float(np.finfo('f4').max), HALF: float(np.finfo('f2').max)}
BOUNDED = frozenset('Tanh Sigmoid Softmax Erf Sin Cos'.split())  # by 1
FEW = 4096  # elements of a constant that is looked at
SIZE_NODE = 'noise/size'  # can be fed: with 0 the graph computes what the original does


class Noise(Rules):
    """seed: whole number from which all noise follows; a new session starts it anew. where: a function of the NodeDef
    that says whether its results get noise, for less than the whole graph. dtype: of the only results that get noise,
    or None for all types that are rounded."""
    name = 'noise'

    def __init__(self, seed: int = 0, size: float = SIZE, where: Optional[Callable[[NodeDef], bool]] = None,
                 dtype: Optional[Type] = None) -> None:
        self.seed, self.size, self.where = seed, size, where or (lambda node: True)
        self._noisy = tuple(ULPS) if dtype is None else (dtype,)
        self._drawn = 0
        self._has_largest: Optional[bool] = None

    def prepare(self, nodes: Nodes) -> None:
        self._drawn, self._has_largest = 0, None
        name = nodes.fresh(SIZE_NODE)
        default = nodes.add('Const', nodes.fresh(SIZE_NODE + '/default'), [],
                            {'dtype': DOUBLE, 'value': np.array(self.size, np.float64)})
        node = nodes.graph_def.node.add(op='PlaceholderWithDefault', name=name, input=[default])
        node.attr['dtype'].type = DOUBLE
        node.attr['shape'].shape.SetInParent()
        one = nodes.add('Const', nodes.fresh(SIZE_NODE + '/one'), [], {'dtype': DOUBLE, 'value': np.array(1.0)})
        width = nodes.add('Add', nodes.fresh(SIZE_NODE + '/width'), [name, name], {'T': DOUBLE})
        least = nodes.add('Sub', nodes.fresh(SIZE_NODE + '/least'), [one, name], {'T': DOUBLE})
        self._range_of = {DOUBLE: (least, width), FLOAT: tuple(
            nodes.add('Cast', nodes.fresh(tensor + '/float32'), [tensor], {'SrcT': DOUBLE, 'DstT': FLOAT})
            for tensor in (least, width))}

    def rewrites_update(self, node: NodeDef) -> bool:
        return node.attr['T' if 'T' in node.attr else 'dtype'].type in self._noisy and self.where(node)

    def rule(self, site: Site) -> Optional[Rule]:
        node = site.node
        if not self.where(node):
            return None
        if node.op in UPDATES:
            return self._update if self.rewrites_update(node) and node.op in UPDATES else None
        if node.op in MOVES or node.op in EXACT or node.op in RANDOM or sums_nothing(site):
            return None
        outputs = site.source.outputs(node)
        if not any(site.source.dtype(name) in self._noisy for name in outputs):
            return None
        if any(site.source.is_reference(name) for name in outputs):
            return None
        if not any(site.dtype(k) in ULPS for k in range(len(site.inputs))) or is_whole(site.source, node.name):
            return None
        return self._wrap

    def _wrap(self, site: Site) -> None:
        outputs = site.out_dtypes()
        kept = site.keep_as('exact')
        if noisynormalisation.is_normalisation(site) and FLOAT in self._noisy:
            found = noisynormalisation.noisy(site, kept, functools.partial(self._spoilt_float, site))
            site.finish_outputs([(site.f32(tensor) if is_wide else tensor, FLOAT) for tensor, is_wide in found])
            return
        noisy = []
        for k, dtype in enumerate(outputs):
            tensor = kept if not k else '%s:%d' % (kept, k)
            noisy.append((self._spoilt(site, tensor, dtype, site.node.op) if dtype in self._noisy else tensor, dtype))
        if len(noisy) == 1:
            _rounded(site, site.finish, *noisy[0])
        else:
            site.finish_outputs([(_rounded(site, site.op, tensor, dtype) if dtype in self._noisy else tensor, dtype)
                                 for tensor, dtype in noisy])

    def _update(self, site: Site) -> None:
        """The update itself, then its variables times noise."""
        readers = site.rewriter.readers_of([site.inputs[k] for k in UPDATES[site.node.op]], site.frame)
        kept = site.keep_as('exact')
        site.nodes.graph_def.node[-1].input.extend(r for r in readers if r not in site.node.input)
        values, dtype = [], Type(site.node.attr['T' if 'T' in site.node.attr else 'dtype'].type)
        for k in UPDATES[site.node.op]:
            if site.is_reference(k):
                value = site.op('Identity', site.inputs[k], T=dtype, controls=['^' + kept], label='updated')
            else:
                value = site.op('ReadVariableOp', site.inputs[k], dtype=dtype, controls=['^' + kept], label='updated')
            values.append((k, _rounded(site, site.op, self._spoilt(site, value, dtype), dtype)))
        site.finish_update(values, dtype=dtype)

    def _spoilt(self, site: Site, tensor: TensorName, dtype: Type, op: str = '') -> TensorName:
        """A tensor times noise: a float32 one in float32, since the factor needs no more digits than what it moves, any
        other in float64 or complex128. op: the type of the op that it is a result of, if that matters."""
        self._drawn += 1
        shape = site.op('Shape', tensor, T=dtype, out_type=INT32)
        drawn = site.op('RandomUniform', shape, T=INT32, dtype=FLOAT, seed=self.seed, seed2=self._drawn)
        within = FLOAT if dtype == FLOAT else DOUBLE  # to draw in float64 takes three times as long
        uniform = drawn if within == FLOAT else site.op('Cast', drawn, SrcT=FLOAT, DstT=DOUBLE)
        least, width = self._range(site, within)
        ulps, library = ULPS[dtype] / ULPS[FLOAT], op in FUNCTIONS and not _is_square(site)
        noise = site.op('Mul', uniform, width, T=within)
        if op in SUMS or library or ulps != 1:
            wider = self._wider(site, tensor, dtype, ulps) if op in SUMS else site.const(
                ulps * (LIBRARY if library else 1.0))
            wider = site.f32(wider) if within == FLOAT else wider
            one = site.const(1.0, within)
            noise = site.op('Sub', noise, site.op('Sub', one, least, T=within), T=within)
            factor = site.op('Add', site.op('Mul', noise, wider, T=within), one, T=within)
        else:
            factor = site.op('Add', noise, least, T=within)
        if dtype in COMPLEX:
            value = tensor if dtype == COMPLEX128 else site.op('Cast', tensor, SrcT=dtype, DstT=COMPLEX128)
            return site.op('Mul', value, site.op('Cast', factor, SrcT=DOUBLE, DstT=COMPLEX128), T=COMPLEX128)
        if dtype == BFLOAT16:
            tensor, dtype = site.op('Cast', tensor, SrcT=BFLOAT16, DstT=FLOAT), FLOAT
        value = tensor if dtype == within else site.op('Cast', tensor, SrcT=dtype, DstT=within)
        noisy = site.op('Mul', value, factor, T=within)
        if op in BOUNDED:
            return _within(site, value, noisy, 1.0, within)
        largest = LARGEST.get(dtype) if self._may_overflow(site) else None
        return noisy if largest is None else _within(site, value, noisy, largest, within)

    def _spoilt_float(self, site: Site, tensor: TensorName, op: str) -> TensorName:
        """A float32 tensor times noise, in float64."""
        return site.wide(self._spoilt(site, tensor, FLOAT, op))

    def _may_overflow(self, site: Site) -> bool:
        """Whether something in the graph is so large that noise may make what follows from it infinite."""
        if self._has_largest is None:
            self._has_largest = any(_is_largest(node) for node in site.source.nodes.values())
        return self._has_largest

    def _wider(self, site: Site, tensor: TensorName, dtype: Type, least: float) -> TensorName:
        """max(1, sqrt(n / 6)) times the least, n being how many terms there are in each element of a sum."""
        sums = site.op('Maximum', site.size(tensor, dtype), site.const(1.0))
        terms = site.div(site.size(site.inputs[0], dtype), sums)
        wider = site.op('Maximum', site.op('Sqrt', site.div(terms, site.const(6.0))), site.const(1.0))
        return wider if least == 1 else site.mul(wider, site.const(least))

    def _range(self, site: Site, within: Type) -> Tuple[TensorName, ...]:
        """1 - size and 2 size; in a loop of the size's default, since what is fed does not enter there."""
        if site.frame:
            return site.const(1.0 - self.size, within), site.const(2.0 * self.size, within)
        return self._range_of[within]


def _is_square(site: Site) -> bool:
    """Whether an op is a power of which the exponent is 2, which every library rounds as it rounds a product."""
    if site.node.op != 'Pow':
        return False
    exponent = site.source.nodes.get(node_of(site.node.input[1]))
    return exponent is not None and exponent.op == 'Const' and bool((make_ndarray(
        exponent.attr['value'].tensor) == 2).all())


def _within(site: Site, value: TensorName, noisy: TensorName, largest: float, dtype: Type) -> TensorName:
    """What noise has made of a value, both of this dtype; the value itself where that alone is not larger than this."""
    most = site.const(largest, dtype)
    over = site.op('Greater', site.op('Abs', noisy, T=dtype), most, T=dtype)
    was = site.op('LessEqual', site.op('Abs', value, T=dtype), most, T=dtype)
    return site.op('Select', site.op('LogicalAnd', over, was), value, noisy, T=dtype)


def _is_largest(node: NodeDef) -> bool:
    """Whether a node is a constant of at least half the largest number of its type, or gives it."""
    if node.op == 'ComputeAccidentalHits':
        return True
    dtype = Type(node.attr['dtype'].type) if node.op == 'Const' else None
    if dtype not in LARGEST or np.prod([dim.size for dim in node.attr['value'].tensor.tensor_shape.dim]) > FEW:
        return False
    with np.errstate(invalid='ignore'):
        values = np.abs(make_ndarray(node.attr['value'].tensor).astype('f8'))
    return bool((np.isfinite(values) & (values >= LARGEST[dtype] / 2)).any())


def _rounded(site: Site, write: Callable[..., Any], tensor: TensorName, dtype: Type) -> Any:
    """What `Noise._spoilt` made of a tensor of this dtype, in the dtype again. write: `site.op` or `site.finish`, which
    writes the last node."""
    if dtype in (FLOAT, DOUBLE, COMPLEX128):
        return write('Identity', tensor, T=dtype)
    if dtype == BFLOAT16:
        return write('Cast', site.f32(tensor), SrcT=FLOAT, DstT=dtype)
    return write('Cast', tensor, SrcT=COMPLEX128 if dtype == COMPLEX64 else DOUBLE, DstT=dtype)
