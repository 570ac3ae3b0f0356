"""Noise in a batch normalisation that is one op. Runs on Python 3.6.

Its kernel adds up all numbers of a channel, twice: an error of the mean, or of the variance, moves the whole channel
one way, which noise in each result by itself does not. So the sums get the noise of sums, and what is computed from
them follows. Without noise everything is what the kernel gives.
"""
from typing import Callable, List, Tuple

from legacy.worker.rewriting.nodes import FLOAT, TensorName
from legacy.worker.rewriting.portable.normalisation import epsilon, is_known, is_training
from legacy.worker.rewriting.site import Site

Spoilt = Callable[[TensorName, str], TensorName]  # a float32 tensor times noise, in float64, as that of this op type
Results = List[Tuple[TensorName, bool]]  # the outputs; whether each is float64


def is_normalisation(site: Site) -> bool:
    """Whether a node is one, or the gradient of one, that adds up."""
    return site.node.op.startswith('FusedBatchNorm') and site.node.attr['T'].type == FLOAT and is_training(
        site) and is_known(site)


def noisy(site: Site, kept: str, spoilt: Spoilt) -> Results:
    """The outputs. kept: name of the op itself."""
    outputs = [kept] + ['%s:%d' % (kept, k) for k in range(1, len(site.out_dtypes()))]
    found = _gradient(site, outputs, spoilt) if 'Grad' in site.node.op else _forward(site, outputs, spoilt)
    return [(tensor, True) for tensor in found] + [(tensor, False) for tensor in outputs[len(found):]]


def _forward(site: Site, outputs: List[TensorName], spoilt: Spoilt) -> List[TensorName]:
    """y, mean, variance (over n - 1), mean, variance (over n)."""
    scale, offset = site.wide(site.inputs[1]), site.wide(site.inputs[2])
    mean, variance = site.wide(outputs[3]), site.wide(outputs[4])
    mean_here, variance_here = spoilt(outputs[3], 'Mean'), spoilt(outputs[4], 'Mean')
    room, room_here = (site.add(of, site.const(epsilon(site))) for of in (variance, variance_here))
    moved = site.mul(site.div(scale, site.op('Sqrt', room)), site.sub(mean, mean_here))
    wider = site.op('Sqrt', site.div(room, room_here))
    y = site.mul(site.sub(spoilt(outputs[0], ''), offset), wider)
    return [site.add(y, site.add(offset, moved)), mean_here, spoilt(outputs[2], 'Mean'), mean_here, variance_here]


def _gradient(site: Site, outputs: List[TensorName], spoilt: Spoilt) -> List[TensorName]:
    """Gradients of x, scale and offset."""
    x, scale, mean, variance = (site.wide(tensor) for tensor in site.inputs[1:5])
    inverse = site.div(site.const(1.0), site.op('Sqrt', site.add(variance, site.const(epsilon(site)))))
    of_scale, of_offset = (spoilt(tensor, 'Sum') for tensor in outputs[1:3])
    off_scale, off_offset = (site.sub(here, site.wide(tensor)) for here, tensor in zip((of_scale, of_offset),
                                                                                       outputs[1:3]))
    count = site.div(site.size(x), site.size(scale))
    moved = site.add(off_offset, site.mul(site.mul(site.sub(x, mean), inverse), off_scale))
    dx = site.sub(spoilt(outputs[0], ''), site.mul(moved, site.div(site.mul(scale, inverse), count)))
    return [dx, of_scale, of_offset]
