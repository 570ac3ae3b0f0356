"""Updates of variables, spelled out in float64: every slot is rounded once to float32, and used as it is stored.
Runs on Python 3.6."""
from legacy.worker.rewriting.nodes import FLOAT
from legacy.worker.rewriting.optypes import UPDATES
from legacy.worker.rewriting.portable.registry import rule


@rule('ApplyGradientDescent', 'ResourceApplyGradientDescent')
def gradient_descent(site):
    """variable - rate * gradient"""
    value = site.sub(site.old_value(0), site.mul(site.f64(1), site.f64(2)))
    site.finish_update([(0, site.f32(value))])


@rule('AssignAdd', 'AssignSub', 'AssignAddVariableOp', 'AssignSubVariableOp')
def assign_difference(site):
    operation = site.add if 'Add' in site.node.op else site.sub
    site.finish_update([(0, site.f32(operation(site.old_value(0), site.f64(1))))])


def update(op):
    """Decorator for the formula of ApplyX and ResourceApplyX: a function of the body of a function, the node's
    attributes as flags, and all inputs in float64, variables first; it returns the variables' new values. `store`
    rounds one as it will be stored."""
    def register(function):
        def rewrite(site):
            flags = {name: bool(site.attribute(name, default)) for name, default in FLAGS}
            slots = UPDATES[site.node.op]

            def write(f, *inputs):
                return [f.f32(value) for value in function(f, flags, *[f.wide(tensor) for tensor in inputs])]
            name = 'Portable%s%s' % (op, ''.join(str(int(flags[name])) for name, _ in FLAGS))
            arguments = [site.old_value_stored(k) for k in slots] + site.inputs[len(slots):]
            call = site.call(name, write, [(tensor, FLOAT) for tensor in arguments], (FLOAT,) * len(slots))
            site.finish_update([(k, call if not k else '%s:%d' % (call, k)) for k in slots])
        return rule('Apply' + op, 'ResourceApply' + op)(rewrite) and function
    return register


FLAGS = (('use_nesterov', False), ('update_slots', True))


def stored(f, value):
    """As float32 keeps it."""
    return f.wide(f.f32(value))


@update('Momentum')
def momentum(f, flags, variable, accumulated, rate, gradient, decay):
    accumulated = stored(f, f.add(f.mul(accumulated, decay), gradient))
    change = f.mul(accumulated, rate)
    if flags['use_nesterov']:
        change = f.add(f.mul(gradient, rate), f.mul(f.mul(accumulated, decay), rate))
    return f.sub(variable, change), accumulated


@update('KerasMomentum')
def keras_momentum(f, flags, variable, accumulated, rate, gradient, decay):
    accumulated = stored(f, f.sub(f.mul(accumulated, decay), f.mul(rate, gradient)))
    change = accumulated
    if flags['use_nesterov']:
        change = f.sub(f.mul(accumulated, decay), f.mul(rate, gradient))
    return f.add(variable, change), accumulated


@update('Adagrad')
def adagrad(f, flags, variable, accumulated, rate, gradient):
    if flags['update_slots']:
        accumulated = stored(f, f.add(accumulated, f.mul(gradient, gradient)))
    return f.sub(variable, f.div(f.mul(gradient, rate), f.op('Sqrt', accumulated))), accumulated


@update('AdagradV2')
def adagrad_v2(f, flags, variable, accumulated, rate, epsilon, gradient):
    if flags['update_slots']:
        accumulated = stored(f, f.add(accumulated, f.mul(gradient, gradient)))
    below = f.add(f.op('Sqrt', accumulated), epsilon)
    return f.sub(variable, f.div(f.mul(gradient, rate), below)), accumulated


@update('Adadelta')
def adadelta(f, flags, variable, accumulated, changes, rate, decay, epsilon, gradient):
    rest = f.sub(f.const(1), decay)
    accumulated = stored(f, f.add(f.mul(accumulated, decay), f.mul(f.mul(gradient, gradient), rest)))
    change = f.mul(f.div(f.op('Sqrt', f.add(changes, epsilon)), f.op('Sqrt', f.add(accumulated, epsilon))), gradient)
    changes = stored(f, f.add(f.mul(changes, decay), f.mul(f.mul(change, change), rest)))
    return f.sub(variable, f.mul(change, rate)), accumulated, changes


@update('Adam')
def adam(f, flags, variable, m, v, power1, power2, rate, decay1, decay2, epsilon, gradient):
    rate = f.div(f.mul(rate, f.op('Sqrt', f.sub(f.const(1), power2))), f.sub(f.const(1), power1))
    rest1, rest2 = f.sub(f.const(1), decay1), f.sub(f.const(1), decay2)
    m = stored(f, f.add(m, f.mul(f.sub(gradient, m), rest1)))
    v = stored(f, f.add(v, f.mul(f.sub(f.mul(gradient, gradient), v), rest2)))
    direction = f.add(f.mul(gradient, rest1), f.mul(decay1, m)) if flags['use_nesterov'] else m
    return f.sub(variable, f.div(f.mul(direction, rate), f.add(f.op('Sqrt', v), epsilon))), m, v


@update('RMSProp')
def rms_prop(f, flags, variable, squares, moved, rate, decay, momentum, epsilon, gradient):
    squares = stored(f, f.add(squares, f.mul(f.sub(f.mul(gradient, gradient), squares), f.sub(f.const(1), decay))))
    change = f.div(f.mul(gradient, rate), f.op('Sqrt', f.add(squares, epsilon)))
    moved = stored(f, f.add(f.mul(moved, momentum), change))
    return f.sub(variable, moved), squares, moved


@update('CenteredRMSProp')
def centered_rms_prop(f, flags, variable, means, squares, moved, rate, decay, momentum, epsilon, gradient):
    rest = f.sub(f.const(1), decay)
    squares = stored(f, f.add(squares, f.mul(f.sub(f.mul(gradient, gradient), squares), rest)))
    means = stored(f, f.add(means, f.mul(f.sub(gradient, means), rest)))
    below = f.op('Sqrt', f.add(f.sub(squares, f.mul(means, means)), epsilon))
    moved = stored(f, f.add(f.mul(moved, momentum), f.div(f.mul(gradient, rate), below)))
    return f.sub(variable, moved), means, squares, moved
