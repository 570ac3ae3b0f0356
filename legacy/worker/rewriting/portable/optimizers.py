"""Updates of variables, spelled out in float64: every slot is rounded once to float32, and used as it is stored.
Runs on Python 3.6."""
from typing import Callable, Dict, Iterable, List, Sequence, Tuple, TypeVar

from legacy.worker.rewriting.arithmetic import Arithmetic, Write
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, INT64, TensorName
from legacy.worker.rewriting.optypes import UPDATES
from legacy.worker.rewriting.portable import functions
from legacy.worker.rewriting.portable.registry import rule
from legacy.worker.rewriting.portable.slow import sum_in_float64_by
from legacy.worker.rewriting.site import Site

Update = TypeVar('Update', bound=Callable[..., Tuple[TensorName, ...]])


@rule('ApplyGradientDescent', 'ResourceApplyGradientDescent')
def gradient_descent(site: Site) -> None:
    """variable - rate * gradient"""
    value = site.sub(site.old_value(0), site.mul(site.f64(1), site.f64(2)))
    site.finish_update([(0, site.f32(value))])


@rule('AssignAdd', 'AssignSub', 'AssignAddVariableOp', 'AssignSubVariableOp')
def assign_difference(site: Site) -> None:
    operation = site.add if 'Add' in site.node.op else site.sub
    site.finish_update([(0, site.f32(operation(site.old_value(0), site.f64(1))))])


def _ranked(site: Site) -> bool:
    return bool(site.shape(1))


@rule('ScatterAdd', 'ScatterSub', 'ResourceScatterAdd', 'ResourceScatterSub', when=_ranked)
def scatter_sum(site: Site) -> None:
    """variable plus, or minus, all that is meant for each row, added up first. All rows are written."""
    index, axes = site.dtype(1), list(range(len(site.shape(1) or ())))

    def write(f: Arithmetic, old: TensorName, indices: TensorName, parts: TensorName) -> TensorName:
        count = f.op('StridedSlice', f.op('Shape', old, T=FLOAT, out_type=INT32), f.const([0], INT32),
                     f.const([1], INT32), f.const([1], INT32), T=INT32, Index=INT32, begin_mask=0, end_mask=0,
                     ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=1)

        def add_up(part: TensorName) -> TensorName:
            return f.op('UnsortedSegmentSum', part, indices, count, T=DOUBLE, Tindices=index)
        total = sum_in_float64_by(f, add_up, f.wide(parts), axes)
        return f.f32((f.sub if 'Sub' in site.node.op else f.add)(f.wide(old), total))
    name = 'Portable%s%d_%d' % (site.node.op, index, len(axes))
    arguments = [(site.old_value_stored(0), FLOAT), (site.inputs[1], index), (site.inputs[2], FLOAT)]
    site.finish_update([(0, site.call(name, write, arguments))])


def update(op: str) -> Callable[[Update], Update]:
    """Decorator for the formula of ApplyX and ResourceApplyX, and of SparseApplyX, which treats some rows: a function
    of the body of a function, the node's attributes as flags, and all inputs in float64, variables first; it returns
    the variables' new values. Where it uses one of them it must be as `stored` rounds it."""
    def register(function: Update) -> Update:
        def write_for(site: Site) -> Tuple[str, Write]:
            flags = {name: bool(site.attribute(name, default)) for name, default in FLAGS}
            name = 'Portable%s%s' % (op, ''.join(str(int(flags[name])) for name, _ in FLAGS))

            def write(f: Arithmetic, *inputs: TensorName) -> List[TensorName]:
                return [f.f32(value) for value in function(f, flags, *[f.wide(tensor) for tensor in inputs])]
            return name, write

        def dense(site: Site) -> None:
            slots = UPDATES[site.node.op]
            arguments = [site.old_value_stored(k) for k in slots] + site.inputs[len(slots):]
            site.finish_update(_results(site, write_for(site), arguments, slots))

        def sparse(site: Site) -> None:
            slots = UPDATES[site.node.op]
            where = next(k for k in range(len(slots), len(site.inputs)) if site.dtype(k) in (INT32, INT64))
            rows = {'Tparams': FLOAT, 'Tindices': site.dtype(where), 'validate_indices': True}
            arguments = [site.op('Gather', site.old_value_stored(k), site.inputs[where], **rows) for k in slots]
            arguments += [tensor for k, tensor in enumerate(site.inputs) if k >= len(slots) and k != where]
            site.finish_update(_results(site, write_for(site), arguments, slots), rows=where)
        rule('Apply' + op, 'ResourceApply' + op)(dense)
        rule('SparseApply' + op, 'ResourceSparseApply' + op)(sparse)
        return function
    return register


def _results(site: Site, body: Tuple[str, Write], arguments: Iterable[TensorName],
             slots: Sequence[int]) -> List[Tuple[int, TensorName]]:
    """[(input k, its new value), ...] of a call of the formula."""
    name, write = body
    call = site.call(name, write, [(tensor, FLOAT) for tensor in arguments], (FLOAT,) * len(slots))
    return [(k, call if not k else '%s:%d' % (call, k)) for k in slots]


FLAGS = (('use_nesterov', False), ('update_slots', True))


def stored(f: Arithmetic, value: TensorName) -> TensorName:
    """As float32 keeps it."""
    return f.wide(f.f32(value))


@update('Momentum')
def momentum(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName, rate: TensorName,
             gradient: TensorName, decay: TensorName) -> Tuple[TensorName, ...]:
    accumulated = stored(f, f.add(f.mul(accumulated, decay), gradient))
    change = f.mul(accumulated, rate)
    if flags['use_nesterov']:
        change = f.add(f.mul(gradient, rate), f.mul(f.mul(accumulated, decay), rate))
    return f.sub(variable, change), accumulated


