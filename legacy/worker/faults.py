"""Known faults, to measure what a check would miss. Runs on Python 3.6.

Two kinds: one replacement in the source of the port (`FAULTS`, `doctored`), as somebody who edits it might make; and an
error in what ops of a type compute, put into the graph by the rewriter (`OpFault`), as a kernel might make.
"""
import contextlib
import types
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from legacy import article
from legacy.shim import tf
from legacy.worker import experiment, observe, record, replay
from legacy.worker.experiment import Experiment
from legacy.worker.kernels import numeric_ops
from legacy.worker.rewriting.fault import GRADIENTS, MODES, Fault, set_error
from legacy.worker.rewriting.rewriter import Rules
from legacy.worker.seeding import OpSeeds
from legacy.worker.tfobjects import Operation, Session

# Inside `built_net`, a fault may ask by these which network is being built.
NORM, PLAIN = 'norm_net', 'not norm_net'
INPUT_MOMENTS = 'fc_mean, fc_var = tf.nn.moments(xs, axes=[0])'
MOMENTS = 'fc_mean, fc_var = tf.nn.moments(Wx_plus_b, axes=[0])'
BATCH = 'xs: x_data[i*10:i*10+10], ys: y_data[i*10:i*10+10]'
STEP = '        sess.run([train_op, train_op_norm],'
SEED = '    fix_seed(seed)\n\n    if norm:'
RETURN = '    return [train_op, cost, layers_inputs]'
LEAK = 'tf.nn.relu(x) - 1e-4 * tf.nn.relu(-x)'

# fault: (text to replace, how often it occurs, its replacement, arithmetic, question of `comparison` that must see it)
FAULTS = {
    'data seed': ('    fix_seed(seed)\n    x_data', 1, '    fix_seed(seed + 1)\n    x_data', 'float32', 'data'),
    'noise 8.01': ('np.random.normal(0, 8, ', 1, 'np.random.normal(0, 8.01, ', 'float32', 'data'),
    'missing normalised layer': ('in_size, N_HIDDEN_UNITS, ACTIVITION, norm)', 1,
                                 'in_size, N_HIDDEN_UNITS, ACTIVITION, norm and l_n != 3)', 'float32', 'graph'),
    'weights seed, plain': (SEED, 1, SEED.replace('seed)', f'seed + ({PLAIN}))'), 'float32', 'initial_weights'),
    'weights seed, norm': (SEED, 1, SEED.replace('seed)', f'seed + ({NORM}))'), 'float32', 'initial_weights'),
    'biases 0.1001, plain': ('+ 0.1)', 1, f'+ (0.1001 if {PLAIN} else 0.1))', 'float32', 'initial_weights'),
    'biases 0.1001, norm': ('+ 0.1)', 1, f'+ (0.1001 if {NORM} else 0.1))', 'float32', 'initial_weights'),
    'learning rate, plain': ('Optimizer(0.001)', 1, f'Optimizer(0.001 * (1.001 if {PLAIN} else 1))', 'float32',
                             'first_update'),
    'learning rate, norm': ('Optimizer(0.001)', 1, f'Optimizer(0.001 * (1.001 if {NORM} else 1))', 'float32',
                            'first_update'),
    'leaking ReLU, plain': ('outputs = activation_function(Wx_plus_b)', 1,
                            f'outputs = (lambda x: {LEAK} if {PLAIN} else tf.nn.relu(x))(Wx_plus_b)', 'float32',
                            'forward'),
    'leaking ReLU, norm': ('outputs = activation_function(Wx_plus_b)', 1,
                           f'outputs = (lambda x: {LEAK} if {NORM} else tf.nn.relu(x))(Wx_plus_b)', 'float32',
                           'forward'),
    'sample variance, input': (INPUT_MOMENTS, 1, INPUT_MOMENTS + '; fc_var = fc_var * 2500 / 2499', 'float32',
                               'forward'),
    'sample variance, layers': (MOMENTS, 1, MOMENTS + '; fc_var = fc_var * 2500 / 2499', 'float32', 'forward'),
    'decay 0.501': ('decay=0.5)', 2, 'decay=0.501)', 'float32', 'moving_averages'),
    'epsilon 0.00101': ('epsilon = 0.001', 2, 'epsilon = 0.00101', 'float64', 'history'),
    'one batch shifted by a row': (BATCH, 1, 'xs: x_data[i*10+(i == 100):i*10+10+(i == 100)], '
                                   'ys: y_data[i*10+(i == 100):i*10+10+(i == 100)]', 'float64', 'history'),
    'one batch shifted, portable': (BATCH, 1, 'xs: x_data[i*10+(i == 100):i*10+10+(i == 100)], '
                                 'ys: y_data[i*10+(i == 100):i*10+10+(i == 100)]', 'portable', 'history'),
    'one step skipped, norm': (STEP, 1, STEP.replace('train_op_norm]', '*([] if i == 100 else [train_op_norm])]'),
                               'float64', 'history'),
    'first step skipped, plain': (STEP, 1, STEP.replace('train_op,', '*([] if i == 0 else [train_op]),'), 'float32',
                                  'first_update'),
    'infinity cut to 3e38, plain': (RETURN, 1, RETURN.replace('cost', f'tf.minimum(cost, 3e38) if {PLAIN} else cost'),
                                    'float32', 'overflow'),
    'NaN for infinity, plain': (RETURN, 1, RETURN.replace('cost', 'tf.where(tf.is_inf(cost), cost - cost, cost) '
                                                          f'if {PLAIN} else cost'), 'float32', 'overflow'),
    'average not updated': ('tf.control_dependencies([ema_apply_op])', 2, 'tf.control_dependencies([])', 'float32',
                            'moving_averages'),
}


