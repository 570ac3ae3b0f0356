"""Updates of variables: their formulas, and that nobody who reads the old value meets the new one."""
import numpy as np
import pytest

from legacy.shim import tf
from legacy.worker.rewriting.noise import Noise
from legacy.worker.rewriting.portable import Portable
from legacy.worker.rewriting.rewriter import imported, rewritten_graph
from tests.worker.rewriting import same, session

f32, f64 = np.float32, np.float64
RANDOM = np.random.RandomState(5)
START = RANDOM.randn(6).astype(f32)
GRADIENTS = RANDOM.randn(3, 6).astype(f32)


def variable(value, resource):
    return tf.get_variable('v', initializer=tf.constant(value), use_resource=resource)


def trained(optimizer, resource, rules):
    """{name: array} of all variables after three steps on GRADIENTS, the slots included."""
    graph = tf.Graph()
    with graph.as_default():
        v = variable(START, resource)
        gradient = tf.placeholder(tf.float32, [6], name='gradient')
        train = optimizer().apply_gradients([(gradient, v)])
        reads = {name.op.name: name.value().name for name in tf.global_variables()}
        init = tf.global_variables_initializer().name
    graph_def, report = rewritten_graph(graph, rules)
    with session(imported(graph_def)) as sess:
        sess.run(init)
        for row in GRADIENTS:
            sess.run(train.name, {'gradient:0': row})
        return sess.run(reads), report


def rounded(value):
    return np.asarray(value).astype(f32)


def by_momentum(nesterov):
    v, a = START, np.zeros(6, f32)
    for g in GRADIENTS.astype(f64):
        a = rounded(a.astype(f64) * f64(f32(0.9)) + g)
        rate = f64(f32(0.1))
        change = g * rate + a.astype(f64) * f64(f32(0.9)) * rate if nesterov else a.astype(f64) * rate
        v = rounded(v.astype(f64) - change)
    return v


def by_adam():
    v, m, s = START, np.zeros(6, f32), np.zeros(6, f32)
    decay1, decay2, epsilon = f64(f32(0.9)), f64(f32(0.999)), f64(f32(1e-8))
    power1, power2 = f32(0.9), f32(0.999)
    for g in GRADIENTS.astype(f64):
        rate = f64(f32(0.1)) * np.sqrt(1 - f64(power2)) / (1 - f64(power1))
        m = rounded(m.astype(f64) + (g - m) * (1 - decay1))
        s = rounded(s.astype(f64) + (g * g - s) * (1 - decay2))
        v = rounded(v.astype(f64) - m.astype(f64) * rate / (np.sqrt(s.astype(f64)) + epsilon))
        power1, power2 = rounded(power1 * f64(f32(0.9))), rounded(power2 * f64(f32(0.999)))
    return v


def by_rms_prop():
    v, squares, moved = START, np.ones(6, f32), np.zeros(6, f32)
    for g in GRADIENTS.astype(f64):
        squares = rounded(squares + (g * g - squares) * (1 - f64(f32(0.9))))
        moved = rounded(moved * f64(f32(0.5)) + g * f64(f32(0.1)) / np.sqrt(squares + f64(f32(1e-10))))
        v = rounded(v.astype(f64) - moved)
    return v


def by_adagrad():
    v, squares = START, np.full(6, 0.1, f32)
    for g in GRADIENTS.astype(f64):
        squares = rounded(squares + g * g)
        v = rounded(v.astype(f64) - g * f64(f32(0.1)) / np.sqrt(squares.astype(f64)))
    return v


def by_descent():
    v = START
    for g in GRADIENTS.astype(f64):
        v = rounded(v - f64(f32(0.1)) * g)
    return v


OPTIMIZERS = {
    'gradient descent': (lambda: tf.train.GradientDescentOptimizer(0.1), by_descent),
    'momentum': (lambda: tf.train.MomentumOptimizer(0.1, 0.9), lambda: by_momentum(False)),
    'nesterov': (lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), lambda: by_momentum(True)),
    'adam': (lambda: tf.train.AdamOptimizer(0.1), by_adam),
    'rms prop': (lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.5), by_rms_prop),
    'adagrad': (lambda: tf.train.AdagradOptimizer(0.1), by_adagrad),
}


@pytest.mark.parametrize('resource', [False, True], ids=['reference', 'resource'])
@pytest.mark.parametrize('name', sorted(OPTIMIZERS))
def test_optimizer_follows_its_formula(name, resource):
    optimizer, formula = OPTIMIZERS[name]
    values, report = trained(optimizer, resource, Portable())
    assert same(values['v'], formula()) and not report.unknown


