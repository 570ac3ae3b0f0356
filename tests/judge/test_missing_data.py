"""What is missing never passes: the finding fails, says what is missing, and how much was compared."""
import numpy as np
import pytest

from legacy.formats import answers, kernelset
from legacy.formats.recording import SERIES, Recording
from legacy.judge import comparison, drift
from tests.conftest import DATA
from tests.judge.evidence_of_baseline import replayed


@pytest.fixture(scope='module')
def reference(baseline):
    return baseline['float32']


@pytest.fixture(scope='module')
def kernels():
    return kernelset.load(DATA / 'kernels.npz')


def own_answers(kernels):
    return [kernels.arrays[op['output']] for op in kernels.header['ops']]


def test_whole_replay_of_the_references_own_numbers_passes(reference):
    finding = comparison.teacher_forced(reference, replayed(reference))
    assert finding.passed and finding.deviation == 0 and finding.compared == finding.expected


def test_replay_of_one_piece_fails_and_says_how_many_are_missing(reference):
    whole = replayed(reference)
    one = answers.Replay(whole.starts[:1], whole.ends[:1], {name: costs[:1] for name, costs in whole.costs.items()},
                         {name: values[:1] for name, values in whole.after.items()})
    finding = comparison.teacher_forced(reference, one)
    assert finding.passed is False
    assert finding.text.startswith('1 of 101 pieces replayed; missing, first: steps 1 to 1')


def test_replay_of_the_pieces_that_were_asked_for_passes(reference):
    whole = replayed(reference)
    one = answers.Replay(whole.starts[:1], whole.ends[:1], {name: costs[:1] for name, costs in whole.costs.items()},
                         {name: values[:1] for name, values in whole.after.items()})
    assert comparison.teacher_forced(reference, one, [(0, 1)]).passed


def test_empty_replay_fails(reference):
    finding = comparison.teacher_forced(reference, answers.Replay([], [], {name: [] for name in SERIES}, {}))
    assert finding.passed is False and finding.text.startswith('0 of 101 pieces replayed')


def test_replay_without_a_variable_fails_and_names_it(reference):
    whole = replayed(reference)
    less = whole._replace(after={name: values for name, values in whole.after.items() if name != 'Variable_18'})
    finding = comparison.teacher_forced(reference, less)
    assert finding.passed is False
    assert 'Variable_18 after step 0 is missing' in finding.text and finding.compared < finding.expected


def test_replay_with_fewer_rows_than_pieces_fails(reference):
    whole = replayed(reference)
    less = whole._replace(after={**whole.after, 'Variable_18': whole.after['Variable_18'][:-1]})
    finding = comparison.teacher_forced(reference, less)
    assert finding.passed is False and 'Variable_18 after steps 247 to 249 is missing' in finding.text


def one_step(recorded):
    """The recording as if it had stopped after one step."""
    arrays = {name: array[:1] if name.startswith('series/') else array[:2] if name.startswith('checkpoints/') else array
              for name, array in recorded.computed.items()}
    header = dict(recorded.header, settings=dict(recorded.settings, steps=1), floor=None)
    return Recording(header, arrays)


@pytest.mark.parametrize('arithmetic', ['float32', 'float64'])
def test_recording_of_one_step_fails_and_says_how_many_records_there_are(arithmetic, baseline):
    findings = comparison.compare(baseline[arithmetic], one_step(baseline[arithmetic]))
    failed = {finding.question: finding.text for finding in findings if finding.passed is False}
    assert failed and all(text.startswith('1 of 50 records, 1 of 250 steps; no record after step 5')
                          for text in failed.values())


def test_recording_without_a_layer_input_fails_and_names_it(reference):
    arrays = {name: array for name, array in reference.arrays.items() if name != 'before/layer_inputs/norm/3/means'}
    finding = comparison.forward(reference, Recording(reference.header, arrays))
    assert finding.passed is False and 'before/layer_inputs/norm/3/means is missing' in finding.text


def test_gradient_of_another_shape_fails(reference):
    name = next(name for name in reference.arrays if name.startswith('gradients/')
                and reference.arrays[name].shape == (30, 30))
    arrays = {**reference.arrays, name: reference.arrays[name][:1]}
    finding = comparison.gradients(reference, Recording(reference.header, arrays))
    assert finding.passed is False
    assert f'{name} is float32 (1, 30), expected float32 (30, 30)' in finding.text


def test_fewer_answers_than_ops_fail_and_say_how_many_were_compared(kernels):
    finding = drift.finding(kernels, drift.drifts(kernels, own_answers(kernels)[:5]))
    assert finding.passed is False
    assert f'5 of {len(kernels.header["ops"])} ops alone' in finding.text and 'no answer to 1027' in finding.text


def test_more_answers_than_ops_are_refused(kernels):
    with pytest.raises(ValueError, match='answers to'):
        drift.drifts(kernels, [*own_answers(kernels), np.zeros(1, 'f4')])


@pytest.mark.parametrize('wrong', [lambda a: a[:1], lambda a: a.astype('f8')], ids=['shape', 'dtype'])
def test_answer_of_another_shape_or_dtype_fails_and_says_so(wrong, kernels):
    outputs = own_answers(kernels)
    k = next(k for k, op in enumerate(kernels.header['ops']) if op['type'] == 'MatMul' and len(outputs[k]) > 1)
    outputs[k] = wrong(outputs[k])
    finding = drift.finding(kernels, drift.drifts(kernels, outputs))
    assert finding.passed is False and 'the answer is float' in finding.text and 'expected float32' in finding.text