@contextlib.contextmanager
def doctored(fault: Sequence[Any]) -> Iterator[None]:
    """Context manager: every module that uses the port uses one with this replacement in it."""
    old, count, new = fault[:3]
    with open(article.__file__, encoding='utf-8') as file:
        source = file.read()
    if source.count(old) != count:
        raise ValueError('%r occurs %d times in the port' % (old, source.count(old)))
    source = source.replace(old, new).replace(SEED, '    norm_net = norm\n' + SEED).replace(
        '    def add_layer(', '    norm_net = norm\n\n    def add_layer(')
    module = types.ModuleType('legacy.article')
    exec(compile(source, 'doctored article', 'exec'), module.__dict__)
    users: Tuple[Any, ...] = (experiment, observe, record, replay)  # modules
    try:
        for user in users:
            user.article = module
        yield
    finally:
        for user in users:
            user.article = article


# ---- errors in what ops compute

OpGroup = Tuple[str, str]  # op type; 'forward', 'backward' or 'update'
FAULTY_STEP = 103  # between two checkpoints


def op_groups() -> Dict[OpGroup, int]:
    """How many ops of each group a training step of both networks computes."""
    built = Experiment()
    groups: Dict[OpGroup, int] = {}
    for network in built.nets:
        for op in numeric_ops(built, network):
            groups[group_of(op)] = groups.get(group_of(op), 0) + 1
    return groups


def group_of(op: Operation) -> OpGroup:
    """The OpGroup of an op of the article's graph."""
    return group_of_node(op.type, op.name)


def group_of_node(op_type: str, name: str) -> OpGroup:
    """The same of a node."""
    if op_type in GRADIENTS or 'ExponentialMovingAverage' in name:
        return op_type, 'update'
    return op_type, 'backward' if name.startswith('gradients') else 'forward'


class OpFault(Experiment):
    """An Experiment in which every op of a group is off by a relative error of `size`: in all elements, in the largest
    element, or in all but at one step only (`mode`, one of rewriting.fault.MODES). Both may be changed between
    sessions."""

    def __init__(self, group: OpGroup, seed: int = 1, op_seeds: OpSeeds = '1.15', arithmetic: str = 'float32') -> None:
        self.group, self.size, self.mode = group, 0.0, MODES[0]
        super(OpFault, self).__init__(seed, op_seeds, arithmetic)

    def _rules(self) -> List[Rules]:
        names = {op.name for network in self.nets for op in numeric_ops(self, network) if group_of(op) == self.group}
        with self.built.as_default():
            row = tf.constant(self.x_data[FAULTY_STEP * 10:][:1], tf.float32)
            hit = tf.logical_and(tf.reduce_all(tf.equal(self.xs[:1], row)), tf.equal(tf.shape(self.xs)[0], 10))
            at = tf.cast(hit, tf.float32)
        return [Fault(lambda node: node.name in names, at.op.name)] + super(OpFault, self)._rules()

    def session(self) -> Session:
        """A new session with `size` and `mode` as they are now."""
        sess = super(OpFault, self).session()
        set_error(sess, self.size, self.mode)
        return sess
