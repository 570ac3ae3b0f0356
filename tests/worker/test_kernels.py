"""Kernels one by one: the record, the comparison in units in the last place, and that it sees what it should."""
import base64
import json

import numpy as np
import pytest

from legacy.formats import archive, kernelset
from legacy.formats.values import same_bits, ulps
from legacy.judge import drift
from legacy.worker import kernels
from tests.conftest import DATA


@pytest.fixture(scope='module')
def recorded():
    return kernelset.load(DATA / 'kernels.npz')


@pytest.fixture(scope='module')
def outputs(recorded):
    """What this TensorFlow answers."""
    return kernels.run(recorded)[0]


def test_record_comes_from_tensorflow_1_15_5(recorded):
    assert recorded.header['environment']['tensorflow'] == '1.15.5'


def test_record_is_at_most_3_mb():
    assert (DATA / 'kernels.npz').stat().st_size <= 3_000_000


def test_record_has_every_numeric_op_of_the_first_training_step(recorded):
    listing = [line.split('\t')[:2] for line in (DATA / 'listing-1.15.5.tsv').read_text().splitlines()
               if not line.startswith('# ')]
    types = {op['type'] for op in recorded.header['ops']}
    counted = sum(op_type in types for op_type, name in listing if op_type in ('MatMul', 'Rsqrt', 'RsqrtGrad'))
    in_first_step = [op for op in recorded.header['ops'] if op['step'] == 0 and op['training']]
    assert sum(op['type'] in ('MatMul', 'Rsqrt', 'RsqrtGrad') for op in in_first_step) == counted


def test_recorded_outputs_are_what_numpy_says_of_exact_ops(recorded):
    """One rounding and nothing else: these have a single right answer, in any TensorFlow."""
    right = {'Mul': np.multiply, 'Sub': np.subtract, 'AddV2': np.add, 'RealDiv': np.divide, 'Neg': np.negative,
             'Square': np.square, 'Relu': lambda x: np.where(x > 0, x, np.where(np.isnan(x), x, np.float32(0)))}
    seen = set()
    with np.errstate(all='ignore'):
        for op in recorded.header['ops']:
            if op['type'] in right:
                expected = right[op['type']](*[recorded.arrays[name] for name in op['inputs']])
                assert not ulps(expected, recorded.arrays[op['output']]).any(), op['node']
                seen.add(op['type'])
    assert seen == set(right)


def test_recorded_matmul_is_within_rounding_of_float64(recorded):
    op = next(op for op in recorded.header['ops'] if op['type'] == 'MatMul' and not op['training'])
    a, b = (recorded.arrays[name].astype('f8') for name in op['inputs'])
    error = np.abs(a @ b - recorded.arrays[op['output']])
    assert (error <= 30 * 2.0 ** -24 * (np.abs(a) @ np.abs(b))).all()


def test_no_kernel_of_this_tensorflow_is_beyond_tolerance(recorded, outputs):
    found = drift.drifts(recorded, outputs)
    assert [kernel.op_type for kernel in found if not kernel.passed] == []


def test_table_covers_all_ops_and_elements(recorded, outputs):
    found = drift.drifts(recorded, outputs)
    assert sum(kernel.instances for kernel in found) == len(recorded.header['ops'])
    assert sum(kernel.elements for kernel in found) == sum(
        recorded.arrays[op['output']].size for op in recorded.header['ops'])


@pytest.mark.parametrize('op_type', ['MatMul', 'Sum', 'Relu', 'ApplyGradientDescent', 'AssignSub', 'RsqrtGrad'])
def test_one_element_off_by_1e_5_is_beyond_tolerance(op_type, recorded):
    exact = [recorded.arrays[op['output']] for op in recorded.header['ops']]
    k, wrong = _answer(recorded, exact, op_type)
    at = np.unravel_index(np.argmax(np.abs(wrong)), wrong.shape)
    wrong[at] *= np.float32(1.00001)
    changed = [*exact[:k], wrong, *exact[k + 1:]]
    found = {kernel.op_type: kernel for kernel in drift.drifts(recorded, changed)}
    assert found[op_type].drifts and not found[op_type].passed
    assert recorded.header['ops'][k]['node'] in found[op_type].first


def test_one_ulp_is_counted_as_one(recorded, outputs):
    exact = [recorded.arrays[op['output']] for op in recorded.header['ops']]
    k, wrong = _answer(recorded, exact, 'Mul')
    at = np.unravel_index(np.argmax(np.abs(wrong)), wrong.shape)
    wrong[at] = np.nextafter(wrong[at], np.float32(0))
    found = {kernel.op_type: kernel for kernel in drift.drifts(recorded, [*exact[:k], wrong, *exact[k + 1:]])}
    assert (found['Mul'].different, found['Mul'].largest, found['Mul'].passed) == (1, 1, True)


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_wrong_nan_or_infinity_is_beyond_tolerance(value, recorded, outputs):
    k, wrong = _answer(recorded, outputs, 'MatMul')
    wrong.flat[0] = value
    found = {kernel.op_type: kernel for kernel in drift.drifts(recorded, [*outputs[:k], wrong, *outputs[k + 1:]])}
    assert found['MatMul'].error == np.inf


