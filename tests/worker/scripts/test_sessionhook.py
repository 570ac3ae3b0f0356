"""Whose runs are watched: those of all threads, and what becomes of a run that cannot be made with more."""
import pytest

from legacy.formats import recordings
from tests.worker.scripts import recording
from tests.worker.scripts.recording import facts

HEAD = '''
import os, subprocess, sys, threading
import numpy as np, tensorflow as tf
tf.set_random_seed(1)
w = tf.Variable([0.5, 0.25], name='w')
loss = tf.reduce_sum(tf.square(w - 1.))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
session = tf.Session()
session.run(tf.global_variables_initializer())
def steps(count):
    for _ in range(count):
        session.run([train, loss])
'''
# Two threads, of which one waits for the other's runs
WAITING = HEAD + '''
queue = tf.FIFOQueue(1, tf.float32, [[]])
fed = tf.placeholder(tf.float32, [])
put, got = queue.enqueue(fed), queue.dequeue() * 2
def take():
    for _ in range(3):
        session.run(got)
thread = threading.Thread(target=take)
thread.start()
for k in range(3):
    session.run(put, {fed: k})
thread.join()
'''
# A random op that may not run, in a graph of which TensorFlow does not say so
DEAD = '''
import tensorflow as tf
with tf.Graph().as_default() as graph:
    flag = tf.placeholder(tf.bool, [], name='flag')
    tf.identity(tf.cond(flag, lambda: tf.random_uniform([2], seed=3), lambda: tf.zeros([2])), name='drawn')
    definition = graph.as_graph_def()
w = tf.Variable([0.5, 0.25], name='w')
flag, drawn = tf.import_graph_def(definition, return_elements=['flag:0', 'drawn:0'], name='x')
train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w - drawn)))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for on in (False, True, False):
        session.run(train, {flag: on})
    print(session.run(w))
'''


def test_runs_of_a_thread_are_watched_and_marked(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
steps(2)
thread = threading.Thread(target=steps, args=(3,))
thread.start(), thread.join()
steps(1)
''')
    assert found.arrays['threads'].tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert len(found.header['steps']) == 6 and facts(found) == {}


def test_a_run_that_waits_for_another_threads_does_not_stop_it(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, WAITING)
    assert sorted(found.arrays['threads'].tolist()) == [0, 0, 0, 0, 1, 1, 1]


def test_threads_that_write_the_same_at_once_are_not_made_again(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
def slow(value):
    meeting.wait(60)
    return value
meeting = threading.Barrier(2)
with tf.control_dependencies([tf.py_func(slow, [np.float32(1)], tf.float32)]):
    change = tf.assign_sub(w, [0.1, 0.1])
session = tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=4, use_per_session_threads=True))
session.run(tf.global_variables_initializer())
threads = [threading.Thread(target=session.run, args=(change,)) for _ in range(2)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
''')
    assert facts(found)['not-replayed'] == 2 and len(found.runs) == 4


def test_a_script_that_is_to_end_after_so_many_runs_ends_there_whatever_it_catches(fork, tmp_path):
    done, out = recording.run(fork, tmp_path, HEAD + '''
for _ in range(20):
    try:
        session.run([train, loss])
    except BaseException:
        pass
raise SystemExit('at its end')
''', until=5, brief=True)
    assert done.returncode == 0 and 'at its end' not in done.stderr
    found = recordings.load(str(out))
    assert len(found.runs) == found.header['ended_after'] == 5


def test_queue_runners_are_counted_apart(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
queue = tf.FIFOQueue(4, tf.float32, [[]])
tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(tf.random_uniform([]))]))
got = queue.dequeue()
coordinator = tf.train.Coordinator()
threads = tf.train.start_queue_runners(session, coordinator)
for _ in range(5):
    session.run(got)
coordinator.request_stop()
session.run(queue.close(cancel_pending_enqueues=True))
coordinator.join(threads)
''')
    assert facts(found)['queue-runs'] >= 5 and set(found.arrays['threads'].tolist()) == {0}


@pytest.mark.parametrize('call', ['session.make_callable([train, loss])()',
                                  'session.make_callable([train, loss], [x])(np.float32([1, 2]))'])
def test_functions_of_a_session_are_watched(call, fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD.replace('w - 1.)', 'w - x)').replace(
        "w = tf", "x = tf.placeholder_with_default([1., 1.], [2]); w = tf") + call)
    assert len(found.runs) == 2 and found.kinds[1]['trains']


def test_partial_runs_are_counted(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
x = tf.placeholder(tf.float32, [])
y = x * 2
handle = session.partial_run_setup([y], [x])
session.partial_run(handle, y, {x: 1.})
''')
    assert facts(found) == {'partial-runs': 1}


def test_a_run_that_fails_with_more_is_made_as_the_script_asks(fork, tmp_path):
    done, _ = recording.run(fork, tmp_path, DEAD)
    assert done.returncode == 0, done.stderr
    left = recording.recorded(fork, tmp_path, DEAD, leave=[[0, ['GradientDescent'], [], ['x/flag:0']]])
    assert 'a run fails where' in left.kinds[1]['stepless'] and facts(left)['not-replayed'] == 1
    alone = fork.run('run', '--seed', '1', 'script.py', cwd=tmp_path)
    again = fork.run('-m', 'legacy.worker.scripts', '{"script": "script.py", "quiet": true, "seed": 1, "leave": '
                     '[[0, ["GradientDescent"], [], ["x/flag:0"]]], "out": "x.npz"}', cwd=tmp_path)
    assert again.stdout == alone.stdout != ''


def test_a_fault_in_watching_ends_no_script(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
from legacy.worker.scripts import observer
def fails(*_):
    raise TypeError('ours')
observer.Observer._note_small = fails
steps(2)
print(session.run(w))
''')
    assert facts(found)['watching-failed'] == 3


def test_runs_of_a_forked_child_are_counted_and_the_recording_is_the_parents(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, '''
import os
if not os.fork():
    import tensorflow as tf
    with tf.Session() as session:
        [session.run(tf.constant(1)) for _ in range(3)]
else:
    os.wait()
    import tensorflow as tf
    with tf.Session() as session:
        session.run(tf.constant(2.))
''')
    assert facts(found) == {'child-runs': 3} and len(found.runs) == 1


def test_a_child_that_is_another_python_is_counted(fork, tmp_path):
    found = recording.recorded(fork, tmp_path, HEAD + '''
subprocess.check_call([sys.executable, '-c', 'pass'])
steps(1)
''')
    assert facts(found) == {'child-process': 1}
