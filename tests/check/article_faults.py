"""Faults in the article's experiment: in the port, as somebody who edits it makes them, and in TensorFlow.

    python -m tests.check.article_faults    tries them all against the committed recording; takes a quarter of an hour
"""
import json
import os
import pathlib
import tempfile

from legacy.check import article
from tests.command_line import compat_run

PORT = article.FILES['article.py'].read_text()
PROGRAM = article.FILES[article.SCRIPT].read_text()

# Inside `built_net`, a fault may ask by these which network is being built.
NORM, PLAIN = 'norm_net', 'not norm_net'
INPUT_MOMENTS = 'fc_mean, fc_var = tf.nn.moments(xs, axes=[0])'
MOMENTS = 'fc_mean, fc_var = tf.nn.moments(Wx_plus_b, axes=[0])'
BATCH = 'xs: x_data[i*10:i*10+10], ys: y_data[i*10:i*10+10]'
STEP = '        sess.run([train_op, train_op_norm],'
SEED = '    fix_seed(seed)\n\n    if norm:'
RETURN = '    return [train_op, cost, layers_inputs]'
LEAK = 'tf.nn.relu(x) - 1e-4 * tf.nn.relu(-x)'
LINE = 'Wx_plus_b = tf.matmul(inputs, Weights) + biases'
AT = 3  # the step at which a fault of one step is
# In the suite: the same experiment with fewer layers, whose graph is half as large; the plain network has the same
# infinite cost at the first record, since its weights are larger.
SMALLER = (('N_LAYERS = 7', 'N_LAYERS = 3'), ('mean=0.0, stddev=1.0', 'mean=0.0, stddev=10.0'))

# fault: (text to replace, how often it occurs, its replacement)
IN_THE_PORT = {
    'data seed': ('    fix_seed(seed)\n    x_data', 1, '    fix_seed(seed + 1)\n    x_data'),
    'noise 8.01': ('np.random.normal(0, 8, ', 1, 'np.random.normal(0, 8.01, '),
    'missing normalised layer': ('in_size, N_HIDDEN_UNITS, ACTIVITION, norm)', 1,
                                 'in_size, N_HIDDEN_UNITS, ACTIVITION, norm and l_n != 2)'),
    'weights seed, plain': (SEED, 1, SEED.replace('seed)', f'seed + ({PLAIN}))')),
    'weights seed, norm': (SEED, 1, SEED.replace('seed)', f'seed + ({NORM}))')),
    'biases 0.1001, plain': ('+ 0.1)', 1, f'+ (0.1001 if {PLAIN} else 0.1))'),
    'biases 0.1001, norm': ('+ 0.1)', 1, f'+ (0.1001 if {NORM} else 0.1))'),
    'learning rate, plain': ('Optimizer(0.001)', 1, f'Optimizer(0.001 * (1.001 if {PLAIN} else 1))'),
    'learning rate, norm': ('Optimizer(0.001)', 1, f'Optimizer(0.001 * (1.001 if {NORM} else 1))'),
    'leaking ReLU, plain': ('outputs = activation_function(Wx_plus_b)', 1,
                            f'outputs = (lambda x: {LEAK} if {PLAIN} else tf.nn.relu(x))(Wx_plus_b)'),
    'leaking ReLU, norm': ('outputs = activation_function(Wx_plus_b)', 1,
                           f'outputs = (lambda x: {LEAK} if {NORM} else tf.nn.relu(x))(Wx_plus_b)'),
    'sample variance, input': (INPUT_MOMENTS, 1, INPUT_MOMENTS + '; fc_var = fc_var * 2500 / 2499'),
    'sample variance, layers': (MOMENTS, 1, MOMENTS + '; fc_var = fc_var * 2500 / 2499'),
    'decay 0.501': ('decay=0.5)', 2, 'decay=0.501)'),
    'epsilon 0.00101': ('epsilon = 0.001', 2, 'epsilon = 0.00101'),
    'one batch shifted by a row': (BATCH, 1, f'xs: x_data[i*10+(i == {AT}):i*10+10+(i == {AT})], '
                                             f'ys: y_data[i*10+(i == {AT}):i*10+10+(i == {AT})]'),
    'one step skipped, norm': (STEP, 1, STEP.replace('train_op_norm]', f'*([] if i == {AT} else [train_op_norm])]')),
    'first step skipped, plain': (STEP, 1, STEP.replace('train_op,', '*([] if i == 0 else [train_op]),')),
    'infinity cut to 3e38, plain': (RETURN, 1, RETURN.replace('cost', f'tf.minimum(cost, 3e38) if {PLAIN} else cost')),
    'NaN for infinity, plain': (RETURN, 1, RETURN.replace(
        'cost', f'tf.where(tf.is_inf(cost), cost - cost, cost) if {PLAIN} else cost')),
    'average not updated': ('tf.control_dependencies([ema_apply_op])', 2, 'tf.control_dependencies([])'),
    'bias gradient without a row': (LINE, 1, LINE + '; Wx_plus_b = tf.concat([Wx_plus_b[:-1], tf.matmul(inputs, '
                                    'Weights)[-1:] + tf.stop_gradient(biases)], 0)')}

