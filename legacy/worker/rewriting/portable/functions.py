"""exp, log and their kin in float64 from + - * / alone, which IEEE 754 determines to the last bit: the kernels of
TensorFlow's own float64 functions differ from release to release. Runs on Python 3.6.

`f` is the body of a function (an Arithmetic); x is a float64 tensor that holds float32 values, unless said otherwise.
Relative errors are below 2**-51 (of `power`, 2**-45), so that of the results, rounded to float32, about one in 2**26
(2**20) is not the float32 nearest to the exact value; which one that is, is the same everywhere.
"""
import fractions
import math
from typing import Sequence, Tuple

import numpy as np

from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.nodes import BOOL, DOUBLE, INT64, TensorName

_LN2 = sum(fractions.Fraction(1, k * 2 ** k) for k in range(1, 140))  # ln 2 to more bits than two floats hold
LN2_HIGH = math.floor(_LN2 * 2 ** 32) / 2.0 ** 32  # times a whole number below 2**21 it is exact
LN2_LOW = float(_LN2 - fractions.Fraction(LN2_HIGH))
TO_WHOLE = 1.5 * 2.0 ** 52  # (x + this) - this: x to the nearest whole number
FAR = 200.0  # exp(200) is infinite in float32, exp(-200) is zero
EXP_TERMS = [1.0 / math.factorial(k) for k in range(1, 15)]
ATANH_TERMS = [1.0 / (2 * k + 1) for k in range(1, 13)]


def polynomial(f: Arithmetic, x: TensorName, coefficients: Sequence[float]) -> TensorName:
    """coefficients[0] + x * (coefficients[1] + ...), by Horner's rule."""
    total = f.const(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = f.add(f.mul(total, x), f.const(coefficient))
    return total


def power_of_two(f: Arithmetic, whole: TensorName) -> TensorName:
    """2**n of a float64 tensor of whole numbers n from -1022 to 1023: n is put into the exponent's bits."""
    exponent = f.op('Add', f.op('Cast', whole, SrcT=DOUBLE, DstT=INT64), f.const(1023, INT64), T=INT64)
    return f.op('Bitcast', f.op('Mul', exponent, f.const(1 << 52, INT64), T=INT64), T=INT64, type=DOUBLE)


def between(f: Arithmetic, x: TensorName, low: float, high: float) -> TensorName:
    return f.op('Minimum', f.op('Maximum', x, f.const(low)), f.const(high))


def or_nan(f: Arithmetic, x: TensorName, result: TensorName) -> TensorName:
    """The result, NaN where x is."""
    return f.select(f.op('Equal', x, x), result, x)


def _exponential(f: Arithmetic, x: TensorName) -> Tuple[TensorName, TensorName]:
    """(2**n, q): exp(x) = 2**n * (1 + q), of x between -FAR and FAR."""
    n = f.sub(f.add(f.mul(x, f.const(1 / math.log(2))), f.const(TO_WHOLE)), f.const(TO_WHOLE))
    r = f.sub(f.sub(x, f.mul(n, f.const(LN2_HIGH))), f.mul(n, f.const(LN2_LOW)))
    return power_of_two(f, n), f.mul(r, polynomial(f, r, EXP_TERMS))


def exp(f: Arithmetic, x: TensorName) -> TensorName:
    scale, q = _exponential(f, between(f, x, -FAR, FAR))
    return or_nan(f, x, f.add(scale, f.mul(scale, q)))


def expm1(f: Arithmetic, x: TensorName) -> TensorName:
    """exp(x) - 1, of small x too."""
    scale, q = _exponential(f, between(f, x, -FAR, FAR))
    return or_nan(f, x, f.add(f.mul(scale, q), f.sub(scale, f.const(1))))


def log(f: Arithmetic, x: TensorName) -> TensorName:
    """Of any positive float64 x that is not denormal."""
    bits = f.op('Bitcast', x, T=DOUBLE, type=INT64)
    whole = f.op('FloorDiv', bits, f.const(1 << 52, INT64), T=INT64)
    rest = f.op('Sub', bits, f.op('Mul', whole, f.const(1 << 52, INT64), T=INT64), T=INT64)
    m = f.op('Bitcast', f.op('Add', rest, f.const(1023 << 52, INT64), T=INT64), T=INT64, type=DOUBLE)  # 1 to 2
    upper = f.op('Cast', f.op('Greater', m, f.const(math.sqrt(2))), SrcT=BOOL, DstT=DOUBLE)
    m = f.sub(m, f.mul(f.mul(m, f.const(0.5)), upper))  # sqrt(1/2) to sqrt(2)
    e = f.add(f.sub(f.op('Cast', whole, SrcT=INT64, DstT=DOUBLE), f.const(1023)), upper)
    t = f.div(f.sub(m, f.const(1)), f.add(m, f.const(1)))
    near = f.add(f.add(t, t), f.add(_atanh_rest(f, t), f.mul(e, f.const(LN2_LOW))))
    result = f.add(f.mul(e, f.const(LN2_HIGH)), near)
    result = f.select(f.op('Greater', f.const(np.inf), x), result, f.filled(x, np.inf))
    below = f.select(f.op('Equal', x, f.const(0)), f.filled(x, -np.inf), f.filled(x, np.nan))
    return f.select(f.op('Greater', x, f.const(0)), result, below)


def _atanh_rest(f: Arithmetic, t: TensorName) -> TensorName:
    """2 * (atanh(t) - t) of |t| up to 0.18."""
    square = f.mul(t, t)
    return f.mul(f.add(t, t), f.mul(square, polynomial(f, square, ATANH_TERMS)))


def log1p(f: Arithmetic, x: TensorName) -> TensorName:
    """log(1 + x), of any float64 x."""
    t = f.div(x, f.add(x, f.const(2)))
    small = f.add(f.add(t, t), _atanh_rest(f, t))
    middle = f.op('LogicalAnd', f.op('Less', x, f.const(0.41)), f.op('Greater', x, f.const(-0.29)))
    return f.select(middle, small, log(f, f.add(f.const(1), x)))


def tanh(f: Arithmetic, x: TensorName) -> TensorName:
    t = expm1(f, f.op('Minimum', f.mul(f.abs(x), f.const(2)), f.const(100)))
    return or_nan(f, x, f.add(f.mul(f.op('Sign', x), f.div(t, f.add(t, f.const(2)))), f.const(0)))


def sigmoid(f: Arithmetic, x: TensorName) -> TensorName:
    return f.div(f.const(1), f.add(f.const(1), exp(f, f.op('Neg', x))))


def softplus(f: Arithmetic, x: TensorName) -> TensorName:
    return or_nan(f, x, f.add(f.op('Maximum', x, f.const(0)), log1p(f, exp(f, f.op('Neg', f.abs(x))))))


def elu(f: Arithmetic, x: TensorName) -> TensorName:
    return f.select(f.op('Less', x, f.const(0)), expm1(f, x), x)


def power(f: Arithmetic, x: TensorName, y: TensorName) -> TensorName:
    """x**y, broadcast. 0 to a negative power is infinity, a negative number to one that is not whole NaN."""
    x, y = f.add(x, f.op('ZerosLike', y)), f.add(y, f.op('ZerosLike', x))
    size = exp(f, f.mul(y, log(f, f.abs(x))))
    half = f.mul(y, f.const(0.5))
    odd = f.op('Cast', f.op('Greater', half, f.op('Floor', half)), SrcT=BOOL, DstT=DOUBLE)
    signed = f.mul(size, f.sub(f.const(1), f.add(odd, odd)))
    negative = f.select(f.op('Equal', y, f.op('Floor', y)), signed, f.filled(y, np.nan))
    result = f.select(f.op('Less', x, f.const(0)), negative, size)
    for exponent, exact in ((2, f.mul(x, x)), (1, x), (0.5, f.op('Sqrt', x)), (0, f.filled(x, 1))):
        result = f.select(f.op('Equal', y, f.const(exponent)), exact, result)
    return result


# pi/2 in three parts; whole numbers below 2**26 times the first two are exact
_HALF_PI = fractions.Fraction(157079632679489661923132169163975144209858469968755291, 10 ** 53)
HALF_PI_1 = math.floor(_HALF_PI * 2 ** 25) / 2.0 ** 25
HALF_PI_2 = math.floor((_HALF_PI - fractions.Fraction(HALF_PI_1)) * 2 ** 51) / 2.0 ** 51
HALF_PI_3 = float(_HALF_PI - fractions.Fraction(HALF_PI_1) - fractions.Fraction(HALF_PI_2))
SIN_TERMS = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(1, 10)]
COS_TERMS = [(-1.0) ** k / math.factorial(2 * k) for k in range(1, 10)]


