"""The command line as a whole: bounds of numbers, unknown commands, faults of the program itself."""
import os
import subprocess
import sys

import click
import pytest

import compat_run as compat_run_module
from legacy.formats import articlerun, recordings
from tests.command_line import assert_fault, compat_run
from tests.conftest import ROOT

BASELINE = articlerun.RECORDING
HUGE = '9' * 21


@pytest.mark.parametrize('command, option, number', [
    ('run', '--steps', '0'), ('run', '--steps', '251'), ('run', '--steps', 'many'), ('run', '--seed', HUGE),
    ('record', '--steps', HUGE), ('claims', '--seeds', HUGE), ('claims', '--jobs', HUGE), ('upgrade', '--jobs', HUGE),
    ('graph step', '--at', HUGE), ('graph step', '--at', '250')])
def test_number_out_of_range_is_refused(command, option, number, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['compat_run.py', *command.split(), option, number])
    assert compat_run_module.main() == 2
    out, errors = capsys.readouterr()
    assert out == '' and errors.startswith('error: ') and errors.count('\n') == 1 and option in errors


def numbers(command):
    """(command, option) of every option that is a number, below a command too."""
    for name, below in getattr(command, 'commands', {}).items():
        yield from [(f'{name} {path}'.strip(), option) for path, option in numbers(below)]
    yield from [('', option) for option in command.params if isinstance(option.type, (click.types.IntParamType,
                                                                                      click.types.FloatParamType))]


def test_every_number_has_bounds():
    found = list(numbers(compat_run_module.cli))
    assert {option.opts[0] for _, option in found} >= {'--seed', '--steps', '--seeds', '--jobs', '--at'}
    assert [(path, option.opts[0]) for path, option in found
            if None in (getattr(option.type, 'min', None), getattr(option.type, 'max', None))] == []


def test_unknown_command_is_refused():
    assert_fault(compat_run('chek'), 'chek')


# ---- faults of this program

@pytest.mark.parametrize('error', [ValueError('odd'), KeyError('odd'), ModuleNotFoundError('odd', name='legacy.odd')],
                         ids=lambda error: type(error).__name__)
def test_fault_of_this_program_is_a_traceback_and_no_regression(error, monkeypatch, capsys):
    def broken(*args):
        raise error
    monkeypatch.setattr(recordings, 'load', broken)
    monkeypatch.setattr(sys, 'argv', ['compat_run.py', 'compare', str(BASELINE), str(BASELINE)])
    assert compat_run_module.main() == 2
    errors = capsys.readouterr().err
    assert 'Traceback' in errors and errors.splitlines()[-1].startswith('error: a fault of this program')


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='there is no /dev/full to write to')
def test_standard_output_on_a_full_disk_is_no_regression():
    with open('/dev/full', 'w') as full:
        done = subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), 'show', str(BASELINE), '--json'],
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (2, 'error: [Errno 28] No space left on device\n')
