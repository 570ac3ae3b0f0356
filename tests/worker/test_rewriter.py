"""The rewriter itself: names hold, loops and conditions stay whole, what is not known is left and reported; the rule
sets noise, float64 and fault."""
import itertools

import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.rewriting.fault import Fault, set_error
from legacy.worker.rewriting.float64 import Float64
from legacy.worker.rewriting.identity import keeps_every_element
from legacy.worker.rewriting.nodes import DOUBLE
from legacy.worker.rewriting.noise import Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import imported, rewritten, rewritten_graph
from legacy.worker.rewriting.source import Source, types_of
from tests.worker.rewriting import built, run, same, session

f32, f64 = np.float32, np.float64
RANDOM = np.random.RandomState(2)
X = RANDOM.randn(6, 4).astype(f32)
ALL_RULES = [Portable, Float64, lambda: Noise(size=0.0)]
RULE_NAMES = ['portable', 'float64', 'noise']


def dense(x):
    """Some of everything: products, sums, a loop, a condition, several outputs."""
    h = tf.tanh(tf.matmul(x, tf.constant(RANDOM.randn(4, 4).astype(f32))))
    _, looped = tf.while_loop(lambda k, _: k < 3, lambda k, y: (k + 1, 0.5 * y + tf.reduce_mean(y, 0)), [0, h])
    chosen = tf.cond(tf.reduce_sum(looped) > 0, lambda: 2.0 * looped, lambda: looped / 3.0)
    mean, variance = tf.nn.moments(chosen, [0])
    return [chosen, mean, variance, tf.gradients(variance, x)[0]]


@pytest.mark.parametrize('rules', ALL_RULES, ids=RULE_NAMES)
def test_every_name_holds_with_the_same_number_of_outputs(rules):
    graph, _, _ = built(dense, X)
    graph_def, _ = rewritten_graph(graph, rules())
    new = imported(graph_def)
    for op in graph.get_operations():
        assert len(new.get_operation_by_name(op.name).outputs) >= len(op.outputs)


@pytest.mark.parametrize('rules', ALL_RULES, ids=RULE_NAMES)
def test_the_graph_computes_what_it_did(rules):
    state = RANDOM.get_state()
    plain = run(_Nothing(), dense, X)
    RANDOM.set_state(state)
    for a, b in zip(plain, run(rules(), dense, X)):
        assert np.abs(a - b).max() <= 1e-4 * np.abs(a).max()


class _Nothing(Portable):
    """No rule for any node."""

    def rule(self, site):
        return None

    def rewrites_update(self, node):
        return False


def test_without_a_rule_the_bits_are_the_original_ones():
    state = RANDOM.get_state()
    graph, fetched, feed = built(dense, X)
    with session(graph) as sess:
        plain = sess.run([tensor.name for tensor in fetched], feed)
    RANDOM.set_state(state)
    assert all(same(a, b) for a, b in zip(plain, run(_Nothing(), dense, X), strict=True))


def test_the_original_graph_is_not_touched():
    graph, _, _ = built(dense, X)
    before = graph.as_graph_def()
    rewritten_graph(graph, Portable())
    assert graph.as_graph_def() == before


def test_a_graphdef_is_enough():
    graph, fetched, feed = built(dense, X)
    results = []
    for graph_def in rewritten(graph.as_graph_def(), Portable())[0], rewritten_graph(graph, Portable())[0]:
        with session(imported(graph_def)) as sess:
            results.append(sess.run([tensor.name for tensor in fetched], feed))
    assert all(same(a, b) for a, b in zip(*results, strict=True))


def test_graph_optimizers_find_nothing_to_change_in_portable_arithmetic():
    graph, fetched, feed = built(dense, X)
    new = imported(rewritten_graph(graph, Portable())[0])
    with session(new) as plain, tf.Session(graph=new) as optimised:
        a, b = [sess.run([tensor.name for tensor in fetched], feed) for sess in (plain, optimised)]
    assert len(a) == len(b) == len(fetched) and all(map(same, a, b))


def test_what_no_rule_knows_is_left_and_reported():
    graph, fetched, _ = built(lambda x: tf.lgamma(tf.cumsum(tf.nn.relu(x + 1.0))), X)
    graph_def, report = rewritten_graph(graph, Portable())
    assert set(report.unknown) == {'Cumsum', 'Lgamma'} and report.unknown['Lgamma'] == [fetched.op.name]
    assert {node.op for node in graph_def.node} >= {'Cumsum', 'Lgamma'}
    assert report.unknown['Lgamma'] == [fetched.op.name] and len(report.replaced['Relu']) == 1


