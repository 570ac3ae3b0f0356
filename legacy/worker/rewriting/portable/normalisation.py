"""Normalisations that are one op, spelled out in float64, their sums the same in any order. Runs on Python 3.6."""
from typing import Callable, List, Tuple

from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, TensorName
from legacy.worker.rewriting.portable import functions
from legacy.worker.rewriting.portable.linear import channels_last, digest_of
from legacy.worker.rewriting.portable.registry import rule
from legacy.worker.rewriting.portable.slow import sum_in_float64
from legacy.worker.rewriting.site import Site

ROWS = [0, 1, 2]  # all axes but the channels
Total = Callable[[Arithmetic, TensorName], TensorName]  # writes the sums of each channel


def is_known(site: Site) -> bool:
    """Whether these formulas say what an op of batch normalisation computes."""
    return channels_last(site) and site.attribute('exponential_avg_factor', 1.0) == 1.0


def _count(f: Arithmetic, x: TensorName, channel: TensorName) -> TensorName:
    return f.div(f.size(x), f.size(channel))


def batch_norm(f: Arithmetic, site: Site, total: Total, x: TensorName, scale: TensorName, offset: TensorName,
               *given: TensorName) -> List[TensorName]:
    """y, mean, variance (over n - 1), and for the gradient mean, variance (over n); all float64, as the inputs are.
    given: mean and variance, where they are not those of this batch."""
    n = _count(f, x, scale)
    if is_training(site):
        mean = f.div(total(f, x), n)
        centred = f.sub(x, mean)
        variance = f.div(total(f, f.mul(centred, centred)), n)
        unbiased = f.mul(variance, f.div(n, f.op('Maximum', f.sub(n, f.const(1)), f.const(1))))
    else:
        mean, variance = given
        centred, unbiased = f.sub(x, mean), variance
    factor = f.div(scale, f.op('Sqrt', f.add(variance, f.const(epsilon(site)))))
    return [f.add(f.mul(centred, factor), offset), mean, unbiased, mean, variance]


def batch_norm_grad(f: Arithmetic, site: Site, total: Total, dy: TensorName, x: TensorName, scale: TensorName,
                    mean: TensorName, variance: TensorName) -> List[TensorName]:
    """Gradients of x, scale and offset; all float64, as the inputs are."""
    centred = f.sub(x, mean)
    inverse = f.div(f.const(1), f.op('Sqrt', f.add(variance, f.const(epsilon(site)))))
    d_offset, along = total(f, dy), total(f, f.mul(dy, centred))
    dx = dy
    if is_training(site):
        n = _count(f, x, scale)
        slope = f.mul(f.mul(inverse, inverse), f.div(along, n))
        dx = f.sub(f.sub(dy, f.div(d_offset, n)), f.mul(centred, slope))
    return [f.mul(dx, f.mul(scale, inverse)), f.mul(along, inverse), d_offset]


def is_training(site: Site) -> bool:
    """Whether mean and variance are those of the batch."""
    return bool(site.attribute('is_training', True))


def epsilon(site: Site) -> float:
    """What is added to the variance."""
    return float(site.attribute('epsilon', 1e-4))


def _pinned(f: Arithmetic, tensor: TensorName) -> TensorName:
    return sum_in_float64(f, tensor, ROWS)


def _name(site: Site) -> str:
    return 'Portable%s%d%s' % (site.node.op, is_training(site), _letters(epsilon(site)))


@rule('FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', when=is_known)
def fused_batch_norm(site: Site) -> None:
    """See `batch_norm`."""
    version3 = site.node.op.endswith('V3')

    def write(f: Arithmetic, *inputs: TensorName) -> List[TensorName]:
        results = batch_norm(f, site, _pinned, *[f.wide(tensor) for tensor in inputs])
        return [f.f32(tensor) for tensor in results] + ([f.const(0, FLOAT)] if version3 else [])
    given = site.inputs[:3] if is_training(site) else site.inputs
    site.finish_call(_name(site), write, [(tensor, FLOAT) for tensor in given], (FLOAT,) * (6 if version3 else 5))


@rule('FusedBatchNormGrad', 'FusedBatchNormGradV2', 'FusedBatchNormGradV3', when=is_known)
def fused_batch_norm_grad(site: Site) -> None:
    """See `batch_norm_grad`. Of mean and variance nothing."""
    def write(f: Arithmetic, *inputs: TensorName) -> List[TensorName]:
        results = batch_norm_grad(f, site, _pinned, *[f.wide(tensor) for tensor in inputs])
        return [f.f32(tensor) for tensor in results] + [f.const(0, FLOAT), f.const(0, FLOAT)]
    site.finish_call(_name(site), write, [(tensor, FLOAT) for tensor in site.inputs[:5]], (FLOAT,) * 5)


def _letters(number: float) -> str:
    """A number as letters and digits, for a function's name."""
    return repr(number).replace('.', 'p').replace('-', 'm').replace('+', '')


# ---- local response normalisation: each channel by the squares of its neighbours

def _neighbours(f: Arithmetic, x: TensorName, radius: int) -> TensorName:
    """Sums along the last axis over each element and its neighbours, as far as there are any, first to last."""
    padded = f.op('Pad', x, f.const([[0, 0]] * 3 + [[radius, radius]], INT32), T=DOUBLE, Tpaddings=INT32)
    shape = f.op('Shape', x, T=DOUBLE, out_type=INT32)

    def part(k: int) -> TensorName:
        return f.op('Slice', padded, f.const([0, 0, 0, k], INT32), shape, T=DOUBLE, Index=INT32)
    total = part(0)
    for k in range(1, 2 * radius + 1):
        total = f.add(total, part(k))
    return total


def _norm(f: Arithmetic, x: TensorName, radius: int, bias: float, alpha: float) -> TensorName:
    return f.add(f.const(bias), f.mul(f.const(alpha), _neighbours(f, f.mul(x, x), radius)))


def _parameters(site: Site) -> Tuple[int, float, float, float]:
    return (site.attribute('depth_radius', 5), site.attribute('bias', 1.0), site.attribute('alpha', 1.0),
            site.attribute('beta', 0.5))


@rule('LRN')
def lrn(site: Site) -> None:
    """x * norm**-beta"""
    radius, bias, alpha, beta = _parameters(site)

    def write(f: Arithmetic, x: TensorName) -> TensorName:
        x = f.wide(x)
        return f.f32(f.mul(x, functions.power(f, _norm(f, x, radius, bias, alpha), f.const(-beta))))
    site.finish_call('PortableLRN' + digest_of(site), write, [(site.inputs[0], FLOAT)])


@rule('LRNGrad')
def lrn_grad(site: Site) -> None:
    """dy * norm**-beta - 2 alpha beta x * sum over the neighbours of dy * y / norm"""
    radius, bias, alpha, beta = _parameters(site)

    def write(f: Arithmetic, dy: TensorName, x: TensorName, y: TensorName) -> TensorName:
        dy, x, y = f.wide(dy), f.wide(x), f.wide(y)
        norm = _norm(f, x, radius, bias, alpha)
        others = _neighbours(f, f.div(f.mul(dy, y), norm), radius)
        own = f.mul(dy, functions.power(f, norm, f.const(-beta)))
        return f.f32(f.sub(own, f.mul(f.mul(f.const(2 * alpha * beta), x), others)))
    site.finish_call('PortableLRNGrad' + digest_of(site), write, [(tensor, FLOAT) for tensor in site.inputs])