def _answer(recorded, outputs, op_type):
    """(number of an op of this type with finite answers in the first training step, a copy of the answer)"""
    k = next(k for k, op in enumerate(recorded.header['ops'])
             if op['type'] == op_type and op['network'] == 'norm' and np.abs(outputs[k]).max() > 0)
    return k, np.array(outputs[k])


@pytest.mark.parametrize('a, b, between', [
    (1.0, np.nextafter(np.float32(1), np.float32(2)), 1), (0.0, -0.0, 0), (np.nan, np.nan, 0),
    (-1e-45, 1e-45, 2), (np.inf, np.finfo('f4').max, 1)])
def test_ulps_counts_the_floats_between(a, b, between):
    assert ulps(np.array([a], 'f4'), np.array([b], 'f4')).tolist() == [between]


def test_kernel_set_reads_back_as_written(recorded, tmp_path):
    kernelset.save(recorded, tmp_path / 'kernels.npz')
    again = kernelset.load(tmp_path / 'kernels.npz')
    assert again.header == recorded.header and list(again.arrays) == list(recorded.arrays)
    assert all(np.all(same_bits(again.arrays[name], array)) for name, array in recorded.arrays.items())


@pytest.mark.parametrize('change, words', [
    ({'schema': 2}, 'schema version'), ({'ops': 3}, 'no ops'), ({'ops': [{'type': 'MatMul'}]}, 'op 0')])
def test_foreign_kernel_set_is_refused(change, words, recorded, tmp_path):
    path = tmp_path / 'kernels.npz'
    path.write_bytes(archive.to_bytes({**recorded.header, **change}, recorded.arrays, lambda name: False))
    with pytest.raises(archive.RecordingError, match=words):
        kernelset.load(path)


def test_op_with_an_array_that_is_not_there_is_refused(recorded, tmp_path):
    header = json.loads(json.dumps(recorded.header))
    header['ops'][0]['output'] = 'nowhere'
    path = tmp_path / 'kernels.npz'
    path.write_bytes(archive.to_bytes(header, recorded.arrays, lambda name: False))
    with pytest.raises(archive.RecordingError, match='arrays that are not there'):
        kernelset.load(path)


# ---- a set is a program

def with_op(recorded, folder, **changes):
    """The path of the recorded set with another first op."""
    header = json.loads(json.dumps(recorded.header))
    header['ops'][0].update(changes)
    path = folder / 'kernels.npz'
    path.write_bytes(archive.to_bytes(header, recorded.arrays, lambda name: False))
    return path


def test_op_that_writes_a_file_is_refused_before_it_runs(recorded, tmp_path):
    written = tmp_path / 'written'
    written.mkdir()
    path = with_op(recorded, tmp_path, type='DebugIdentity', inputs=recorded.header['ops'][0]['inputs'][:1], attrs={
        'T': {'type': 'DT_FLOAT'}, 'tensor_name': {'s': base64.b64encode(b'a:0').decode()},
        'debug_urls': {'list': {'s': [base64.b64encode(f'file://{written}'.encode()).decode()]}}})
    with pytest.raises(archive.RecordingError, match='op 0 of this kernel set is a DebugIdentity'):
        kernels.run(kernelset.load(path))
    assert list(written.rglob('*')) == []


@pytest.mark.parametrize('changes', [{'attrs': {'_class': {'s': ''}}}, {'inputs': [['array/0']]}],
                         ids=['hidden attribute', 'input that is no name'])
def test_op_that_is_not_as_recorded_ones_is_refused(changes, recorded, tmp_path):
    with pytest.raises(archive.RecordingError, match='op 0 of this kernel set'):
        kernelset.load(with_op(recorded, tmp_path, **changes))


def test_every_numeric_op_of_the_experiment_can_be_recorded(experiment):
    from legacy.worker.experiment import NETWORKS
    found = {op.type for network in NETWORKS for op in kernels.numeric_ops(experiment, network)}
    assert found and found <= kernelset.OP_TYPES


def test_no_type_that_can_be_recorded_keeps_state_or_names_a_file():
    from tensorflow.python.framework import op_def_registry
    definitions = [op_def_registry.get(op_type) for op_type in kernelset.OP_TYPES]
    for definition in filter(None, definitions):  # a release need not have all
        texts = {attr.name for attr in definition.attr if attr.type in ('string', 'list(string)', 'func', 'list(func)')}
        assert not definition.is_stateful and texts <= {'data_format'}, definition.name