def test_sums_over_nothing_are_left_as_exact():
    graph, _, _ = built(lambda x: tf.reduce_sum(tf.expand_dims(x, 1), 1), X, known=False)
    _, report = rewritten_graph(graph, Portable())
    assert list(report.exact) == ['Sum'] and not report.replaced


SIZES = [(), (1,), (5,), (None,)] + list(itertools.product((1, 5, None), repeat=2))


def reduced(own, other):
    """Sizes of the axes over which the gradient of the first operand is summed, or None if the two do not fit."""
    rank = max(len(own), len(other))
    pairs = list(zip((1,) * (rank - len(own)) + own, (1,) * (rank - len(other)) + other))
    return None if any(a != b and 1 not in (a, b) for a, b in pairs) else [b for a, b in pairs if a == 1]


@pytest.mark.parametrize('own', SIZES, ids=str)
def test_a_gradient_said_to_sum_nothing_sums_nothing(own):
    for other in SIZES:
        if keeps_every_element(own, other):
            for known in itertools.product((1, 5), repeat=len(own) + len(other)):
                mine, theirs = ([size or other_size for size, other_size in zip(shape, sizes)] for shape, sizes in (
                    (own, known), (other, known[len(own):])))
                assert set(reduced(tuple(mine), tuple(theirs)) or ()) <= {1}


def test_a_sum_over_one_broadcast_row_is_none_over_nothing():
    """The gradient of a row that was added to all rows is a sum, though the row has as many axes as they."""
    row = RANDOM.randn(1, 4).astype(f32)
    answer = run(Portable(), lambda x, row: tf.gradients((x + row) * x, row)[0], X, row)
    assert np.abs(answer - X.sum(0, keepdims=True)).max() < 1e-5


# ---- noise

def noisy_sum(seed, runs, **feed):
    graph, fetched, fed = built(lambda x: tf.reduce_sum(x, 1), X)
    graph_def, _ = rewritten_graph(graph, Noise(seed=seed))
    with session(imported(graph_def)) as sess:
        return [sess.run(fetched.name, dict(fed, **feed)) for _ in range(runs)]


def test_noise_is_new_in_every_run_and_repeats_in_a_new_session():
    first, second = noisy_sum(3, 2), noisy_sum(3, 2)
    assert all(same(a, b) for a, b in zip(first, second, strict=True)) and not same(*first)


def test_noise_follows_its_seed():
    assert not same(noisy_sum(3, 1)[0], noisy_sum(4, 1)[0])


def test_noise_is_uniform_between_plus_and_minus_one_unit():
    x = np.full(20_000, 1.5, f32)
    moved = (run(Noise(seed=1, size=2.0 ** -10), lambda x: x * 1.0, x).astype(f64) / 1.5 - 1) * 2 ** 10
    assert -1.001 < moved.min() < -0.99 and 0.99 < moved.max() < 1.001 and abs(moved.mean()) < 0.02
    assert abs(moved.std() - 3 ** -0.5) < 0.01


@pytest.mark.parametrize('name, ulp', [('float64', 2.0 ** -52), ('float32', 2.0 ** -23), ('float16', 2.0 ** -10),
                                       ('complex64', 2.0 ** -23), ('complex128', 2.0 ** -52)])
def test_noise_is_in_units_of_the_results_own_type(name, ulp):
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable('v', initializer=tf.ones([2000], name), use_resource=False)
        product, update = (v * 1.25).name, tf.assign_sub(v, 0.25 * tf.ones([2000], name)).op.name
        init = tf.global_variables_initializer().name
    graph_def, _ = rewritten_graph(graph, Noise(seed=1, size=4 * 2.0 ** -23))
    with session(imported(graph_def)) as sess:
        sess.run(init)
        found = sess.run(product)
        sess.run(update)
        for value, exact in ((found, 1.25), (sess.run('v:0'), 0.75)):
            off = np.abs(value.astype('c16') / exact - 1) / ulp
            assert value.dtype == name and 2 < off.max() <= 8


def test_noise_can_be_of_one_type_alone():
    def both(x):
        return tf.cast(x * 1.1, tf.float64) * 1.1, x * 1.1
    graph, fetched, fed = built(lambda x: tf.stack([both(x)[0], tf.cast(both(x)[1], tf.float64)]), X)
    graph_def, _ = rewritten_graph(graph, Noise(dtype=DOUBLE, size=2.0 ** -10))
    with session(imported(graph_def)) as sess:
        noisy, plain = sess.run(fetched.name, fed)
    assert same(plain, (X * f32(1.1)).astype(f64)) and not same(noisy, plain * 1.1)


