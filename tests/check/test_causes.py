"""Which line is the cause: faults as a team makes them, and what 1.15.5 builds and computes otherwise."""
import json

import pytest

from tests.command_line import record_copy
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'


def line_of(name, text):
    """'team.py:12' of the only line of a script that begins so."""
    lines = (SCRIPTS / name).read_text().split('\n')
    found = [number for number, line in enumerate(lines, 1) if line.strip().startswith(text)]
    assert len(found) == 1, found
    return f'{name}:{found[0]}'


@pytest.fixture(scope='module')
def recorded(fork, tmp_path_factory):
    """The folder of the script and of its recording."""
    folder = tmp_path_factory.mktemp('team')
    record_copy(fork, SCRIPTS / 'team.py', folder)
    return folder


@pytest.fixture(scope='module')
def report_of(fork):
    """report_of(FOLDER, FAULT) is (exit code, what `check --json` gives)."""
    def report_of(folder, fault='', name='team'):
        done = fork.command('check', '--json', '--baseline', f'{name}.npz', f'{name}.py', cwd=folder, FAULT=fault)
        return done.returncode, json.loads(done.stdout)
    return report_of


@pytest.fixture(scope='module')
def cause_of(report_of):
    """The same with the cause alone."""
    def cause_of(*asked):
        code, report = report_of(*asked)
        return code, report['cause']
    return cause_of


def test_without_a_fault_there_is_no_cause(cause_of, recorded):
    assert cause_of(recorded) == (0, None)


def test_a_constant_in_one_of_three_calls_of_a_helper_is_named_by_the_line_of_the_call(cause_of, recorded):
    code, cause = cause_of(recorded, 'keep')
    assert (code, cause['what'], cause['line'], cause['callers']) == (
        1, 'formula', line_of('team.py', "h2 = dense(h1, 8, 'two'"), [])
    assert ['GreaterEqual', ['0.1'], ['0.11']] in cause['constants']


def test_two_swapped_initializers_are_named_by_the_lines_of_their_variables(cause_of, recorded):
    code, cause = cause_of(recorded, 'swap')
    assert (code, cause['what']) == (1, 'initial value')
    assert cause['tensors'] == [['gain', line_of('team.py', 'gain =')], ['shift', line_of('team.py', 'shift =')]]


@pytest.mark.parametrize('fault, line, constant', [
    ('rate', 'train = optimizer', ['ApplyAdam', ['0.01'], ['0.010001']]),
    ('epsilon', 'scale =', ['AddV2', ['1e-06'], ['1e-05']]),
    ('axis', 'm = tf.reduce_mean', ['Mean', ['1'], ['0']])])
def test_another_constant_is_named_by_its_line_with_both_values(cause_of, fault, line, constant, recorded):
    code, cause = cause_of(recorded, fault)
    assert (code, cause['what'], cause['line']) == (1, 'formula', line_of('team.py', line))
    assert cause['constants'] == [constant] and not cause['there'] and not cause['here']


def test_another_input_is_named_by_its_line_as_the_same_ops_joined_otherwise(cause_of, recorded):
    code, cause = cause_of(recorded, 'transpose')
    assert (code, cause['line'], cause['types']) == (1, line_of('team.py', 'pair = tf.matmul'), ['MatMul'])
    assert not (cause['there'] or cause['here'] or cause['attributes'] or cause['constants'])


def test_a_formula_of_the_same_value_is_no_cause(cause_of, recorded):
    assert cause_of(recorded, 'relu') == (0, None)


def test_another_formula_of_the_same_value_before_a_fault_is_not_the_cause(cause_of, recorded):
    code, cause = cause_of(recorded, 'weight')
    assert (code, cause['what'], cause['line']) == (1, 'formula', line_of('team.py', 'loss ='))


