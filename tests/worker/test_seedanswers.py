"""Op seeds of TensorFlow 1.15 are given back where the same is asked as was recorded, and nowhere else.

What 1.15.5 itself gives for changed ports was measured there: `tests/changed_port.py` asks it again.
"""
import json
import shutil
import subprocess
import sys

import pytest

from legacy import article, shim
from legacy.formats import articlerun, recordings
from legacy.shim import tf
from legacy.worker import building, seedanswers
from legacy.worker.experiment import Experiment
from tests import changed_port
from tests.command_line import assert_fault
from tests.conftest import ROOT

OP_SEEDS = [5, 23, 41, 59, 77, 95, 113, 131, 393, 457, 521, 585, 649, 713, 777, 841]
OF_THREE_LAYERS = [5, 23, 41, 59, 249, 313, 377, 441]  # of TensorFlow 1.15.5 itself
REFUSED = 'only, and this is another: before random op number'


@pytest.fixture
def changed(tmp_path):
    """A function: an Experiment of a port in which these texts are others."""
    def experiment(*replacements, **settings):
        with changed_port.changed(replacements, tmp_path):
            return Experiment(**settings)
    return experiment


def op_seeds(experiment):
    return [call.op_seed for call in experiment.seeded_calls]


# ---- the article's op seeds, in a changed port

def test_another_learning_rate_keeps_them(changed):
    found = changed(('Optimizer(0.001)', 'Optimizer(0.01)'))
    assert found.port_changes and op_seeds(found) == OP_SEEDS


@pytest.mark.parametrize('units', [1, 20])
def test_another_width_keeps_them(units, changed):
    found = changed(('N_HIDDEN_UNITS = 30', f'N_HIDDEN_UNITS = {units}'),
                    ('layers_inputs[-1], 30, 1', f'layers_inputs[-1], {units}, 1'))
    assert found.variables['Variable_2'].get_shape().as_list() == [units, units] and op_seeds(found) == OP_SEEDS


CHANGES = {
    'three layers': (5, 'N_LAYERS = 7', 'N_LAYERS = 3'),
    'four layers': (6, 'N_LAYERS = 7', 'N_LAYERS = 4'),
    'eight layers': (9, 'N_LAYERS = 7', 'N_LAYERS = 8'),
    'a random op more': (2, '    fix_seed(seed)\n\n', '    fix_seed(seed)\n    tf.random_normal([1])\n\n'),
    'an op more': (9, '    cost = tf.', '    prediction = tf.identity(prediction)\n    cost = tf.'),
    'another activation': (2, 'tf.nn.relu', 'tf.nn.tanh'),
    'moments that keep their axis': (10, 'axes=[0])\n            scale',
                                     'axes=[0], keep_dims=True)\n            scale'),
    'another optimizer': (9, 'GradientDescentOptimizer(0.001)', 'MomentumOptimizer(0.001, 0.0)'),
    'gradients that are not gated': (9, '.minimize(cost)',
                                     '.minimize(cost, gate_gradients=tf.train.Optimizer.GATE_NONE)'),
}


@pytest.mark.parametrize('change', CHANGES)
def test_another_graph_is_refused_at_the_first_random_op_that_is_in_another_place(change, changed):
    number, old, new = CHANGES[change]
    with pytest.raises(seedanswers.SeedsUnknown, match=f'{REFUSED} {number}, .*record --release 1.15.5'):
        changed((old, new))


def test_another_optimizer_is_refused_in_words(changed):
    with pytest.raises(shim.ShimError, match='Variable is not updated by gradient descent'):
        changed(CHANGES['another optimizer'][1:], op_seeds='native')


def test_a_number_given_at_run_time_is_refused_too(monkeypatch):
    monkeypatch.setattr(article, 'N_LAYERS', 3)
    with pytest.raises(seedanswers.SeedsUnknown, match=REFUSED):
        Experiment()


def test_networks_in_the_other_order_are_refused():
    with tf.Graph().as_default():
        xs, ys = article.make_placeholders()
        with pytest.raises(seedanswers.SeedsUnknown, match=f'{REFUSED} 1, node 3 is moments'):
            article.built_net(xs, ys, norm=True)


def test_a_third_network_is_refused():
    with tf.Graph().as_default():
        xs, ys = article.make_placeholders()
        for norm in (False, True):
            article.built_net(xs, ys, norm=norm)
        with pytest.raises(seedanswers.SeedsUnknown, match='random op number 17'):
            article.built_net(xs, ys, norm=True)


def test_a_graph_of_somebody_else_is_refused():
    with tf.Graph().as_default(), building.building():
        tf.set_random_seed(1)
        with pytest.raises(seedanswers.SeedsUnknown, match=REFUSED):
            tf.random_normal([1])