TENSORFLOW = 'import numpy as np\nimport tensorflow.compat.v1 as v1\n'
# Each call into TensorFlow of the script's own session, below whatever watches it. number: of a training step, or None.
# cost: what the network with batch normalisation gives on all rows; count: how many of these there were.
COUNTED = '''
from tensorflow.python.client.session import BaseSession
native, sessions, steps, costs = BaseSession._call_tf_sessionrun, [], [], []
def counted(self, options, feeds, fetches, targets, metadata):
    sessions.append(self)
    rows = {len(value) for value in feeds.values() if np.ndim(value) == 2} if self is sessions[0] else set()
    number = None
    if rows == {10} and len(targets) == 2:
        number = len(steps)
        steps.append(number)
    feeds, targets = asked(number, feeds, targets)
    answer = list(native(self, options, feeds, fetches, targets, metadata))
    scalars = [k for k, value in enumerate(answer) if np.ndim(value) == 0 and np.asarray(value).dtype == np.float32]
    if rows == {2500} and len(scalars) == 1:
        costs.append(scalars[0])
        if len(costs) % 2 == 0:
            answer[scalars[0]] = given(answer[scalars[0]], len(costs) // 2)
    return answer
def asked(number, feeds, targets):
    return feeds, targets
def given(cost, count):
    return cost
BaseSession._call_tf_sessionrun = counted
'''
# fault: what is done to TensorFlow before the program imports it
IN_TENSORFLOW = {
    'learning rate': '''
minimizer = v1.train.GradientDescentOptimizer
v1.train.GradientDescentOptimizer = lambda rate: minimizer(rate * 1.001)''',
    'relu': '''
relu = v1.nn.relu
v1.nn.relu = lambda x, name=None: relu(x, name) - 1e-4 * relu(-x)''',
    'epsilon': '''
normalization = v1.nn.batch_normalization
v1.nn.batch_normalization = lambda *args: normalization(*args[:-1], args[-1] * 1.01)''',
    'averages': '''
average = v1.train.ExponentialMovingAverage
v1.train.ExponentialMovingAverage = lambda decay: average(decay + 0.001)''',
    'random numbers': '''
normal = v1.random_normal
v1.random_normal = lambda shape, mean, stddev: normal(shape, mean=1e-6, stddev=stddev)''',
    'one step is half done': COUNTED + f'''
def asked(number, feeds, targets):
    return feeds, targets[:1] if number == {AT} else targets''',
    'one step is fed 1.001 times': COUNTED + f'''
def asked(number, feeds, targets):
    return {{key: value * 1.001 for key, value in feeds.items()}} if number == {AT} else feeds, targets''',
    'costs are those of the record before': COUNTED + '''
kept = []
def given(cost, count):
    kept.append(cost)
    return kept[max(0, len(kept) - 2)]''',
    'one cost is NaN': COUNTED + '''
def given(cost, count):
    return np.float32('nan') if count == 2 else cost''',
    'last cost off by a millionth': COUNTED + '''
def given(cost, count):
    return np.float32(cost * 1.000001) if count == 2 else cost'''}


def staged(folder, port=None, tensorflow=None, changes=()):
    """Put the article's script into a folder, with a fault of IN_THE_PORT or of IN_TENSORFLOW or without. changes: of
    the port's text, such as SMALLER, which are no fault."""
    folder.mkdir(exist_ok=True)
    source, program = PORT, PROGRAM
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    if port:
        old, count, new = IN_THE_PORT[port]
        assert source.count(old) == count, port
        source = source.replace(old, new).replace(SEED, '    norm_net = norm\n' + SEED).replace(
            '    def add_layer(', '    norm_net = norm\n\n    def add_layer(')
    if tensorflow:
        program = TENSORFLOW + IN_TENSORFLOW[tensorflow] + '\n' + program
    (folder / 'article.py').write_text(source)
    (folder / article.SCRIPT).write_text(program)


def main():
    """Check each fault against the committed recording; print the verdict and the rungs that fail, a line each."""
    with tempfile.TemporaryDirectory() as top:
        for where, faults in (('port', IN_THE_PORT), ('tensorflow', IN_TENSORFLOW)):
            for fault in faults:
                folder = pathlib.Path(top) / f'{where}-{len(os.listdir(top))}'
                staged(folder, **{where: fault})
                done = compat_run('check', '--json', '--baseline', article.RECORDING, article.SCRIPT, cwd=folder)
                report = json.loads(done.stdout) if done.stdout else {'verdict': done.stderr, 'rungs': []}
                failed = [rung['name'] for rung in report['rungs'] if rung['status'] in ('failed', 'error')]
                print(f'{where}, {fault}: {report["verdict"]}: {", ".join(failed)}', flush=True)


if __name__ == '__main__':
    main()
