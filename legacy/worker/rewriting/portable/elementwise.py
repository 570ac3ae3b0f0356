"""Ops that treat every element alone. Runs on Python 3.6."""
from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import BOOL, DOUBLE, FLOAT, TensorName
from legacy.worker.rewriting.portable import functions
from legacy.worker.rewriting.portable.registry import formula, rule
from legacy.worker.rewriting.site import Site

# ---- exact: float64 of two float32, rounded to float32, is rounded right (53 >= 2 * 24 + 2)


@rule('Add', 'AddV2', 'Sub', 'Mul', 'Div', 'RealDiv')
def binary(site: Site) -> None:
    site.finish_f32(site.op(site.node.op, site.f64(0), site.f64(1), T=DOUBLE))


@rule('Square')
def square(site: Site) -> None:
    site.finish_f32(site.mul(site.f64(0), site.f64(0)))


@rule('Sqrt')
def sqrt(site: Site) -> None:
    site.finish_f32(site.op('Sqrt', site.f64(0)))


@rule('Reciprocal', 'Inv')
def reciprocal(site: Site) -> None:
    site.finish_f32(site.div(site.const(1), site.f64(0)))


@rule('BiasAdd', 'BiasAddV1', when=lambda site: site.attribute('data_format', 'NHWC') == 'NHWC')
def bias_add(site: Site) -> None:
    site.finish_f32(site.add(site.f64(0), site.f64(1)))


@rule('Relu')
def relu(site: Site) -> None:
    """0 for -0 too: kernels differ in that."""
    site.finish('Add', site.op('Relu', site.inputs[0], T=FLOAT), site.const(0, FLOAT), T=FLOAT)


@rule('ReluGrad')
def relu_grad(site: Site) -> None:
    """gradient * (feature > 0): NaN where the gradient is NaN or infinite and the feature is not above 0"""
    above = site.op('Greater', site.inputs[1], site.const(0, FLOAT), T=FLOAT)
    site.finish('Mul', site.inputs[0], site.op('Cast', above, SrcT=BOOL, DstT=FLOAT), T=FLOAT)


@rule('Maximum', 'Minimum')
def extreme(site: Site) -> None:
    """NaN where either is NaN, and 0 for -0. Kernels differ in both: those of 1.x give the first operand where a
    comparison with NaN does not hold."""
    one, other = [site.op(site.node.op, *inputs, T=FLOAT) for inputs in (site.inputs, site.inputs[::-1])]
    equal = site.op('Equal', one, other, T=FLOAT)
    positive = site.op('Add', one, site.const(0, FLOAT), T=FLOAT)
    site.finish('Select', equal, positive, site.op('Add', one, other, T=FLOAT), T=FLOAT)


@rule('LeakyRelu')
def leaky_relu(site: Site) -> None:
    slope = site.attribute('alpha', 0.2)
    site.finish_f32(site.op('Maximum', site.f64(0), site.mul(site.f64(0), site.const(slope)))
                    if 0 <= slope <= 1 else site.op('Minimum', site.f64(0), site.mul(site.f64(0), site.const(slope))))


@rule('LeakyReluGrad')
def leaky_relu_grad(site: Site) -> None:
    """Of the gradient and x: the gradient where x is positive, else as much of it as the slope says."""
    gradient, x = site.f64(0), site.f64(1)
    flat = site.mul(gradient, site.const(site.attribute('alpha', 0.2)))
    site.finish_f32(site.select(site.op('Greater', x, site.op('ZerosLike', x)), gradient, flat))


# ---- formulas in float64, evaluated as written, rounded at the end


@rule('Rsqrt')
def rsqrt(site: Site) -> None:
    site.finish_f32(site.div(site.const(1), site.op('Sqrt', site.f64(0))))


@rule('RsqrtGrad')
def rsqrt_grad(site: Site) -> None:
    """y * y * y * (dy * -1/2)"""
    y, dy = site.f64(0), site.f64(1)
    site.finish_f32(site.mul(site.mul(site.mul(y, y), y), site.mul(dy, site.const(-0.5))))


@rule('SquaredDifference')
def squared_difference(site: Site) -> None:
    difference = site.sub(site.f64(0), site.f64(1))
    site.finish_f32(site.mul(difference, difference))


for _op, _function in (('Exp', functions.exp), ('Expm1', functions.expm1), ('Log', functions.log),
                       ('Log1p', functions.log1p), ('Tanh', functions.tanh), ('Sigmoid', functions.sigmoid),
                       ('Softplus', functions.softplus), ('Elu', functions.elu), ('Pow', functions.power),
                       ('Sin', functions.sin), ('Cos', functions.cos)):
    formula(_op)(_function)


@formula('SqrtGrad')
def sqrt_grad(f: Arithmetic, y: TensorName, dy: TensorName) -> TensorName:
    return f.div(f.mul(dy, f.const(0.5)), y)


@formula('ReciprocalGrad', 'InvGrad')
def reciprocal_grad(f: Arithmetic, y: TensorName, dy: TensorName) -> TensorName:
    return f.op('Neg', f.mul(dy, f.mul(y, y)))


@formula('TanhGrad')
def tanh_grad(f: Arithmetic, y: TensorName, dy: TensorName) -> TensorName:
    return f.mul(dy, f.sub(f.const(1), f.mul(y, y)))


@formula('SigmoidGrad')
def sigmoid_grad(f: Arithmetic, y: TensorName, dy: TensorName) -> TensorName:
    return f.mul(dy, f.mul(y, f.sub(f.const(1), y)))


@formula('SoftplusGrad')
def softplus_grad(f: Arithmetic, dy: TensorName, x: TensorName) -> TensorName:
    return f.mul(dy, functions.sigmoid(f, x))


@formula('Softsign')
def softsign(f: Arithmetic, x: TensorName) -> TensorName:
    return f.div(x, f.add(f.const(1), f.abs(x)))


@formula('SoftsignGrad')
def softsign_grad(f: Arithmetic, dy: TensorName, x: TensorName) -> TensorName:
    below = f.add(f.const(1), f.abs(x))
    return f.div(dy, f.mul(below, below))


@formula('EluGrad')
def elu_grad(f: Arithmetic, dy: TensorName, y: TensorName) -> TensorName:
    return f.select(f.op('Less', y, f.const(0)), f.mul(dy, f.add(y, f.const(1))), dy)


SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.7580993408473768599402175208123  # alpha * scale


@formula('Selu')
def selu(f: Arithmetic, x: TensorName) -> TensorName:
    return f.select(f.op('Less', x, f.const(0)), f.mul(f.const(SELU_ALPHA), functions.expm1(f, x)),
                    f.mul(f.const(SELU_SCALE), x))


@formula('SeluGrad')
def selu_grad(f: Arithmetic, dy: TensorName, y: TensorName) -> TensorName:
    return f.select(f.op('Less', y, f.const(0)), f.mul(dy, f.add(y, f.const(SELU_ALPHA))),
                    f.mul(dy, f.const(SELU_SCALE)))


@formula('DivNoNan')
def div_no_nan(f: Arithmetic, x: TensorName, y: TensorName) -> TensorName:
    quotient = f.div(x, y)
    none = f.op('Equal', f.add(y, f.op('ZerosLike', quotient)), f.const(0))
    return f.select(none, f.op('ZerosLike', quotient), quotient)