def test_numpys_generator_is_left_alone_by_the_comparison():
    with tf.Graph().as_default(), building.building():
        xs, ys = article.make_placeholders()
        article.built_net(xs, ys, norm=False)
        drawn = article.np.random.random_sample()
    article.np.random.seed(1)
    assert drawn == article.np.random.random_sample()


def test_tensorflow_1_15_answers_by_itself(monkeypatch):
    monkeypatch.setattr(seedanswers.shim, 'derives_op_seeds_as_1_15', lambda: True)
    monkeypatch.setattr(article, 'N_LAYERS', 3)
    assert op_seeds(Experiment()) == op_seeds(Experiment(op_seeds='native')) == list(range(8))


# ---- on the command line

# The checkout's commands, each a line of JSON, in one process that imports TensorFlow once; workers are copies of
# another one.
DRIVER = '''
import json, sys
from tests import forking
fork, answers, sys.stdout = forking.Fork(), sys.stdout, sys.stderr
for line in sys.stdin:
    done = fork.command(*json.loads(line))
    print(json.dumps([done.returncode, done.stdout, done.stderr]), file=answers, flush=True)
fork.close()
'''
NEEDS = 'conftest.py', 'command_line.py', 'forking.py', 'forkserver.py'  # of the tests
RUN = 'run', '--no-figures', '--arithmetic', 'portable'  # one process


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
    """A copy of this program in which a user has changed the number of layers."""
    folder = tmp_path_factory.mktemp('checkout')
    changed_port.copy_with([('N_LAYERS = 7', 'N_LAYERS = 3')], folder)
    (folder / 'tests').mkdir()
    for name in NEEDS:
        shutil.copy(ROOT / 'tests' / name, folder / 'tests')
    return folder


@pytest.fixture(scope='module')
def ask(checkout):
    """ask(ARGS) is the finished process of the checkout's `python compat_run.py ARGS`."""
    with subprocess.Popen([sys.executable, '-c', DRIVER], cwd=checkout, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        def ask(*args):
            process.stdin.write(json.dumps(list(map(str, args))) + '\n')
            process.stdin.flush()
            return subprocess.CompletedProcess(args, *json.loads(process.stdout.readline()))
        yield ask


@pytest.fixture(scope='module')
def three(checkout, ask):
    """The file of a recording of three layers with the op seeds of 1.15.5, but for its numbers."""
    done = ask(*RUN, '--steps', 1, '--op-seeds', 'native', '--out', 'native')
    assert done.returncode == 0, done.stderr
    recorded = recordings.load(checkout / 'native' / 'recording.npz')
    seeds = recorded.header['seeds']
    calls = [{**call, 'op_seed': seed} for call, seed in zip(seeds['calls'], OF_THREE_LAYERS, strict=True)]
    header = {**recorded.header, 'seeds': {**seeds, 'calls': calls}}
    recordings.save(recordings.Recording(header, dict(recorded.arrays)), checkout / 'three.npz')
    return checkout / 'three.npz'


@pytest.fixture(scope='module')
def own(ask, three):
    """{name: the finished process of a command}, as the checkout answers."""
    commands = {
        'refused': (*RUN, '--out', 'x'), 'seeds': ('graph', 'seeds'), 'list': ('graph', 'list'),
        'given': (*RUN, '--steps', 1, '--op-seeds', three, '--out', 'run'),
        'shown': ('show', '--json', 'run/recording.npz'),
        'other': (*RUN, '--steps', 1, '--op-seeds', articlerun.RECORDING)}
    return {name: ask(*args) for name, args in commands.items()}


def test_op_seeds_of_another_graph_are_refused(own):
    """They are of seven layers."""
    assert_fault(own['other'], 'op seeds of another graph: 8 of them were not asked for here')


@pytest.mark.parametrize('command', ['refused', 'seeds'])
def test_a_changed_port_without_op_seeds_is_one_line_that_says_what_to_do(command, own):
    assert_fault(own[command], 'and this is another', 'record --release 1.15.5', '--op-seeds changed.npz')


def test_a_changed_port_runs_with_a_recordings_op_seeds_and_says_that_it_was_changed(own):
    done = own['given']
    assert done.returncode == 0, done.stderr
    assert 'op seeds recorded' in done.stdout
    assert 'legacy/article.py:26: N_LAYERS = 3   (the article: N_LAYERS = 7)' in done.stdout
    assert 'compare legacy/data/article.npz' in done.stdout
    assert "not known: nothing is recorded of op seeds recorded, only of 1.15's" in done.stdout
    shown = json.loads(own['shown'].stdout)
    assert [call['op_seed'] for call in shown['seeds']['calls']] == OF_THREE_LAYERS


def test_the_graph_of_a_changed_port_is_listed_all_the_same(own):
    done = own['list']
    assert done.returncode == 0 and done.stdout.startswith('852 nodes')
