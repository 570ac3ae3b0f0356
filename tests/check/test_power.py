"""`check --power`: that its faults are faults, and that it does not find what is not there."""
import types

import pytest

from legacy.check import power
from legacy.check.power import OpPower, Quiet, Wiring
from legacy.formats.references import References
from legacy.worker import faults
from tests import shortened


@pytest.fixture(scope='module')
def matmul():
    return faults.OpFault(('MatMul', 'backward'))


@pytest.mark.parametrize('mode', faults.MODES)
def test_error_of_size_zero_is_not_seen(matmul, mode):
    matmul.mode, matmul.size = mode, 0.0
    assert power.first_rung(matmul, mode) == ''


@pytest.mark.parametrize('mode, rung', [('everywhere', 'gradients'), ('one element', 'gradients'),
                                        ('one step', 'teacher-forced steps')])
def test_error_of_one_in_a_hundred_is_seen(matmul, mode, rung):
    matmul.mode, matmul.size = mode, 1e-2
    assert power.first_rung(matmul, mode) == rung


@pytest.mark.parametrize('smallest', range(9))
def test_bisection_finds_the_smallest_size_seen(smallest, monkeypatch):
    def first_rung(spoiled, mode):
        return 'rung' if spoiled.size > 10 ** -(smallest + 0.5) else ''

    monkeypatch.setattr(power, 'first_rung', first_rung)
    expected = (10.0 ** -smallest, 'rung') if smallest else (None, '')
    assert power._smallest(types.SimpleNamespace(), 'everywhere') == expected


def test_every_numeric_op_is_in_a_group():
    groups = faults.op_groups()
    assert {role for _, role in groups} == set(power.ROLES)
    assert groups['MatMul', 'forward'] == 16 and groups['MatMul', 'backward'] == 32


@pytest.fixture
def short(tmp_path, monkeypatch):
    """References of a few steps, portable ones too, in place of the baseline."""
    found = References(shortened.baseline(tmp_path / 'references', 'float32', 'portable'))
    monkeypatch.setattr(power, '_references', lambda: found)


@pytest.mark.parametrize('group', [('MatMul', 'forward'), ('Rsqrt', 'forward'), ('AssignSub', 'update')])
def test_one_ulp_is_seen_in_the_first_steps_of_the_portable_run(group, short):
    spoiled = faults.OpFault(group, arithmetic='portable')
    spoiled.size = power.ONE_ULP
    assert not power._same_portable_run(spoiled)


def test_a_fault_of_size_zero_leaves_the_portable_run_as_it_is():
    assert power._same_portable_run(faults.OpFault(('MatMul', 'forward'), arithmetic='portable'))


@pytest.mark.parametrize('wrong', [Quiet('once more', 'kernels', 'regression'), Wiring('seed', '', 'explained'),
                                   OpPower('MatMul', 'forward', 16, {}, False)])
def test_unsound_check_is_not_called_sound(wrong):
    right = [Quiet('once more', '', 'explained'), Wiring('seed', 'data', 'regression'),
             OpPower('MatMul', 'forward', 16, {}, True)]
    assert power.sound(right)
    assert not power.sound([*right, wrong])


@pytest.mark.parametrize('found', [[], [Quiet('once more', '', 'explained')], [Quiet('once more', '', 'explained'),
                                                                               Wiring('seed', '', 'regression')]])
def test_check_that_was_not_tried_in_all_ways_is_not_called_sound(found):
    assert not power.sound(found)


def test_row_says_that_one_ulp_is_not_seen():
    assert 'one ulp not seen' in power.row(OpPower('Rsqrt', 'forward', 8, {'everywhere': (1e-5, 'x')}, False))


def test_wiring_fault_names_its_rung(tmp_path, monkeypatch):
    short = References(shortened.baseline(tmp_path / 'references', 'float32'))
    monkeypatch.setattr(power, '_references', lambda: short)
    assert power.wiring('decay 0.501') == Wiring('decay 0.501', 'graph', 'regression')


@pytest.mark.parametrize('mode', ['everywhere', 'one element'])
@pytest.mark.parametrize('group', [('Relu', 'forward'), ('ApplyGradientDescent', 'update')])
def test_a_kernel_that_is_some_ulps_off_is_seen_alone_and_one_that_is_not_off_is_not(group, mode):
    assert power.kernels_rung(group, mode, 1e-6) == 'kernels'
    assert power.kernels_rung(group, mode, 0.0) == ''
