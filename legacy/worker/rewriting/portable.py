"""Portable arithmetic: float32 is stored, and every op gives the exact result of its float32 inputs, rounded once to
float32; where an op has no exact result in float64, a formula spelled out in float64 by + - * / and sqrt, each of
which IEEE 754 determines, then rounded once. Runs on Python 3.6."""
import numpy as np

from legacy.worker.rewriting import exact
from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import BOOL, DOUBLE, FLOAT, INT32
from legacy.worker.rewriting.optypes import UPDATES
from legacy.worker.rewriting.rewriter import Rules

RULES = {}


def rule(*op_types):
    """Decorator: the function rewrites these."""
    def register(function):
        for op_type in op_types:
            RULES[op_type] = function
        return function
    return register


class Portable(Rules):
    name = 'portable'

    def rewrites_update(self, node):
        return node.op in RULES and node.attr['T' if 'T' in node.attr else 'dtype'].type == FLOAT

    def rule(self, site):
        node = site.node
        if node.op not in RULES or sums_nothing(site):
            return None
        if node.attr['T' if 'T' in node.attr else 'dtype'].type != FLOAT:
            return None
        return RULES[node.op]


# ---- elementwise

@rule('Add', 'AddV2', 'Sub', 'Mul', 'Div', 'RealDiv')
def elementwise(site):
    site.finish_f32(site.op(site.node.op, site.f64(0), site.f64(1), T=DOUBLE))


@rule('Square')
def square(site):
    site.finish_f32(site.mul(site.f64(0), site.f64(0)))


@rule('Sqrt')
def sqrt(site):
    site.finish_f32(site.op('Sqrt', site.f64(0)))


@rule('Reciprocal', 'Inv')
def reciprocal(site):
    site.finish_f32(site.div(site.const(1.0), site.f64(0)))


@rule('Rsqrt')
def rsqrt(site):
    site.finish_f32(site.div(site.const(1.0), site.op('Sqrt', site.f64(0))))


@rule('RsqrtGrad')
def rsqrt_grad(site):
    """y * y * y * (dy * -1/2)"""
    y, dy = site.f64(0), site.f64(1)
    site.finish_f32(site.mul(site.mul(site.mul(y, y), y), site.mul(dy, site.const(-0.5))))


@rule('SquaredDifference')
def squared_difference(site):
    difference = site.sub(site.f64(0), site.f64(1))
    site.finish_f32(site.mul(difference, difference))


@rule('Relu')
def relu(site):
    """0 for -0 too: kernels differ in that."""
    site.finish('Add', site.op('Relu', site.inputs[0], T=FLOAT), site.const(0.0, FLOAT), T=FLOAT)


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
        elementwise_add(site)
    else:
        stacked = site.op('Pack', *[site.f64(k) for k in range(len(site.inputs))], T=DOUBLE, N=len(site.inputs), axis=0)
        exact.finish_sum(site, stacked, site.const([0], INT32), False, terms=len(site.inputs))


def elementwise_add(site):
    site.finish_f32(site.add(site.f64(0), site.f64(1)))


# ---- products

@rule('MatMul')
def matmul(site):
    """Rows of the left factor by columns of the right one."""
    transposed = bool(site.attribute('transpose_a', False)), bool(site.attribute('transpose_b', False))
    inner = 0 if transposed[0] else 1, 1 if transposed[1] else 0  # the axis that is summed over, of each factor

    def multiply(f, a, b):
        return f.op('MatMul', a, b, T=DOUBLE, transpose_a=transposed[0], transpose_b=transposed[1])

    def largest(k):
        return lambda f, magnitudes: f.reduce('Max', magnitudes, f.const([inner[k]], INT32), True)

    sizes = [site.shape(k)[inner[k]] for k in (0, 1) if site.shape(k) is not None]
    terms = next((size for size in sizes if size is not None), None)
    left, right = site.f64(0), site.f64(1)
    if terms == 1:
        site.finish_f32(site.add(multiply(site, left, right), site.const(0)))
        return
    if terms is None:
        terms = site.size(left)
    exact.finish_bilinear(site, 'MatMul%d%d' % transposed, multiply, left, right, largest(0), largest(1), terms)


# ---- updates

@rule('ApplyGradientDescent', 'ResourceApplyGradientDescent')
def gradient_descent(site):
    """variable - rate * gradient"""
    value = site.sub(site.old_value(0), site.mul(site.f64(1), site.f64(2)))
    site.finish_update([(0, site.f32(value))])


@rule('AssignAdd', 'AssignSub', 'AssignAddVariableOp', 'AssignSubVariableOp')
def assign_difference(site):
    operation = site.add if 'Add' in site.node.op else site.sub
    site.finish_update([(0, site.f32(operation(site.old_value(0), site.f64(1))))])
