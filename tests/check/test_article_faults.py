"""A fault in the port or in TensorFlow is a regression of the article's experiment: none may be exit code 0.

Of seven layers each check takes three times as long; `python -m tests.check.article_faults` makes those.
"""
import pytest

from tests.check import article_faults
from tests.command_line import verdict_of

# After the last of the steps there are costs. The op seeds of 1.15.5 are known of seven layers alone.
SCRIPT = 'train.py', '--steps', '6', '--op-seeds', 'native'
# Those that the suite tries: each enters in a way of its own. `python -m tests.check.article_faults` tries all.
PORT = ['missing normalised layer', 'weights seed, plain', 'learning rate, plain', 'decay 0.501',
        'one batch shifted by a row', 'infinity cut to 3e38, plain', 'average not updated']
TENSORFLOW = ['relu', 'one step is half done', 'costs are those of the record before', 'last cost off by a millionth']


@pytest.fixture(scope='module')
def recorded(fork, tmp_path_factory):
    """Path of a recording of a few steps of the experiment with fewer layers, under the TensorFlow installed."""
    folder = tmp_path_factory.mktemp('article')
    article_faults.staged(folder, changes=article_faults.SMALLER)
    done = fork.command('record', '--whole', '--noisy', '2', '--out', 'recorded.npz', *SCRIPT, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / 'recorded.npz'


@pytest.fixture
def checked(fork, recorded, tmp_path):
    """checked(**FAULT) is the finished `check` of the article's script with a fault, as `article_faults.staged` puts
    it in."""
    def checked(**fault):
        article_faults.staged(tmp_path / 'faulty', changes=article_faults.SMALLER, **fault)
        return fork.command('check', '--baseline', recorded, *SCRIPT, cwd=tmp_path / 'faulty')
    return checked


def test_without_a_fault_it_is_identical(checked):
    done = checked()
    assert (done.returncode, verdict_of(done)) == (0, 'identical'), done.stdout


@pytest.mark.parametrize('fault', PORT)
def test_a_fault_in_the_port_is_a_regression(fault, checked):
    done = checked(port=fault)
    assert (done.returncode, verdict_of(done)) == (1, 'regression'), done.stdout


@pytest.mark.parametrize('fault', TENSORFLOW)
def test_a_fault_in_tensorflow_is_a_regression(fault, checked):
    done = checked(tensorflow=fault)
    assert (done.returncode, verdict_of(done)) == (1, 'regression'), done.stdout
