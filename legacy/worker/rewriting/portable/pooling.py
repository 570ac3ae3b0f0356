"""Sums over windows of images and over segments: exact, rounded once. Runs on Python 3.6."""
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np

from legacy.formats.values import Array
from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import DOUBLE, INT32, TensorName, Type
from legacy.worker.rewriting.portable import slow
from legacy.worker.rewriting.portable.exact import Terms, finish_rounded
from legacy.worker.rewriting.portable.linear import channels_last, digest_of
from legacy.worker.rewriting.portable.registry import rule
from legacy.worker.rewriting.portable.slow import SUM_SLICES, chosen, rounded_mean, rounded_pair, slices
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import TensorShape


def finish_windows(site: Site, add_up: Callable[..., TensorName], tensor: TensorName, axes: Sequence[int], terms: Terms,
                   name: str, count: Optional[TensorName] = None, more: Sequence[Tuple[TensorName, Type]] = ()) -> None:
    """Finish the site with exact sums of elements of a float64 tensor, or such a sum divided by `count`.

    add_up: a function (site or function body, tensor, *more) that writes the op that adds. axes: along which elements
    meet in one sum. terms: how many at most. count: float64 tensor. more: [(tensor, DataType), ...].
    """
    others = [other for other, _ in more]
    plain, magnitude = add_up(site, tensor, *others), add_up(site, site.abs(tensor), *others)
    if count is not None:
        plain, magnitude = site.div(plain, count), site.div(magnitude, count)

    def again(f: Arithmetic, tensor: TensorName, width: TensorName, *rest: TensorName) -> TensorName:
        below, given = (None, rest) if count is None else (rest[0], rest[1:])
        largest = f.op('Minimum', f.reduce('Max', f.abs(tensor), f.const(axes, INT32), True), f.const(slow.LARGEST))
        large, small = [add_up(f, part, *given) for part in slices(f, tensor, largest, width, SUM_SLICES)]
        exact = rounded_pair(f, large, small) if below is None else rounded_mean(f, large, small, below)
        return chosen(f, large, exact, large)
    width = site.const(2 * terms + 8) if not isinstance(terms, str) else site.add(site.add(terms, terms), site.const(8))
    alive = [(width, DOUBLE)] + ([] if count is None else [(count, DOUBLE)]) + list(more)
    finish_rounded(site, plain, magnitude, terms, ('Portable' + name, again), [tensor], alive)


# ---- average pooling: a sum over windows is a convolution with ones

def _window(site: Site) -> Tuple[Sequence[int], Sequence[int]]:
    return site.node.attr['ksize'].list.i, site.node.attr['strides'].list.i


def _poolable(site: Site) -> bool:
    """Whether windows are of the image alone, their strides are equal, and the number of channels is known."""
    size, strides = _window(site)
    shape = site.shape(0) if site.node.op == 'AvgPool' else site.shape(1)
    return (channels_last(site) and size[0] == size[3] == strides[0] == strides[3] == 1 and strides[1] == strides[2]
            and shape is not None and shape[3] is not None)


def _channels(shape: Optional[TensorShape]) -> int:
    """Of images, where `_poolable` has found that it is known."""
    assert shape is not None and shape[3] is not None
    return shape[3]


def _ones(site: Site, channels: int) -> Array:
    size, _ = _window(site)
    return np.ones((size[1], size[2], channels, 1))


def _attributes(site: Site) -> Dict[str, Any]:
    return {'T': DOUBLE, 'strides': site.node.attr['strides'], 'padding': site.node.attr['padding']}


@rule('AvgPool', when=_poolable)
def average_pool(site: Site) -> None:
    ones = _ones(site, _channels(site.shape(0)))

    def add_up(f: Arithmetic, x: TensorName) -> TensorName:
        return f.op('DepthwiseConv2dNative', x, f.const(ones), **_attributes(site))
    x = site.f64(0)
    count = add_up(site, site.filled(x, 1))
    finish_windows(site, add_up, x, [1, 2], int(ones[..., 0, 0].size), 'AvgPool%s%d' % (digest_of(site), ones.shape[2]),
                   count)


@rule('AvgPoolGrad', when=_poolable)
def average_pool_grad(site: Site) -> None:
    """Every element of the gradient, divided by its window's size, goes to all of the window."""
    ones = _ones(site, _channels(site.shape(1)))

    def add_up(f: Arithmetic, parts: TensorName, shape: TensorName) -> TensorName:
        return f.op('DepthwiseConv2dNativeBackpropInput', shape, f.const(ones), parts, **_attributes(site))
    full = site.op('Fill', site.inputs[0], site.const(1), T=DOUBLE)
    count = site.op('DepthwiseConv2dNative', full, site.const(ones), **_attributes(site))
    finish_windows(site, add_up, site.div(site.f64(1), count), [1, 2], int(ones[..., 0, 0].size),
                   'AvgPoolGrad%s%d' % (digest_of(site), ones.shape[2]), more=[(site.inputs[0], INT32)])


# ---- the gradient of maximum pooling, where windows overlap

def overlap(site: Site) -> bool:
    size, strides = _window(site)
    return any(length > stride for length, stride in zip(size, strides))


@rule('MaxPoolGrad', when=lambda site: channels_last(site) and overlap(site))
def max_pool_grad(site: Site) -> None:
    attributes = {key: site.node.attr[key] for key in site.node.attr if not key.startswith('_')}
    attributes['T'] = DOUBLE

    def add_up(f: Arithmetic, gradient: TensorName, x: TensorName, y: TensorName) -> TensorName:
        return f.op('MaxPoolGrad', x, y, gradient, **attributes)
    size, _ = _window(site)
    finish_windows(site, add_up, site.f64(2), [1, 2], int(np.prod(list(size))), 'MaxPoolGrad' + digest_of(site),
                   more=[(site.f64(0), DOUBLE), (site.f64(1), DOUBLE)])


# ---- sums over segments

@rule('SegmentSum', 'UnsortedSegmentSum', when=lambda site: len(site.shape(1) or ()) == 1)
def segment_sum(site: Site) -> None:
    attributes = {key: site.node.attr[key] for key in site.node.attr if not key.startswith('_')}
    attributes['T'] = DOUBLE

    def add_up(f: Arithmetic, data: TensorName, *others: TensorName) -> TensorName:
        return f.op(site.node.op, data, *others, **attributes)
    more = [(site.inputs[k], site.dtype(k)) for k in range(1, len(site.inputs))]
    finish_windows(site, add_up, site.f64(0), [0], site.size(site.inputs[1], site.dtype(1)),
                   site.node.op + digest_of(site), more=more)
