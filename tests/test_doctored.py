"""The tester tested: each known fault in the port must turn the claim named beside it red.

A fault is one replacement in the source of `legacy/article.py`; inside `built_net`, `norm_net` says which network is
being built, so that a fault can sit in one network alone.
"""
import sys
import types

import pytest

from legacy import article, comparison, experiment, observe, replay, worker

NORM, PLAIN = 'norm_net', 'not norm_net'
INPUT_MOMENTS = 'fc_mean, fc_var = tf.nn.moments(xs, axes=[0])'
MOMENTS = 'fc_mean, fc_var = tf.nn.moments(Wx_plus_b, axes=[0])'
BATCH = 'xs: x_data[i*10:i*10+10], ys: y_data[i*10:i*10+10]'
STEP = '        sess.run([train_op, train_op_norm],'
SEED = '    fix_seed(seed)\n\n    if norm:'
LEAK = 'tf.nn.relu(x) - 1e-4 * tf.nn.relu(-x)'

# case: (text to replace, how often it occurs, its replacement, arithmetic, claim that must fail)
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
    'decay 0.501': ('decay=0.5)', 2, 'decay=0.501)', 'float32', 'first_update'),
    'epsilon 0.00101': ('epsilon = 0.001', 2, 'epsilon = 0.00101', 'float64', 'history'),
    'one batch shifted by a row': (BATCH, 1, 'xs: x_data[i*10+(i == 100):i*10+10+(i == 100)], '
                                   'ys: y_data[i*10+(i == 100):i*10+10+(i == 100)]', 'float64', 'history'),
    'one batch shifted, exact': (BATCH, 1, 'xs: x_data[i*10+(i == 100):i*10+10+(i == 100)], '
                                 'ys: y_data[i*10+(i == 100):i*10+10+(i == 100)]', 'exact-rsqrt', 'history'),
    'one step skipped, norm': (STEP, 1, STEP.replace('train_op_norm]', '*([] if i == 100 else [train_op_norm])]'),
                               'float64', 'history'),
    'first step skipped, plain': (STEP, 1, STEP.replace('train_op,', '*([] if i == 0 else [train_op]),'), 'float32',
                                  'first_update'),
}


def doctor(monkeypatch, old, count, new):
    """Let every module that uses the port use one with this replacement in it."""
    with open(article.__file__, encoding='utf-8') as file:
        source = file.read()
    assert source.count(old) == count, f'{old!r} occurs {source.count(old)} times'
    source = source.replace(old, new).replace(SEED, '    norm_net = norm\n' + SEED).replace(
        '    def add_layer(', '    norm_net = norm\n\n    def add_layer(')
    doctored = types.ModuleType('legacy.article')
    exec(compile(source, 'doctored article', 'exec'), doctored.__dict__)
    for module in (experiment, observe, replay, worker):
        monkeypatch.setattr(module, 'article', doctored)


def steps_for(claim):
    return 250 if claim == 'history' else 1


@pytest.mark.parametrize('case', FAULTS)
def test_fault_turns_its_claim_red(case, monkeypatch, baseline):
    old, count, new, arithmetic, claim = FAULTS[case]
    doctor(monkeypatch, old, count, new)
    recorded = worker.record(arithmetic=arithmetic, steps=steps_for(claim))
    finding = getattr(comparison, claim)(baseline[arithmetic], recorded)
    assert finding.passed is False, finding.text


@pytest.mark.parametrize('arithmetic, claim', sorted({fault[3:] for fault in FAULTS.values()}))
def test_no_fault_leaves_the_claim_green(arithmetic, claim, monkeypatch, baseline):
    doctor(monkeypatch, 'ACTIVITION = tf.nn.relu', 1, 'ACTIVITION = tf.nn.relu')
    recorded = worker.record(arithmetic=arithmetic, steps=steps_for(claim))
    finding = getattr(comparison, claim)(baseline[arithmetic], recorded)
    assert finding.passed, finding.text


def test_op_seeds_of_another_family_turn_their_claims_red(baseline):
    if sys.modules['legacy.shim'].RELEASE < (2, 2):
        pytest.skip('before 2.2 this release may derive the same op seeds as 1.15')
    recorded = worker.record(op_seeds='native', steps=1)
    assert comparison.op_seeds(baseline['float32'], recorded).passed is False
    assert comparison.initial_weights(baseline['float32'], recorded).passed is False


@pytest.mark.parametrize('change', ['cost', 'update', 'moving average'])
def test_wrong_replay_turns_the_teacher_forced_claim_red(change, baseline, replayed):
    costs = {name: values.copy() for name, values in replayed.costs.items()}
    after = {name: values.copy() for name, values in replayed.after.items()}
    if change == 'cost':
        costs['cost_norm'][30] *= 1.0001
    else:
        after['Variable_18' if change == 'update' else 'moments_3/Squeeze/ExponentialMovingAverage'][30] *= 1.0001
    wrong = replay.Replay(replayed.starts, costs, after)
    assert comparison.teacher_forced(baseline['float32'], wrong).passed is False


def test_later_overflow_turns_its_claim_red(baseline, candidate):
    other = candidate['float64']  # overflows one record later
    assert comparison.overflow(baseline['float32'], other).passed is False
