"""The ladder of rungs, on evidence that is the baseline's but for what a test changes."""
import json

import numpy as np
import pytest

from legacy.formats.evidence import StoredEvidence
from legacy.formats.recording import Recording
from legacy.formats.references import References
from legacy.judge.ladder import QUESTIONS, ladder


class Changed(StoredEvidence):
    """Stored evidence in which some parts are other values; a part that is an exception is raised."""

    def __init__(self, references, folder, **parts):
        super().__init__(references, folder)
        self.changed = parts

    def part(self, name):
        found = self.changed.get(name, self)
        if isinstance(found, Exception):
            raise found
        return super().part(name) if found is self else found


@pytest.fixture
def report_on(references, ready_evidence):
    """A function: the Report on the baseline's own evidence with these parts changed."""
    return lambda **parts: ladder(references, Changed(references, ready_evidence, **parts))


def status(report):
    return {rung.name: rung.status for rung in report.rungs}


def with_header(recorded, **changes):
    header = json.loads(json.dumps(recorded.header))
    for path, value in changes.items():
        *keys, last = path.split('__')
        entry = header
        for key in keys:
            entry = entry[key]
        entry[last] = value
    return Recording(header, recorded.arrays)


def test_every_question_is_asked_once_and_in_order(report_on):
    assert [rung.name for rung in report_on().rungs] == [question.name for question in QUESTIONS]


def test_the_baselines_own_evidence_is_identical(report_on):
    report = report_on()
    assert report.verdict == 'identical', report.sentence


@pytest.mark.parametrize('error', [ValueError('another shape'), KeyError('no checkpoint'), IndexError('piece 7')])
def test_whatever_an_answer_raises_is_that_rungs_error_and_the_others_are_asked(error, report_on):
    report = report_on(replay=error)
    found = status(report)
    assert found['teacher-forced steps'] == 'error' and found['overflow'] == 'passed'
    assert report.verdict == 'regression' and str(error.args[0]) in report.sentence


def test_another_graph_with_the_same_variables_leaves_the_later_rungs_asked(report_on, references):
    other = with_header(references.main, graph__fingerprint='0' * 64)
    found = status(report_on(float32=other))
    assert found['graph'] == 'failed' and found['gradients'] == 'passed'


def test_other_variables_leave_the_later_rungs_undecided(report_on, references):
    other = with_header(references.main)
    other.header['graph']['variables'][0]['name'] = 'Weights'
    report = report_on(float32=other)
    assert status(report)['gradients'] == 'undecided'
    assert report.verdict == 'regression'


def test_a_setting_that_is_not_the_recorded_one_is_named_first(report_on, references):
    environment = json.loads(json.dumps(references.main.header['environment']))
    environment['settings']['TF_ENABLE_ONEDNN_OPTS'] = {'value': '1', 'from': 'user'}
    text = report_on(environment=environment).rungs[0].finding.text
    assert text.startswith('TF_ENABLE_ONEDNN_OPTS: recorded with 0, checked with 1')


def test_a_rung_that_cannot_be_asked_is_undecided_and_never_passed(references, ready_evidence):
    alone = References()
    alone.kernels = alone.graph = None
    found = status(ladder(alone, StoredEvidence(alone, ready_evidence)))
    assert (found['kernels'], found['formulas']) == ('undecided', 'undecided')


def test_a_reference_without_a_noise_floor_leaves_other_bits_undecided_and_never_passed(ready_evidence):
    bare, evidence = References(), StoredEvidence(References(), ready_evidence)
    bare.main = Recording(dict(bare.main.header, floor=None), bare.main.computed)
    values = dict(evidence.part('float32').arrays)
    values['gradients/Variable_18'] = values['gradients/Variable_18'] * 2
    report = ladder(bare, Changed(bare, ready_evidence, float32=Recording(evidence.part('float32').header, values)))
    assert status(report)['gradients'] == 'undecided'
    assert report.verdict == 'undecided' and 'no noise floor' in report.sentence


# ---- processors

INTEL = {'processor': 'Intel(R) Xeon(R)', 'features': ['sse4_1', 'avx', 'fma', 'avx2', 'avx512f']}


def on_an_intel(references, last_bit=True):
    """The environment and the float32 run of an Intel whose cost before training is one ulp off."""
    main = references.main
    cost = main.arrays['before/cost_norm']
    changed = Recording(main.header, {**main.computed, 'before/cost_norm': np.nextafter(cost, np.float32(0))
                                      if last_bit else cost})
    return {'environment': {**main.header['environment'], **INTEL}, 'float32': changed}


def test_the_first_rung_names_both_processors(report_on, references):
    said = report_on(**on_an_intel(references)).rungs[0].finding.text
    assert 'Intel(R) Xeon(R) (AVX-512), recorded on AMD EPYC (AVX2): another kind' in said
    assert 'AMD EPYC (AVX2), recorded on AMD EPYC (AVX2): the same kind' in report_on().rungs[0].finding.text


def test_a_verdict_that_another_processor_explains_says_so(report_on, references):
    report = report_on(**on_an_intel(references))
    assert report.verdict == 'explained' and 'another kind: Intel(R) Xeon(R) (AVX-512)' in report.sentence


def test_a_verdict_that_needs_no_explanation_names_no_processor(report_on, references):
    assert 'AMD' not in report_on().sentence
    assert 'Intel' not in report_on(**on_an_intel(references, last_bit=False)).sentence


def test_a_setting_that_is_other_than_recorded_is_told_once(report_on, references):
    environment = json.loads(json.dumps(references.main.header['environment']))
    environment['settings']['TF_ENABLE_ONEDNN_OPTS'] = {'value': '1', 'from': 'user'}
    assert report_on(environment=environment).rungs[0].finding.text.count('TF_ENABLE_ONEDNN_OPTS') == 1