def test_of_two_other_formulas_the_one_that_moves_no_number_is_no_reason_of_the_verdict(report_of, recorded):
    code, report = report_of(recorded, 'regroup')
    moving, still = line_of('team.py', 'normed ='), line_of('team.py', 'pair = tf.nn.relu')
    assert (code, report['verdict'], report['cause']) == (0, 'equivalent', None)
    assert {moving, still} <= {formula['line'] for formula in report['formulas']}
    assert moving in report['sentence'] and still not in report['sentence']
    built = next(line for line in report['lines'] if 'built otherwise' in line)
    assert built.index(moving) < built.index('which moves no number') < built.index(still)


def test_an_edited_line_is_named_where_the_op_was_made_elsewhere(cause_of, recorded, tmp_path):
    text = (SCRIPTS / 'team.py').read_text().replace("rate = 0.01 * (1.0001 if FAULT == 'rate' else 1)",
                                                     'rate = 0.010001')
    (tmp_path / 'team.py').write_text('# moved by a line\n' + text)
    (tmp_path / 'team.npz').write_bytes((recorded / 'team.npz').read_bytes())
    code, cause = cause_of(tmp_path)
    moved = int(line_of('team.py', 'rate =').split(':')[1]) + 1
    assert (code, cause['recorded_line'], cause['edited']) == (1, line_of('team.py', 'train = optimizer'),
                                                               [f'team.py:{moved}'])


# ---- what was recorded under TensorFlow 1.15.5

def test_another_op_in_a_gradient_is_named_by_the_line_that_it_is_the_gradient_of(of_1_15):
    cause = of_1_15('products')
    assert (cause['what'], cause['part'], cause['of']) == ('formula', 'gradient', ['Cumprod'])
    assert (cause['there'], cause['here']) == ({'RealDiv': 1}, {'DivNoNan': 1})
    assert (cause['line'], cause['callers']) == (line_of('products.py', 'left = tf.cumprod'),
                                                 [line_of('products.py', 'share = shares')])


def test_another_attribute_is_named_with_both_values_and_the_line_of_the_helper(checked):
    _, report = checked('normed')
    cause = report['cause']
    assert (cause['what'], cause['line'], len(cause['callers'])) == (
        'formula', line_of('normed.py', 'return tf.layers.batch_normalization'), 1)
    assert cause['attributes'] == [['FusedBatchNormV3', 'epsilon', ['1.001e-05'], ['1e-06']]]
    formula = next(formula for formula in report['formulas'] if formula['attributes'])  # found without a run, too
    assert formula['line'] == cause['line'] and not formula['there'] and not formula['here']
    assert {tuple(found[:2]) for found in formula['attributes']} == {('FusedBatchNormV3', 'epsilon')}


def test_a_kernel_that_the_recorded_release_had_off_is_named_and_is_no_regression(checked):
    code, report = checked('sigmoids')
    off, = report['recorded_off']
    assert (code, report['verdict'], off['op_type']) == (0, 'explained', 'Sigmoid')
    assert off['line'] == line_of('sigmoids.py', 'chance = ')


def test_another_formula_of_the_forward_pass_is_named_by_its_line(of_1_15):
    cause = of_1_15('dropped')
    assert (cause['what'], cause['part'], cause['line']) == ('formula', '', line_of('dropped.py', 'score = tf.nn.drop'))
    assert 'Mul' in cause['there'] and cause['here']


@pytest.fixture
def checked(report_of, tmp_path):
    """checked(NAME) is (exit code, what `check --json` gives) of a script that was recorded under TensorFlow 1.15.5."""
    def checked(name):
        (tmp_path / f'{name}.py').write_text((SCRIPTS / f'{name}.py').read_text())
        (tmp_path / f'{name}.npz').write_bytes((SCRIPTS / 'recordings' / f'{name}.npz').read_bytes())
        return report_of(tmp_path, name=name)
    return checked


@pytest.fixture
def of_1_15(checked):
    """of_1_15(NAME) is the cause of the regression that such a script is."""
    def of_1_15(name):
        code, report = checked(name)
        assert code == 1 and report['cause'] is not None
        return report['cause']
    return of_1_15
