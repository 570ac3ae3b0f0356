"""Batch normalisation in one op, spelled out in float64, its sums the same in any order. Runs on Python 3.6."""
from legacy.worker.rewriting.nodes import FLOAT
from legacy.worker.rewriting.portable.linear import channels_last
from legacy.worker.rewriting.portable.registry import rule
from legacy.worker.rewriting.portable.slow import sum_in_float64

ROWS = [0, 1, 2]  # all axes but the channels


def _known(site):
    return channels_last(site) and site.attribute('exponential_avg_factor', 1.0) == 1.0


def _count(f, x, channel):
    return f.div(f.size(x), f.size(channel))


@rule('FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', when=_known)
def fused_batch_norm(site):
    """y, mean, variance (over n - 1), and for the gradient mean, variance (over n)."""
    training, epsilon = bool(site.attribute('is_training', True)), site.attribute('epsilon', 1e-4)
    version3 = site.node.op.endswith('V3')

    def write(f, x, scale, offset, *given):
        x, scale, offset = f.wide(x), f.wide(scale), f.wide(offset)
        n = _count(f, x, scale)
        if training:
            mean = f.div(sum_in_float64(f, x, ROWS), n)
            centred = f.sub(x, mean)
            variance = f.div(sum_in_float64(f, f.mul(centred, centred), ROWS), n)
            unbiased = f.mul(variance, f.div(n, f.op('Maximum', f.sub(n, f.const(1)), f.const(1))))
        else:
            mean, variance = f.wide(given[0]), f.wide(given[1])
            centred, unbiased = f.sub(x, mean), variance
        factor = f.div(scale, f.op('Sqrt', f.add(variance, f.const(epsilon))))
        results = [f.add(f.mul(centred, factor), offset), mean, unbiased, mean, variance]
        return [f.f32(tensor) for tensor in results] + ([f.const(0, FLOAT)] if version3 else [])
    given = site.inputs[:3] if training else site.inputs
    site.finish_call('Portable%s%d%s' % (site.node.op, training, _letters(epsilon)), write,
                     [(tensor, FLOAT) for tensor in given], (FLOAT,) * (6 if version3 else 5))


@rule('FusedBatchNormGrad', 'FusedBatchNormGradV2', 'FusedBatchNormGradV3', when=_known)
def fused_batch_norm_grad(site):
    """Gradients of x, scale and offset; of mean and variance nothing."""
    training, epsilon = bool(site.attribute('is_training', True)), site.attribute('epsilon', 1e-4)

    def write(f, dy, x, scale, mean, variance):
        dy, x, scale, mean, variance = [f.wide(tensor) for tensor in (dy, x, scale, mean, variance)]
        centred = f.sub(x, mean)
        inverse = f.div(f.const(1), f.op('Sqrt', f.add(variance, f.const(epsilon))))
        d_offset, along = sum_in_float64(f, dy, ROWS), sum_in_float64(f, f.mul(dy, centred), ROWS)
        dx = dy
        if training:
            n = _count(f, x, scale)
            slope = f.mul(f.mul(inverse, inverse), f.div(along, n))
            dx = f.sub(f.sub(dy, f.div(d_offset, n)), f.mul(centred, slope))
        dx = f.mul(dx, f.mul(scale, inverse))
        return [f.f32(dx), f.f32(f.mul(along, inverse)), f.f32(d_offset), f.const(0, FLOAT), f.const(0, FLOAT)]
    site.finish_call('Portable%s%d%s' % (site.node.op, training, _letters(epsilon)), write,
                     [(tensor, FLOAT) for tensor in site.inputs[:5]], (FLOAT,) * 5)


def _letters(number):
    """A number as letters and digits, for a function's name."""
    return repr(number).replace('.', 'p').replace('-', 'm').replace('+', '')
