"""`check --power` of a script: that its errors are errors, and that it finds none where there is none."""
import json
import types

import pytest

from legacy.check import power
from legacy.check.power import OpPower, Power
from tests.command_line import compat_run_here
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'


@pytest.fixture(scope='module')
def tried(power_of_mlp):
    """(exit code, {op type and role: what --json says of it}) of a script that passes."""
    done = power_of_mlp[-1]
    return done.returncode, {(item['op_type'], item['role']): item for item in json.loads(done.stdout)['ops']}


def test_script_whose_every_op_is_watched_is_exit_code_0(tried):
    assert tried[0] == 0


def test_every_type_of_op_that_computes_is_tried(tried):
    expected = {('MatMul', 'forward'), ('MatMul', 'gradient'), ('Relu', 'forward'), ('ApplyAdam', 'update')}
    assert expected <= set(tried[1])
    assert tried[1]['MatMul', 'gradient']['ops'] == 4


def test_without_an_error_there_is_no_alarm(tried):
    assert [item['false_alarm'] for item in tried[1].values()] == [''] * len(tried[1])


@pytest.mark.parametrize('group', [('MatMul', 'forward'), ('ReluGrad', 'gradient'), ('ApplyAdam', 'update')])
def test_an_error_of_one_in_ten_thousand_is_seen(tried, group):
    assert tried[1][group]['smallest']['everywhere'][0] <= 1e-4


@pytest.mark.parametrize('group', [('MatMul', 'forward'), ('ReluGrad', 'gradient'), ('ApplyAdam', 'update')])
def test_one_unit_in_the_last_place_is_seen_in_portable_arithmetic(tried, group):
    assert tried[1][group]['one_ulp']


def test_an_op_on_which_nothing_depends_is_said_to_move_nothing(tried):
    assert not tried[1]['Neg', 'gradient']['has_effect']


@pytest.mark.parametrize('questions, expected', [
    ({1e-1: 'kernels', 1e-2: 'kernels', 1e-3: ''}, (1e-2, 'kernels')), ({1e-1: '', 1e-2: 'kernels'}, (None, '')),
    ({}, (None, '')), ({1e-1: 'kernels', 1e-2: '', 1e-3: 'kernels'}, (1e-1, 'kernels'))])
def test_the_smallest_error_seen_is_one_of_which_every_larger_one_is_seen(questions, expected):
    assert power._smallest(questions) == expected


def found(verdict='explained', **wrong):
    op = OpPower('MatMul', 'forward', 2, 0, 'train.py:3', {'everywhere': (1e-6, 'kernels')}, True, True, '', '')
    return Power(types.SimpleNamespace(verdict=verdict), [op._replace(**wrong)])


def test_a_check_that_sees_an_error_and_has_no_false_alarm_is_sound():
    assert found().is_sound


@pytest.mark.parametrize('unsound', [
    found('regression'), found('undecided'), found(false_alarm='kernels'), found(smallest={'everywhere': (None, '')}),
    found(has_effect=False), found()._replace(ops=[])])
def test_a_check_that_sees_nothing_or_alarms_without_an_error_is_not_sound(unsound):
    assert not unsound.is_sound


def test_a_script_that_does_not_pass_is_told_as_by_check_and_no_error_is_tried():
    done = compat_run_here('check', '--power', '--baseline', SCRIPTS / 'recordings' / 'normed.npz',
                           SCRIPTS / 'normed.py')
    assert done.returncode == 1
    assert 'no error was tried' in done.stdout and 'regression: ' in done.stdout
