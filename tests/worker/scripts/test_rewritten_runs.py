"""A script whose runs are made in another arithmetic: what it sees is its own, what is computed is the rewritten."""
import json
import math

import numpy as np
import pytest

HEAD = '''
import numpy as np
import tensorflow as tf
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 3])
w = tf.Variable([[0.1], [0.2], [0.3]], name='w')
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.))
data = np.arange(12).reshape(4, 3) / 7
def told(*values):
    for value in values:
        print(np.asarray(value).dtype, np.asarray(value, '>f8').tobytes().hex())
'''
SUM = '''
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None])
with tf.Session() as sess:
    print(float(sess.run(tf.reduce_sum(x), {x: np.load('numbers.npy')})).hex())
'''


@pytest.fixture
def portable(run, tmp_path):
    """A function of a script's text and options: the finished process."""
    def of(text, *options, arithmetic='portable'):
        (tmp_path / 'script.py').write_text(text)
        return run('--arithmetic', arithmetic, *options, 'script.py', cwd=tmp_path)
    return of


def same(portable, text, *others):
    """Asserts that scripts print the same lines, and returns these."""
    first = portable(HEAD + text)
    assert first.returncode == 0 and first.stdout, first.stderr
    for other in others:
        assert portable(HEAD + other).stdout == first.stdout
    return first.stdout.splitlines()


def test_a_sum_is_the_exact_one_rounded_once(portable, run, tmp_path):
    numbers = (np.random.RandomState(1).standard_normal(5000) * 1000).astype('f4')
    np.save(tmp_path / 'numbers.npy', numbers)
    exact = float(np.float32(math.fsum(numbers.tolist())))
    assert float.fromhex(portable(SUM).stdout) == exact
    assert float.fromhex(run('script.py', cwd=tmp_path).stdout) != exact


def test_ops_made_between_the_runs_give_the_same_as_those_made_before(portable):
    step = 'train = tf.train.AdamOptimizer(.1).minimize(loss)\n'
    begin, rest = 'sess = tf.Session()\nsess.run(w.initializer)\n', '''
sess.run([v.initializer for v in tf.global_variables() if v is not w])
for _ in range(3):
    sess.run(train, {x: data})
told(sess.run(loss, {x: data}), sess.run(w))
'''
    same(portable, begin + step + rest, step + begin + rest)


def test_ops_made_in_every_step_give_the_same(portable):
    begin = '''
train = tf.train.GradientDescentOptimizer(.1).minimize(loss)
sess = tf.Session()
sess.run(w.initializer)
'''
    same(portable, begin + '''
for _ in range(3):
    told(*sess.run([train, loss], {x: data})[1:])
''', begin + '''
for _ in range(3):
    again = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.))
    told(*sess.run([train, again], {x: data})[1:])
''')


def test_a_reading_made_after_the_update_is_of_the_value_before_it(portable):
    lines = same(portable, '''
train = tf.train.GradientDescentOptimizer(.1).minimize(loss)
sess = tf.Session()
sess.run(w.initializer)
sess.run(train, {x: data})
before = sess.run(w)
late = sess.run([train, tf.identity(w) * 1], {x: data})[1]
told(before, late)
''')
    assert lines[0] == lines[1]


def test_a_random_op_goes_on_where_it_was_when_the_graph_has_grown(portable, run, tmp_path):
    text = HEAD + '''
drawn = tf.random_uniform([3])
sess = tf.Session()
told(sess.run(drawn))
tf.square(drawn)
told(sess.run(drawn))
'''
    found = portable(text).stdout
    assert found == run('script.py', cwd=tmp_path).stdout and len(set(found.splitlines())) == 2


def test_queues_filled_by_threads_and_iterators_hold_their_state(portable):
    done = portable('''
import tensorflow as tf
queue = tf.train.string_input_producer(['a', 'b'], shuffle=False, num_epochs=2)
word = queue.dequeue()
item = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()
with tf.Session() as sess:
    sess.run(tf.local_variables_initializer())
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coordinator)
    print([sess.run(word).decode() for _ in range(4)], [int(sess.run(item)) for _ in range(3)])
    try:
        sess.run(item)
    except tf.errors.OutOfRangeError:
        print('over')
    coordinator.request_stop()
    coordinator.join(threads)
''')
    assert done.stdout == "['a', 'b', 'a', 'b'] [0, 1, 2]\nover\n", done.stderr


def test_a_checkpoint_is_one_that_a_plain_run_restores(portable, run, tmp_path):
    saved = portable(HEAD + '''
train = tf.train.GradientDescentOptimizer(.1).minimize(loss)
with tf.Session() as sess:
    sess.run(w.initializer)
    sess.run(train, {x: data})
    tf.train.Saver().save(sess, './model')
    told(sess.run(w))
''')
    (tmp_path / 'restore.py').write_text(HEAD + '''
with tf.Session() as sess:
    tf.train.Saver().restore(sess, './model')
    told(sess.run(w))
''')
    assert saved.returncode == 0 and run('restore.py', cwd=tmp_path).stdout == saved.stdout


def test_two_sessions_of_one_graph_have_variables_of_their_own(portable):
    lines = same(portable, '''
one, two = tf.Session(), tf.Session()
for sess in (one, two):
    sess.run(w.initializer)
one.run(tf.assign(w, [[1.], [1.], [1.]]))
told(one.run(w), two.run(w))
''')
    assert lines[0] != lines[1]