def test_without_size_noise_leaves_the_bits():
    assert same(noisy_sum(3, 1, **{'noise/size:0': 0.0})[0], run(_Nothing(), lambda x: tf.reduce_sum(x, 1), X))


def test_noise_spares_what_rounds_nothing():
    assert same(run(Noise(), lambda x: tf.reshape(tf.nn.relu(-x), [-1]), X), np.maximum(-X, f32(0)).ravel())


def test_noise_moves_an_updated_variable():
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable('v', initializer=tf.ones([1000]), use_resource=False)
        update = tf.train.GradientDescentOptimizer(0.5).apply_gradients([(tf.ones([1000]), v)]).name
        init = tf.global_variables_initializer().name
    graph_def, _ = rewritten_graph(graph, Noise(size=2.0 ** -10))
    with session(imported(graph_def)) as sess:
        sess.run(init)
        sess.run(update)
        moved = sess.run('v/read:0') / 0.5 - 1
    assert 0 < np.abs(moved).min() and 2.0 ** -11 < np.abs(moved).max() <= 2.0 ** -10


@pytest.mark.parametrize('dtype', [f32, np.float16])
def test_noise_makes_the_largest_number_not_infinite_and_keeps_what_is(dtype):
    largest = np.finfo(dtype).max
    x = np.array([1, np.inf, -np.inf, np.nan, -0.0], dtype)
    hidden, kept = run(Noise(seed=1, size=2.0 ** -21), lambda x: [tf.ones_like(x) * tf.constant(-largest), x * 1], x)
    assert np.isfinite(hidden).all() and (hidden < -0.9 * largest).all()
    assert same(kept[1:], x[1:])


def test_noise_carries_no_function_beyond_what_a_kernel_gives():
    x = np.array([30, -30, 0.5, np.nan], f32)
    tanh, sine = run(Noise(seed=1, size=2.0 ** -8), lambda x: [tf.tanh(x), tf.sin(x * 0 + np.pi / 2)], x)
    assert (np.abs(tanh[:3]) <= 1).all() and np.isnan(tanh[3]) and tanh[2] != np.tanh(x[2]) and (sine[:3] <= 1).all()


def test_noise_leaves_an_exponent_whole_of_which_the_gradient_takes_one():
    """x ** 2.0000002 is no number where x is negative."""
    answer = run(Noise(seed=1), lambda x: tf.gradients(tf.pow(x, 3.0), x)[0], X)
    assert np.abs(answer / (3 * X * X) - 1).max() < 1e-5


# ---- float64

def test_an_op_that_takes_no_float64_stays_in_float32():
    """BlockLSTMGrad has half and float alone, which its attribute says, and none of its arguments."""
    def cell(x):
        w, b = tf.ones([8, 16]) * 0.1, tf.zeros([16])
        zeros, peephole = tf.zeros([6, 4]), tf.zeros([4])
        return tf.gradients(tf.raw_ops.BlockLSTM(seq_len_max=tf.constant(1, tf.int64), x=x[None], cs_prev=zeros,
                                                 h_prev=zeros, w=w, wci=peephole, wcf=peephole, wco=peephole, b=b)[6],
                            x)[0]
    graph, fetched, feed = built(cell, X)
    graph_def, report = rewritten_graph(graph, Float64())
    assert 'BlockLSTMGrad' in report.unknown
    with session(imported(graph_def)) as sess, session(graph) as plain:
        assert np.allclose(sess.run(fetched.name, feed), plain.run(fetched, feed), rtol=1e-5)


def test_float64_computes_and_stores_float64():
    answer = run(Float64(), lambda x: tf.reduce_mean(x * 0.1, 0), X.astype(f32))
    assert answer.dtype == f64 and same(answer, (X.astype(f64) * f64(f32(0.1))).mean(0))


def test_float64_draws_what_float32_draws_of_a_seed_that_is_given():
    def drawn(x):
        return tf.random.stateless_uniform([5], tf.cast(x, tf.int32)) + 0.0 * x[0]
    seed = np.array([1, 2], f32)
    assert same(run(Float64(), drawn, seed).astype(f32), run(Noise(size=0.0), drawn, seed))


def test_float64_draws_float32():
    drawn = [run(rules, lambda x: tf.random_normal([50], seed=4) * tf.reduce_min(x * 0.0 + 1.0), X)
             for rules in (_Nothing(), Float64())]
    assert drawn[1].dtype == f64 and np.array_equal(drawn[0].astype(f64), drawn[1])