def _circle(f: Arithmetic, x: TensorName, quarters: int) -> TensorName:
    """sin(x + quarters * pi/2). Beyond 2**26 the same everywhere, but no longer accurate."""
    n = f.sub(f.add(f.mul(x, f.const(2 / math.pi)), f.const(TO_WHOLE)), f.const(TO_WHOLE))
    r = f.sub(f.sub(f.sub(x, f.mul(n, f.const(HALF_PI_1))), f.mul(n, f.const(HALF_PI_2))), f.mul(n, f.const(HALF_PI_3)))
    square = f.mul(r, r)
    sine = f.add(r, f.mul(r, f.mul(square, polynomial(f, square, SIN_TERMS))))
    cosine = f.add(f.const(1), f.mul(square, polynomial(f, square, COS_TERMS)))
    quarter = f.add(n, f.const(quarters))
    quarter = f.sub(quarter, f.mul(f.op('Floor', f.mul(quarter, f.const(0.25))), f.const(4)))  # 0 to 3
    odd = f.sub(quarter, f.mul(f.op('Floor', f.mul(quarter, f.const(0.5))), f.const(2)))
    size = f.select(f.op('Greater', odd, f.const(0.5)), cosine, sine)
    return f.select(f.op('Greater', quarter, f.const(1.5)), f.op('Neg', size), size)


def sin(f: Arithmetic, x: TensorName) -> TensorName:
    return _circle(f, x, 0)


def cos(f: Arithmetic, x: TensorName) -> TensorName:
    return _circle(f, x, 1)
