"""Sums and products: exact, rounded once. Runs on Python 3.6."""
import collections
import hashlib

from legacy import shim
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32
from legacy.worker.rewriting.portable import exact
from legacy.worker.rewriting.portable.registry import rule

# ---- sums

@rule('Sum', 'Mean')
def reduction(site):
    exact.finish_sum(site, site.f64(0), site.inputs[1], bool(site.attribute('keep_dims', False)),
                     site.dtype(1), exact.reduced(site), mean=site.node.op == 'Mean')


@rule('AddN')
def add_n(site):
    if len(site.inputs) == 1:
        site.finish('Identity', site.inputs[0], T=FLOAT)
    elif len(site.inputs) == 2:
        site.finish_f32(site.add(site.f64(0), site.f64(1)))
    else:
        stacked = site.op('Pack', *[site.f64(k) for k in range(len(site.inputs))], T=DOUBLE, N=len(site.inputs), axis=0)
        exact.finish_sum(site, stacked, site.const([0], INT32), False, terms=len(site.inputs))


@rule('BiasAddGrad', when=lambda site: site.attribute('data_format', 'NHWC') == 'NHWC')
def bias_add_grad(site):
    """The sum over all axes but the last; how many there are may be known only when it runs, as in a loop."""
    shape = site.shape(0)
    if shape is None:
        others = site.op('Sub', site.op('Rank', site.inputs[0], T=FLOAT), site.const(1, INT32), T=INT32)
        axes, terms = site.op('Range', site.const(0, INT32), others, site.const(1, INT32), Tidx=INT32), None
    else:
        sizes = shape[:-1]
        axes, terms = site.const(list(range(len(sizes))), INT32), None if None in sizes else _product(sizes)
    exact.finish_sum(site, site.f64(0), axes, False, terms=terms)


@rule('L2Loss')
def l2_loss(site):
    """Half the sum of squares; squares of float32 are exact in float64."""
    x = site.f64(0)
    half = site.op('Reshape', site.mul(site.mul(x, x), site.const(0.5)), site.const([-1], INT32), T=DOUBLE,
                   Tshape=INT32)
    terms = None if site.shape(0) is None or None in site.shape(0) else _product(site.shape(0))
    exact.finish_sum(site, half, site.const([0], INT32), False, terms=terms)


def _product(sizes):
    answer = 1
    for size in sizes:
        answer *= size
    return answer


# ---- products of matrices

def _largest(axes):
    """Of a tensor of magnitudes, the largest along these axes."""
    return lambda f, magnitudes: f.reduce('Max', magnitudes, f.const(list(axes), INT32), True)


@rule('MatMul')
def matmul(site):
    """Rows of the left factor by columns of the right one."""
    transposed = bool(site.attribute('transpose_a', False)), bool(site.attribute('transpose_b', False))
    inner = 0 if transposed[0] else 1, 1 if transposed[1] else 0  # the axis that is summed over, of each factor

    def multiply(f, a, b):
        return f.op('MatMul', a, b, T=DOUBLE, transpose_a=transposed[0], transpose_b=transposed[1])

    sizes = [site.shape(k)[inner[k]] for k in (0, 1) if site.shape(k) is not None]
    terms = next((size for size in sizes if size is not None), None)
    left, right = site.f64(0), site.f64(1)
    if terms == 1:
        site.finish_f32(site.add(multiply(site, left, right), site.const(0)))
        return
    if terms is None:
        terms = site.size(left)
    exact.finish_bilinear(site, 'MatMul%d%d' % transposed, multiply, left, right, _largest([inner[0]]),
                          _largest([inner[1]]), terms)


@rule('BatchMatMul', 'BatchMatMulV2', 'BatchMatMulV3')
def batch_matmul(site):
    adjoint = bool(site.attribute('adj_x', False)), bool(site.attribute('adj_y', False))
    inner = -2 if adjoint[0] else -1, -1 if adjoint[1] else -2

    def multiply(f, a, b):
        return f.op('BatchMatMulV2' if site.node.op.endswith('V3') else site.node.op, a, b, T=DOUBLE, adj_x=adjoint[0],
                    adj_y=adjoint[1])

    sizes = [site.shape(k)[inner[k]] for k in (0, 1) if site.shape(k) is not None]
    terms = next((size for size in sizes if size is not None), None)
    left, right = site.f64(0), site.f64(1)
    exact.finish_bilinear(site, '%s%d%d' % ((site.node.op,) + adjoint), multiply, left, right,
                          _largest([inner[0]]), _largest([inner[1]]), terms or site.size(left))


# ---- convolutions

# inputs that are the two factors; for each the axes along which values meet in one sum, with images as (batch, height,
# width, channels) and filters as (height, width, in, out); the input that says the result's shape
Convolution = collections.namedtuple('Convolution', 'factors axes shape')
CONVOLUTIONS = {
    'Conv2D': Convolution((0, 1), ((1, 2, 3), (0, 1, 2)), None),
    'Conv2DBackpropInput': Convolution((1, 2), ((0, 1, 3), (1, 2, 3)), 0),
    'Conv2DBackpropFilter': Convolution((0, 2), ((0, 1, 2), (0, 1, 2)), 1),
    'DepthwiseConv2dNative': Convolution((0, 1), ((1, 2), (0, 1)), None),
    'DepthwiseConv2dNativeBackpropInput': Convolution((1, 2), ((0, 1, 3), (1, 2, 3)), 0),
    'DepthwiseConv2dNativeBackpropFilter': Convolution((0, 2), ((0, 1, 2), (0, 1, 2)), 1),
}


def channels_last(site):
    return site.attribute('data_format', 'NHWC') == 'NHWC'


def _runs_in_float64(site):
    return channels_last(site) and (site.node.op.startswith('Depthwise') or shim.has_float64_convolutions())


@rule(*CONVOLUTIONS, when=_runs_in_float64)
def convolution(site):
    """The op itself in float64, and on slices of its factors."""
    op = site.node.op
    (left, right), axes, shape = CONVOLUTIONS[op]
    attributes = {key: value for key, value in site.node.attr.items() if not key.startswith('_')}
    attributes['T'] = DOUBLE

    def multiply(f, a, b, *sizes):
        ordered = {left: a, right: b}
        if sizes:
            ordered[shape] = sizes[0]
        return f.op(op, *[ordered[k] for k in sorted(ordered)], **attributes)

    exact.finish_bilinear(site, op + digest_of(site), multiply, site.f64(left), site.f64(right), _largest(axes[0]),
                          _largest(axes[1]), _products(site, op, right),
                          () if shape is None else [(site.inputs[shape], INT32)])


def digest_of(site):
    """Some letters that stand for a node's attributes."""
    text = ';'.join('%s %s' % (key, site.node.attr[key]) for key in sorted(site.node.attr) if not key.startswith('_'))
    return hashlib.md5(text.encode('utf-8')).hexdigest()[:8]


def _products(site, op, right):
    """How many products a convolution adds up at most."""
    if op.endswith('Filter'):
        return site.size(site.f64(right))
    filter_sizes = site.shape(1)
    if filter_sizes is None or None in filter_sizes:
        return site.size(site.f64(1))
    height, width, channels_in, out = filter_sizes
    return height * width * {'Conv2D': channels_in, 'Conv2DBackpropInput': out, 'DepthwiseConv2dNative': 1,
                             'DepthwiseConv2dNativeBackpropInput': out}[op]