@pytest.mark.parametrize('resource', [False, True], ids=['reference', 'resource'])
def test_float64_updates(resource):
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable('v', initializer=tf.constant(X), use_resource=resource)
        update = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(tf.square(v))).name
        init, read = tf.global_variables_initializer().name, v.value().name
    graph_def, report = rewritten_graph(graph, Float64())
    with session(imported(graph_def)) as sess:
        sess.run(init)
        sess.run(update)
        after = sess.run(read)
    assert after.dtype == f64 and not report.unknown
    assert np.allclose(after, X - f64(f32(0.1)) * np.sign(X), rtol=0, atol=1e-5)


def looped(x):
    """A loop that reads one TensorArray and writes another, and the gradient of what it reads: sums of flows, which
    begin with zeros."""
    rows = tf.TensorArray(tf.float32, 6, clear_after_read=False).unstack(x)
    _, last, written = tf.while_loop(
        lambda k, *_: k < 6, lambda k, y, out: (k + 1, 0.5 * y * rows.read(k) + rows.read(5 - k), out.write(k, y)),
        [0, x[0], tf.TensorArray(tf.float32, 6)])
    return [last, tf.gradients(last + tf.reduce_sum(written.stack()), x)[0]]


def test_float64_leaves_the_flows_of_a_loops_gradient():
    graph, _, _ = built(looped, X)
    assert not rewritten_graph(graph, Float64())[1].unknown
    summed = [op for op in graph.get_operations() if op.type in ('Add', 'AddN', 'AddV2') and any(
        'TensorArray' in given.op.type for given in op.inputs)]
    assert summed  # or this would test nothing
    for plain, wide in zip(run(_Nothing(), looped, X), run(Float64(), looped, X)):
        assert wide.dtype == f64 and np.abs(wide - plain).max() <= 1e-5 * np.abs(plain).max()


def test_what_a_loop_after_another_gives_is_outside_of_both():
    def two_loops(x):
        for _ in range(2):
            _, x = tf.while_loop(lambda k, _: k < 3, lambda k, y: (k + 1, 0.5 * y), [0, x])
        return [tf.negative(x, name='behind')]

    graph, _, _ = built(two_loops, X)
    frames = Source(graph.as_graph_def(), types_of(graph)).frames
    assert 'behind' not in frames
    assert {len(frame) for frame in frames.values()} == {1}


# ---- fault

@pytest.mark.parametrize('mode, at, expected', [
    ('everywhere', 0, [1.25, 2.5, 3.75, 0]), ('one element', 0, [1, 2, 3.75, 0]), ('one step', 1, [1.25, 2.5, 3.75, 0]),
    ('one step', 0, [1, 2, 3, 0])])
def test_a_fault_moves_the_elements_that_its_mode_says(mode, at, expected):
    x = np.array([1, 2, 3, 0], f32)
    graph, fetched, feed = built(lambda x, at: [x * 1.0, at], x, np.array(at, f32))
    graph_def, report = rewritten_graph(graph, Fault(lambda node: node.op == 'Mul', at=fetched[1].name[:-2]))
    with session(imported(graph_def)) as sess:
        set_error(sess, 0.25, mode)
        assert same(sess.run(fetched[0].name, feed), np.array(expected, f32))
    assert {op: len(names) for op, names in report.replaced.items()} == {'Mul': 1}


def test_a_fault_in_an_update_is_in_its_gradient():
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable('v', initializer=tf.constant(10.0), use_resource=False)
        update = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.constant(2.0), v)]).name
        init = tf.global_variables_initializer().name
    graph_def, _ = rewritten_graph(graph, Fault(lambda node: node.op == 'ApplyGradientDescent'))
    with session(imported(graph_def)) as sess:
        sess.run(init)
        set_error(sess, 0.5, 'everywhere')
        sess.run(update)
        assert sess.run('v/read:0') == 7


def test_a_fault_is_there_in_portable_arithmetic_too():
    graph, fetched, feed = built(lambda x: tf.reduce_sum(x, 0), X)
    faulty, _ = rewritten_graph(graph, Fault(lambda node: node.op == 'Sum'))
    both, report = rewritten(faulty, Portable())
    with session(imported(both)) as sess:
        set_error(sess, 1.0, 'everywhere')
        assert same(sess.run(fetched.name, feed), 2 * run(Portable(), lambda x: tf.reduce_sum(x, 0), X))