def test_what_is_fetched_in_float64_has_the_type_of_the_scripts_tensor(portable):
    text = HEAD + '''
with tf.Session() as sess:
    sess.run(w.initializer)
    told(sess.run(loss, {x: data}))
    tf.train.Saver().save(sess, './model')
    told(tf.train.load_checkpoint('./model').get_tensor('w'))
'''
    done = portable(text, arithmetic='float64')
    assert [line.split()[0] for line in done.stdout.splitlines()] == ['float32', 'float32'], done.stderr


def test_a_checkpoint_in_float32_is_restored_in_float64(portable):
    done = portable(HEAD + '''
with tf.Session() as sess:
    sess.run(w.initializer)
    tf.train.Saver().save(sess, './model')
    sess.run(tf.assign(w, [[1.], [1.], [1.]]))
    tf.train.Saver().restore(sess, './model')
    print(sess.run(w).ravel().tolist())
''', arithmetic='float64')
    assert done.stdout == f'{np.array([.1, .2, .3], "f4").tolist()}\n', done.stderr


# ---- what is not pinned

def test_an_op_that_is_left_is_named_with_its_line(portable):
    done = portable('''
import tensorflow as tf
matrix = tf.constant([[2., 1.], [1., 3.]])
inverse = tf.matrix_inverse(matrix)
with tf.Session() as sess:
    sess.run(inverse)
''')
    assert done.stderr.splitlines()[-1] == '1 runs in portable arithmetic; not pinned: MatrixInverse (script.py:4)'


def test_an_op_that_is_left_and_never_run_is_not_named(portable):
    done = portable('''
import tensorflow as tf
one = tf.constant([[2.]])
tf.matrix_inverse(one)
with tf.Session() as sess:
    sess.run(one * 2)
''')
    assert done.stderr.splitlines()[-1].endswith('not pinned: nothing')


def test_an_op_in_a_function_of_the_library_is_named(portable):
    done = portable('''
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices([1., 2.]).map(lambda value: tf.exp(value) * 2)
value = data.make_one_shot_iterator().get_next()
with tf.Session() as sess:
    sess.run(value)
''')
    assert 'Exp in ' in done.stderr.splitlines()[-1] and 'Mul' not in done.stderr.splitlines()[-1]


def test_json_has_what_is_not_pinned_and_the_script_speaks_on_standard_error(portable):
    done = portable('''
import tensorflow as tf
print('mine')
with tf.Session() as sess:
    sess.run(tf.matrix_inverse([[2.]]))
''', '--json')
    found = json.loads(done.stdout)
    assert (found['arithmetic'], found['runs']) == ('portable', 1) and 'mine\n' in done.stderr
    assert found['not_pinned'] == [{'type': 'MatrixInverse', 'place': 'script.py:5', 'inside': '', 'ops': 1}]


# ---- errors: the script's, and those that are not

def test_an_error_of_the_script_is_its_own(portable):
    done = portable('''
import tensorflow as tf
with tf.Session() as sess:
    sess.run(tf.Assert(False, ['no']))
''')
    assert done.returncode == 1 and 'script.py", line 4' in done.stderr and 'rewrit' not in done.stderr


def test_a_variable_without_a_value_is_the_scripts_own_error_to_catch(portable):
    done = portable('''
import tensorflow as tf
w = tf.Variable([1.])
with tf.Session() as sess:
    try:
        sess.run(w * 2)
    except tf.errors.FailedPreconditionError as error:
        print(error.op.name)
''')
    assert (done.returncode, done.stdout) == (0, 'Variable/read\n'), done.stderr


def test_an_error_in_what_was_rewritten_is_not_blamed_on_the_script(portable):
    done = portable('''
import numpy as np, tensorflow as tf
a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
with tf.Session() as sess:
    sess.run(tf.matmul(a, b), {a: np.ones((2, 3)), b: np.ones((2, 3))})
''')
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert 'script.py, line 5: in portable arithmetic a run failed at MatMul' in done.stderr.splitlines()[-1]


def test_a_run_that_cannot_be_made_is_one_line_whatever_the_script_catches(portable):
    done = portable('''
import tensorflow as tf
x = tf.placeholder(tf.float32, [])
with tf.Session() as sess:
    try:
        sess.partial_run_setup([x + 1], [x])
    except Exception:
        pass
''')
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == 'error: in portable arithmetic partial runs cannot be made'


def test_a_fault_of_the_rewriter_is_one_line_and_no_traceback(run, tmp_path):
    (tmp_path / 'script.py').write_text('''
import tensorflow as tf
from legacy.worker.rewriting.portable.registry import RULES
RULES['Tanh'] = lambda site: 1 / 0
with tf.Session() as sess:
    sess.run(tf.tanh(tf.constant([1.])))
''')
    done = run('--arithmetic', 'portable', 'script.py', cwd=tmp_path)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert 'script.py, line 6: in portable arithmetic a run cannot be made (ZeroDivisionError' in done.stderr


def test_a_spawned_process_computes_in_the_same_arithmetic(portable, tmp_path):
    np.save(tmp_path / 'numbers.npy', (np.random.RandomState(1).standard_normal(5000) * 1000).astype('f4'))
    text = '''
import multiprocessing
import numpy as np
import tensorflow as tf
def summed():
    x = tf.placeholder(tf.float32, [None])
    with tf.Session() as sess:
        print(float(sess.run(tf.reduce_sum(x), {x: np.load('numbers.npy')})).hex(), flush=True)
if __name__ == '__main__':
    summed()
    child = multiprocessing.get_context('spawn').Process(target=summed)
    child.start()
    child.join()
'''
    lines = portable(text).stdout.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1]
