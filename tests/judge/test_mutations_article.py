"""The article's evidence, or its baseline, with one thing changed: somebody sees it. As `test_mutations` of scripts."""
import copy

import numpy as np
import pytest

from legacy.formats import answers
from legacy.formats.evidence import StoredEvidence
from legacy.formats.recording import ARITHMETICS, Recording
from legacy.judge import verdict
from legacy.judge.ladder import ladder
from tests.judge.mutations import FLOATS, OTHERS, ULP

GROUPS = ('before', 'checkpoints', 'data', 'gradients', 'layer_inputs', 'series')
# (group, change) of the baseline that nobody need see, and why.
EXCEPTIONS = {
    ('portable: series', 'off by half'): 'the band is that of its float32 runs with noise, which are then as far off',
    ('float64: checkpoints', 'NaN'): 'after the first step float64 is asked for its costs alone',
}


def changes(array):
    """{change: array or None}. The last element is changed: the first of a history may be one that nothing is known
    of."""
    functions = FLOATS if array.dtype.kind == 'f' else OTHERS
    return {'dropped': None, **{change: function(np.array(array)[::-1])[::-1] if array.ndim else function(array)
                                for change, function in functions.items()}}


def with_array(recorded, name, array):
    arrays = {**recorded.arrays, name: array}
    if array is None:
        del arrays[name]
    return Recording(recorded.header, arrays)


def of_recordings(references, kept):
    """[(group, change, name of the arithmetic, the changed Recording)]: of each group the array in its middle. kept:
    the changes that are made, of each arithmetic."""
    for arithmetic in ARITHMETICS:
        recorded = references.recordings[arithmetic]
        for group in GROUPS:
            names = [name for name in recorded.computed if name.startswith(group + '/') and not name.endswith('/steps')]
            name = names[len(names) // 2]
            for change, array in changes(recorded.arrays[name]).items():
                if change in kept[arithmetic]:
                    yield f'{arithmetic}: {group}', change, arithmetic, with_array(recorded, name, array)


def asked(references, evidence):
    return ladder(references, evidence, until_failed=True).verdict


def seen(change, found):
    return found != 'identical' if change == ULP else found not in verdict.GOOD


def changed(evidence, **parts):
    found = copy.copy(evidence)
    found._parts = {**evidence._parts, **parts}
    return found


def test_every_change_of_what_was_computed_here_is_seen(references, ready_evidence):
    evidence, survived = StoredEvidence(references, ready_evidence), []
    kept = {'float32': ('dropped', 'NaN', 'off by half'), 'portable': (ULP,), 'float64': ('dropped', 'off by half')}
    for group, change, arithmetic, recorded in of_recordings(references, kept):
        if arithmetic == references.main.settings['arithmetic']:
            recorded = Recording({**recorded.header, 'floor': None}, {
                name: array for name, array in recorded.arrays.items() if not name.startswith('floor/')})
        found = asked(references, changed(evidence, **{arithmetic: recorded}))
        if not seen(change, found):
            survived.append((group, change, found))
    assert survived == []


def test_every_change_of_the_baseline_is_seen(references, ready_evidence):
    evidence, survived = StoredEvidence(references, ready_evidence), []
    kept = {'float32': ('NaN', 'off by half'), 'portable': ('off by half',), 'float64': ('NaN',)}
    for group, change, arithmetic, recorded in of_recordings(references, kept):
        other = copy.copy(references)
        other.recordings = {**references.recordings, arithmetic: recorded}
        other.main = other.recordings[references.main.settings['arithmetic']]
        found = asked(other, evidence)
        if not seen(change, found) and (group, change) not in EXCEPTIONS:
            survived.append((group, change, found))
    assert survived == []


@pytest.mark.parametrize('part', ['replay', 'repeated'])
@pytest.mark.parametrize('what', ['after', 'costs'])
def test_every_change_of_a_step_taken_again_is_seen(part, what, references, ready_evidence):
    evidence, survived = StoredEvidence(references, ready_evidence), []
    there = evidence.part(part)
    name = list(getattr(there, what))[-1]
    known = np.isfinite(getattr(there, what)[name])  # of costs where some were recorded
    for change, array in changes(getattr(there, what)[name][known] if what == 'costs' else getattr(
            there, what)[name]).items():
        if array is not None and what == 'costs':
            array, part_of = getattr(there, what)[name].copy(), array
            array[known] = part_of
        values = {**getattr(there, what), name: array}
        if array is None:
            del values[name]
        found = asked(references, changed(evidence, **{part: there._replace(**{what: values})}))
        if not seen(change, found) and change != ULP:  # one unit in the last place of a step is rounding
            survived.append((change, found))
    assert survived == []


def test_every_change_of_an_op_alone_is_seen(references, ready_evidence):
    evidence, survived = StoredEvidence(references, ready_evidence), []
    there = evidence.part('kernels')
    k = next(k for k, op in enumerate(references.kernels.header['ops']) if op['type'] == 'MatMul')
    for change, array in changes(there.outputs[k]).items():
        outputs = list(there.outputs)
        outputs[k] = array
        found = asked(references, changed(evidence, kernels=answers.Kernels(outputs, [], [])))
        if not seen(change, found) and change != ULP:
            survived.append((change, found))
    assert survived == []


@pytest.mark.parametrize('part', ['environment', 'float32', 'portable', 'float64', 'replay', 'repeated', 'kernels'])
def test_a_part_that_could_not_be_had_is_never_passed(part, references, ready_evidence):
    evidence = StoredEvidence(references, ready_evidence)
    evidence.failed = {part: 'NotFoundError: no such op'}
    try:
        found = asked(references, evidence)
    except Exception as error:  # without an environment there is no check
        assert 'no such op' in str(error) and part == 'environment'
    else:
        assert found == 'regression'


def test_a_baseline_without_its_floors_is_undecided_where_bits_differ(references, ready_evidence):
    evidence = StoredEvidence(references, ready_evidence)
    bare = copy.copy(references)
    bare.main = Recording({**references.main.header, 'floor': None}, references.main.computed)
    bare.recordings = {**references.recordings, 'float32': bare.main}
    replay = evidence.part('replay')
    name = list(replay.after)[-1]
    other = replay._replace(after={**replay.after, name: replay.after[name] * np.float32(3)})
    assert ladder(bare, evidence).verdict == 'identical'
    assert ladder(bare, changed(evidence, replay=other)).verdict in ('undecided', 'regression')
