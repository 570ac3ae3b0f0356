"""Faults that a user would see: a script that computes something else, by the command line. None may be exit code 0."""
import pytest

from tests.command_line import compat_run, record_copy, verdict_of
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'
FAULTS = ['thread', 'state', 'n-th run', 'skipped', 'rows', 'accuracy', 'rate', 'mask', 'evaluation', 'callback',
          'iterator']


@pytest.fixture(scope='module')
def recorded(fork, tmp_path_factory):
    """The folder of the script and of its recording."""
    folder = tmp_path_factory.mktemp('faulty')
    record_copy(fork, SCRIPTS / 'faulty.py', folder)
    return folder


@pytest.fixture(scope='module')
def checked(fork):
    """checked(FOLDER, FAULT) is the finished `check` of a script with a fault."""
    return lambda folder, fault='', name='faulty': fork.command(
        'check', '--baseline', f'{name}.npz', f'{name}.py', cwd=folder, FAULT=fault)


def test_without_a_fault_it_is_identical_in_processes_of_its_own(recorded):
    done = compat_run('check', '--baseline', 'faulty.npz', 'faulty.py', cwd=recorded)
    assert (done.returncode, verdict_of(done)) == (0, 'identical'), done.stdout


@pytest.mark.parametrize('fault', FAULTS)
def test_a_fault_is_a_regression(fault, checked, recorded):
    done = checked(recorded, fault)
    assert (done.returncode, verdict_of(done)) == (1, 'regression'), done.stdout


@pytest.mark.parametrize('fault', ['', 'child'])
def test_what_a_child_process_trains_is_never_passed(fault, fork, checked, tmp_path):
    (tmp_path / 'faulty_child.py').write_text((SCRIPTS / 'faulty_child.py').read_text())
    fork.command('record', '--noisy', '0', '--out', 'faulty_child.npz', 'faulty_child.py', cwd=tmp_path)
    done = checked(tmp_path, fault, 'faulty_child')
    assert done.returncode == 2 and 'in child processes' in done.stdout, done.stdout + done.stderr
