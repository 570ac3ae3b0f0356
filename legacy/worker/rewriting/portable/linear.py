"""Sums and products: exact, rounded once. Runs on Python 3.6."""
import hashlib
from typing import Iterable, NamedTuple, Optional, Tuple

from legacy import shim
from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, TensorName
from legacy.worker.rewriting.portable import exact, slow
from legacy.worker.rewriting.portable.registry import rule
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import known_sizes

# ---- sums

@rule('Sum', 'Mean')
def reduction(site: Site) -> None:
    exact.finish_sum(site, site.f64(0), site.inputs[1], bool(site.attribute('keep_dims', False)),
                     site.dtype(1), exact.reduced(site), mean=site.node.op == 'Mean')


@rule('AddN')
def add_n(site: Site) -> None:
    if len(site.inputs) == 1:
        site.finish('Identity', site.inputs[0], T=FLOAT)
    elif len(site.inputs) == 2:
        site.finish_f32(site.add(site.f64(0), site.f64(1)))
    else:
        stacked = site.op('Pack', *[site.f64(k) for k in range(len(site.inputs))], T=DOUBLE, N=len(site.inputs), axis=0)
        exact.finish_sum(site, stacked, site.const([0], INT32), False, terms=len(site.inputs))


@rule('BiasAddGrad', when=lambda site: site.attribute('data_format', 'NHWC') == 'NHWC')
def bias_add_grad(site: Site) -> None:
    """The sum over all axes but the last; how many there are may be known only when it runs, as in a loop."""
    shape = site.shape(0)
    if shape is None:
        others = site.op('Sub', site.op('Rank', site.inputs[0], T=FLOAT), site.const(1, INT32), T=INT32)
        axes, terms = site.op('Range', site.const(0, INT32), others, site.const(1, INT32), Tidx=INT32), None
    else:
        sizes = known_sizes(shape[:-1])
        axes, terms = site.const(list(range(len(shape) - 1)), INT32), None if sizes is None else _product(sizes)
    exact.finish_sum(site, site.f64(0), axes, False, terms=terms)


@rule('L2Loss')
def l2_loss(site: Site) -> None:
    """Half the sum of squares; squares of float32 are exact in float64."""
    x = site.f64(0)
    half = site.op('Reshape', site.mul(site.mul(x, x), site.const(0.5)), site.const([-1], INT32), T=DOUBLE,
                   Tshape=INT32)
    sizes = known_sizes(site.shape(0))
    terms = None if sizes is None else _product(sizes)
    exact.finish_sum(site, half, site.const([0], INT32), False, terms=terms)


def _product(sizes: Iterable[int]) -> int:
    answer = 1
    for size in sizes:
        answer *= size
    return answer


# ---- products of matrices

def _largest(axes: Iterable[int]) -> slow.Largest:
    """Of a tensor of magnitudes, the largest along these axes."""
    return lambda f, magnitudes: f.reduce('Max', magnitudes, f.const(list(axes), INT32), True)


def _inner_size(site: Site, inner: Tuple[int, int]) -> Optional[int]:
    """Of the axis of each factor that is summed over, the size, if one of the factors tells."""
    shapes = [(site.shape(k), inner[k]) for k in (0, 1)]
    return next((shape[axis] for shape, axis in shapes if shape is not None and shape[axis] is not None), None)


@rule('MatMul')
def matmul(site: Site) -> None:
    """Rows of the left factor by columns of the right one."""
    transposed = bool(site.attribute('transpose_a', False)), bool(site.attribute('transpose_b', False))
    inner = 0 if transposed[0] else 1, 1 if transposed[1] else 0  # the axis that is summed over, of each factor

    def multiply(f: Arithmetic, a: TensorName, b: TensorName) -> TensorName:
        return f.op('MatMul', a, b, T=DOUBLE, transpose_a=transposed[0], transpose_b=transposed[1])

    terms = _inner_size(site, inner)
    left, right = site.f64(0), site.f64(1)
    if terms == 1:
        site.finish_f32(site.add(multiply(site, left, right), site.const(0)))
        return
    exact.finish_bilinear(site, 'MatMul%d%d' % transposed, multiply, left, right, _largest([inner[0]]),
                          _largest([inner[1]]), site.size(left) if terms is None else terms)


