"""Scripts in the manner of the time run as they are, one of each kind."""
import pytest

from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'
# What each prints last. Where it is a number of a training, only its name: the release's own seeds chose it.
PRINTED = {
    'mlp': 'loss ', 'cnn_layers': 'loss ', 'cnn_slim': 'loss ', 'rnn': 'loss ', 'vae': 'loss ', 'saver': '6 model-3',
    'iterator': 'w ', 'queues': 'total 190.0', 'keras_fit': 'loss ', 'estimator': 'steps 6',
    'callables': '4.0 6.0 15.0 4.0', 'monitored': 'w [0.67476 0.67476]',
}


@pytest.mark.parametrize('name', sorted(PRINTED))
def test_a_script_of_this_kind_runs_to_its_end(run, name):
    done = run(SCRIPTS / f'{name}.py')
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(PRINTED[name])


def test_with_a_recordings_op_seeds_a_script_computes_what_it_did_under_1_15(run):
    done = run('--op-seeds', SCRIPTS / 'recordings' / 'mlp.npz', SCRIPTS / 'mlp.py')
    assert (done.returncode, done.stdout) == (0, 'loss 0.654749 accuracy 0.694\n'), done.stderr
    assert done.stderr.splitlines()[-1].endswith('3 of 3 given back')


def test_without_them_it_is_said_that_other_values_start(run):
    last = run(SCRIPTS / 'mlp.py').stderr.splitlines()[-1]
    assert last.startswith('3 random ops have the op seeds of TensorFlow 2.21.0') and '--op-seeds FILE' in last


def test_nothing_is_said_of_seeds_where_a_script_has_no_random_op(run):
    assert 'op seeds' not in run(SCRIPTS / 'callables.py').stderr


def test_quiet_leaves_the_summary_out(run):
    assert 'op seeds' not in run('--quiet', SCRIPTS / 'mlp.py').stderr