@update('KerasMomentum')
def keras_momentum(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName,
                   rate: TensorName, gradient: TensorName, decay: TensorName) -> Tuple[TensorName, ...]:
    accumulated = stored(f, f.sub(f.mul(accumulated, decay), f.mul(rate, gradient)))
    change = accumulated
    if flags['use_nesterov']:
        change = f.sub(f.mul(accumulated, decay), f.mul(rate, gradient))
    return f.add(variable, change), accumulated


@update('Adagrad')
def adagrad(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName, rate: TensorName,
            gradient: TensorName) -> Tuple[TensorName, ...]:
    if flags['update_slots']:
        accumulated = stored(f, f.add(accumulated, f.mul(gradient, gradient)))
    return f.sub(variable, f.div(f.mul(gradient, rate), f.op('Sqrt', accumulated))), accumulated


@update('AdagradV2')
def adagrad_v2(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName, rate: TensorName,
               epsilon: TensorName, gradient: TensorName) -> Tuple[TensorName, ...]:
    if flags['update_slots']:
        accumulated = stored(f, f.add(accumulated, f.mul(gradient, gradient)))
    below = f.add(f.op('Sqrt', accumulated), epsilon)
    return f.sub(variable, f.div(f.mul(gradient, rate), below)), accumulated


@update('Adadelta')
def adadelta(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName, changes: TensorName,
             rate: TensorName, decay: TensorName, epsilon: TensorName, gradient: TensorName) -> Tuple[TensorName, ...]:
    rest = f.sub(f.const(1), decay)
    accumulated = stored(f, f.add(f.mul(accumulated, decay), f.mul(f.mul(gradient, gradient), rest)))
    change = f.mul(f.div(f.op('Sqrt', f.add(changes, epsilon)), f.op('Sqrt', f.add(accumulated, epsilon))), gradient)
    changes = stored(f, f.add(f.mul(changes, decay), f.mul(f.mul(change, change), rest)))
    return f.sub(variable, f.mul(change, rate)), accumulated, changes


@update('Adam')
def adam(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, m: TensorName, v: TensorName, power1: TensorName,
         power2: TensorName, rate: TensorName, decay1: TensorName, decay2: TensorName, epsilon: TensorName,
         gradient: TensorName) -> Tuple[TensorName, ...]:
    rate = f.div(f.mul(rate, f.op('Sqrt', f.sub(f.const(1), power2))), f.sub(f.const(1), power1))
    rest1, rest2 = f.sub(f.const(1), decay1), f.sub(f.const(1), decay2)
    m = stored(f, f.add(m, f.mul(f.sub(gradient, m), rest1)))
    v = stored(f, f.add(v, f.mul(f.sub(f.mul(gradient, gradient), v), rest2)))
    direction = f.add(f.mul(gradient, rest1), f.mul(decay1, m)) if flags['use_nesterov'] else m
    return f.sub(variable, f.div(f.mul(direction, rate), f.add(f.op('Sqrt', v), epsilon))), m, v


@update('RMSProp')
def rms_prop(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, squares: TensorName, moved: TensorName,
             rate: TensorName, decay: TensorName, momentum: TensorName, epsilon: TensorName,
             gradient: TensorName) -> Tuple[TensorName, ...]:
    squares = stored(f, f.add(squares, f.mul(f.sub(f.mul(gradient, gradient), squares), f.sub(f.const(1), decay))))
    change = f.div(f.mul(gradient, rate), f.op('Sqrt', f.add(squares, epsilon)))
    moved = stored(f, f.add(f.mul(moved, momentum), change))
    return f.sub(variable, moved), squares, moved


@update('CenteredRMSProp')
def centered_rms_prop(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, means: TensorName,
                      squares: TensorName, moved: TensorName, rate: TensorName, decay: TensorName, momentum: TensorName,
                      epsilon: TensorName, gradient: TensorName) -> Tuple[TensorName, ...]:
    rest = f.sub(f.const(1), decay)
    squares = stored(f, f.add(squares, f.mul(f.sub(f.mul(gradient, gradient), squares), rest)))
    means = stored(f, f.add(means, f.mul(f.sub(gradient, means), rest)))
    below = f.op('Sqrt', f.add(f.sub(squares, f.mul(means, means)), epsilon))
    moved = stored(f, f.add(f.mul(moved, momentum), f.div(f.mul(gradient, rate), below)))
    return f.sub(variable, moved), means, squares, moved


@update('Ftrl')
def ftrl(f: Arithmetic, flags: Dict[str, bool], variable: TensorName, accumulated: TensorName, linear: TensorName,
         gradient: TensorName, rate: TensorName, l1: TensorName, l2: TensorName,
         power: TensorName) -> Tuple[TensorName, ...]:
    to_power = f.op('Neg', power)
    squares = stored(f, f.add(accumulated, f.mul(gradient, gradient)))
    before, after = functions.power(f, accumulated, to_power), functions.power(f, squares, to_power)
    slope = f.div(f.sub(after, before), rate)
    linear = stored(f, f.add(linear, f.sub(gradient, f.mul(slope, variable))))
    quadratic = f.add(f.div(after, rate), f.mul(l2, f.const(2)))
    change = f.div(f.sub(f.mul(f.op('Sign', linear), l1), linear), quadratic)
    value = f.select(f.op('Greater', f.abs(linear), l1), change, f.op('ZerosLike', change))
    return value, squares, linear