@pytest.mark.parametrize('resource', [False, True], ids=['reference', 'resource'])
def test_rows_that_are_meant_twice_get_the_exact_sum_of_both(resource):
    rows, parts = [3, 1, 3, 3], np.array([[1, 1e8], [5, 5], [2.0 ** -30, 1], [-1, -1e8]], f32)
    graph = tf.Graph()
    with graph.as_default():
        v = variable(np.zeros((5, 2), f32), resource)
        train = tf.train.GradientDescentOptimizer(1.0).apply_gradients(
            [(tf.IndexedSlices(-tf.constant(parts), tf.constant(rows), [5, 2]), v)])
        init, read = tf.global_variables_initializer().name, v.value().name
    graph_def, report = rewritten_graph(graph, Portable())
    with session(imported(graph_def)) as sess:
        sess.run(init)
        sess.run(train.name)
        expected = np.zeros((5, 2), f32)
        expected[1], expected[3] = 5, [2.0 ** -30, 1]
        assert same(sess.run(read), expected) and not report.unknown


@pytest.mark.parametrize('resource', [False, True], ids=['reference', 'resource'])
@pytest.mark.parametrize('optimizer', [
    lambda: tf.train.AdagradOptimizer(0.1), lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.5), lambda: tf.train.AdadeltaOptimizer(0.1),
    lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01)],
    ids=['adagrad', 'momentum', 'rms prop', 'adadelta', 'ftrl'])
def test_an_update_of_some_rows_is_the_dense_one_there(optimizer, resource):
    states = []
    for rows in (None, [0, 2]):
        graph = tf.Graph()
        with graph.as_default():
            v = variable(START.reshape(3, 2), resource)
            gradient = tf.constant(GRADIENTS[:1].reshape(3, 2))
            if rows:
                gradient = tf.IndexedSlices(tf.gather(gradient, rows), tf.constant(rows), [3, 2])
            train = optimizer().apply_gradients([(gradient, v)])
            init, reads = tf.global_variables_initializer().name, [a.value().name for a in tf.global_variables()]
        graph_def, report = rewritten_graph(graph, Portable())
        with session(imported(graph_def)) as sess:
            sess.run(init)
            before = sess.run(reads)
            sess.run(train.name)
            sess.run(train.name)
            states.append(sess.run(reads))
        assert not report.unknown
    for start, dense, sparse in zip(before, *states):
        assert same(dense[[0, 2]], sparse[[0, 2]]) and same(sparse[1], start[1]) and not same(dense[1], start[1])


def racing(rules, resource, read_late):
    """What a run fetches that reads a variable and updates it, with no order between the two: the reading, something
    computed from it, and the new value after it."""
    graph = tf.Graph()
    with graph.as_default():
        v = variable(np.ones((300, 300), f32), resource)
        read = v.value() if resource else graph.get_tensor_by_name('v/read:0')
        product = read
        for _ in range(read_late):  # a long way, so that the update is done before its end
            product = tf.matmul(product, tf.eye(300))
        update = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.ones([300, 300]), v)])
        init = tf.global_variables_initializer().name
        also = tf.add(read, product)
    graph_def, _ = rewritten_graph(graph, rules)
    with session(imported(graph_def)) as sess:
        found = []
        for _ in range(5):
            sess.run(init)
            found.append(sess.run([read.name, product.name, also.name, update.name])[:3])
        return found


@pytest.mark.parametrize('resource', [False, True], ids=['reference', 'resource'])
@pytest.mark.parametrize('rules', [Portable, lambda: Noise(size=0.0)], ids=['portable', 'noise'])
def test_who_reads_meets_the_old_value_only(rules, resource):
    for arrays in racing(rules(), resource, 4):
        assert [set(array.ravel()) for array in arrays] == [{1}, {1}, {2}]


def test_an_update_with_control_inputs_reads_after_them():
    graph = tf.Graph()
    with graph.as_default():
        v = variable(START, False)
        first = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.ones([6]), v)])
        with tf.control_dependencies([first]):
            second = tf.assign_sub(v, tf.ones([6]))
        init, last = tf.global_variables_initializer().name, second.op.name
    graph_def, _ = rewritten_graph(graph, Portable())
    with session(imported(graph_def)) as sess:
        sess.run(init)
        sess.run(last)
        assert same(sess.run('v/read:0'), rounded(rounded(START - f64(1)) - f64(1)))


def test_an_initialisation_waits_for_no_reading():
    graph = tf.Graph()
    with graph.as_default():
        v = variable(START, False)
        tf.assign_add(v, v * 2.0)
        init = v.initializer.name
    graph_def, _ = rewritten_graph(graph, Portable())
    with session(imported(graph_def)) as sess:
        sess.run(init)  # would fail for want of a value
        assert same(sess.run('v/read:0'), START)
