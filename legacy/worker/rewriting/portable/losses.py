"""Softmax and the cross entropies, spelled out in float64, their sums the same in any order. Runs on Python 3.6."""
from typing import Tuple

from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, TensorName
from legacy.worker.rewriting.portable import functions
from legacy.worker.rewriting.portable.registry import formula, rule
from legacy.worker.rewriting.portable.slow import sum_in_float64
from legacy.worker.rewriting.site import Site


def _exponentials(f: Arithmetic, logits: TensorName) -> Tuple[TensorName, TensorName, TensorName]:
    """(z, e, total): z = logits - their largest, e = exp(z), total = sum of e, along the last axis."""
    z = f.sub(logits, f.reduce('Max', logits, f.const([-1], INT32), True))
    e = functions.exp(f, z)
    return z, e, sum_in_float64(f, e, [-1], True)


@formula('Softmax')
def softmax(f: Arithmetic, logits: TensorName) -> TensorName:
    _, e, total = _exponentials(f, logits)
    return f.div(e, total)


@formula('LogSoftmax')
def log_softmax(f: Arithmetic, logits: TensorName) -> TensorName:
    z, _, total = _exponentials(f, logits)
    return f.sub(z, functions.log(f, total))


@rule('SoftmaxCrossEntropyWithLogits', when=lambda site: site.shape(0) is not None and site.shape(0) == site.shape(1))
def cross_entropy(site: Site) -> None:
    """loss = sum of labels * (log(total) - z); its gradient e / total - labels."""
    def write(f: Arithmetic, logits: TensorName, labels: TensorName) -> Tuple[TensorName, TensorName]:
        z, e, total = _exponentials(f, f.wide(logits))
        labels = f.wide(labels)
        loss = sum_in_float64(f, f.mul(labels, f.sub(functions.log(f, total), z)), [-1])
        return f.f32(loss), f.f32(f.sub(f.div(e, total), labels))
    site.finish_call('Portable' + site.node.op, write, [(tensor, FLOAT) for tensor in site.inputs], (FLOAT, FLOAT))


@rule('SparseSoftmaxCrossEntropyWithLogits')
def sparse_cross_entropy(site: Site) -> None:
    """The same for labels that are one class each."""
    index = site.dtype(1)

    def write(f: Arithmetic, logits: TensorName, labels: TensorName) -> Tuple[TensorName, TensorName]:
        z, e, total = _exponentials(f, f.wide(logits))
        depth = f.op('StridedSlice', f.op('Shape', logits, T=FLOAT, out_type=INT32), f.const([-1], INT32),
                     f.const([0], INT32), f.const([1], INT32), T=INT32, Index=INT32, begin_mask=0, end_mask=1,
                     ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=1)
        hot = f.op('OneHot', labels, depth, f.const(1), f.const(0), T=DOUBLE, TI=index, axis=-1)
        chosen = f.select(f.op('Greater', hot, f.const(0)), z, f.op('ZerosLike', z))
        chosen = f.reduce('Sum', chosen, f.const([-1], INT32))  # of one that is not zero: exact
        loss = f.sub(f.op('Reshape', functions.log(f, total), f.op('Shape', labels, T=index, out_type=INT32), T=DOUBLE,
                          Tshape=INT32), chosen)
        return f.f32(loss), f.f32(f.sub(f.div(e, total), hot))
    site.finish_call('Portable%s%d' % (site.node.op, index), write, [(site.inputs[0], FLOAT), (site.inputs[1], index)],
                     (FLOAT, FLOAT))