@rule('BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3')
def batch_matmul(site: Site) -> None:
    adjoint = bool(site.attribute('adj_x', False)), bool(site.attribute('adj_y', False))
    inner = -2 if adjoint[0] else -1, -1 if adjoint[1] else -2

    def multiply(f: Arithmetic, a: TensorName, b: TensorName) -> TensorName:
        return f.op('BatchMatMulV2' if site.node.op.endswith('V3') else site.node.op, a, b, T=DOUBLE, adj_x=adjoint[0],
                    adj_y=adjoint[1])

    terms = _inner_size(site, inner)
    left, right = site.f64(0), site.f64(1)
    exact.finish_bilinear(site, '%s%d%d' % ((site.node.op,) + adjoint), multiply, left, right,
                          _largest([inner[0]]), _largest([inner[1]]), terms or site.size(left))


# ---- convolutions

# inputs that are the two factors; for each the axes along which values meet in one sum, with images as (batch, height,
# width, channels) and filters as (height, width, in, out); the input that says the result's shape
Convolution = NamedTuple('Convolution', [
    ('factors', Tuple[int, int]), ('axes', Tuple[Tuple[int, ...], Tuple[int, ...]]), ('shape', Optional[int])])
CONVOLUTIONS = {
    'Conv2D': Convolution((0, 1), ((1, 2, 3), (0, 1, 2)), None),
    'Conv2DBackpropInput': Convolution((1, 2), ((0, 1, 3), (1, 2, 3)), 0),
    'Conv2DBackpropFilter': Convolution((0, 2), ((0, 1, 2), (0, 1, 2)), 1),
    'DepthwiseConv2dNative': Convolution((0, 1), ((1, 2), (0, 1)), None),
    'DepthwiseConv2dNativeBackpropInput': Convolution((1, 2), ((0, 1, 3), (1, 2, 3)), 0),
    'DepthwiseConv2dNativeBackpropFilter': Convolution((0, 2), ((0, 1, 2), (0, 1, 2)), 1),
}


def channels_last(site: Site) -> bool:
    return bool(site.attribute('data_format', 'NHWC') == 'NHWC')


def _runs_in_float64(site: Site) -> bool:
    return channels_last(site) and (site.node.op.startswith('Depthwise') or shim.has_float64_convolutions())


@rule(*CONVOLUTIONS, when=_runs_in_float64)
def convolution(site: Site) -> None:
    """The op itself in float64, and on slices of its factors."""
    op = site.node.op
    (left, right), axes, shape = CONVOLUTIONS[op]
    attributes = {key: value for key, value in site.node.attr.items() if not key.startswith('_')}
    attributes['T'] = DOUBLE

    def multiply(f: Arithmetic, a: TensorName, b: TensorName, *sizes: TensorName) -> TensorName:
        ordered = {left: a, right: b}
        if shape is not None:
            ordered[shape] = sizes[0]
        return f.op(op, *[ordered[k] for k in sorted(ordered)], **attributes)

    exact.finish_bilinear(site, op + digest_of(site), multiply, site.f64(left), site.f64(right), _largest(axes[0]),
                          _largest(axes[1]), _products(site, op, right),
                          () if shape is None else [(site.inputs[shape], INT32)])


def digest_of(site: Site) -> str:
    """Some letters that stand for a node's attributes."""
    text = ';'.join('%s %s' % (key, site.node.attr[key]) for key in sorted(site.node.attr) if not key.startswith('_'))
    return hashlib.md5(text.encode('utf-8')).hexdigest()[:8]


def _products(site: Site, op: str, right: int) -> exact.Terms:
    """How many products a convolution adds up at most."""
    if op.endswith('Filter'):
        return site.size(site.f64(right))
    filter_sizes = known_sizes(site.shape(1))
    if filter_sizes is None:
        return site.size(site.f64(1))
    height, width, channels_in, out = filter_sizes
    return height * width * {'Conv2D': channels_in, 'Conv2DBackpropInput': out, 'DepthwiseConv2dNative': 1,
                             'DepthwiseConv2dNativeBackpropInput': out}[op]
