"""Whose the numbers are, in the lines under a run's costs."""
import numpy as np
import pytest

from legacy.formats.recording import Recording
from legacy.judge import reproduction
from legacy.reports import recordingreport, reproductionreport

INTEL = {'processor': 'Intel(R) Xeon(R) 8481C', 'features': ['avx', 'fma', 'avx2', 'avx512f'], 'platform': 'Linux'}


def found_of(baseline, history):
    """The Reproduction of a float32 run with this cost_norm on an Intel, and a whole portable one."""
    reference = baseline['float32']
    run = Recording(reference.header, {**reference.arrays, 'series/cost_norm': history})
    return reproduction.Reproduction(
        reference.header['environment'], {**INTEL, 'tensorflow': '2.21.0'}, 250, 250,
        reproduction.whole(baseline['portable'], baseline['portable']), reproduction.band(reference, run))


def noisy(baseline):
    """A run with noise, but for the first record: the noise is larger than what a kernel's rounding is there."""
    history = np.array(baseline['float32'].arrays['floor/free/cost_norm'][3])
    history[0] = baseline['float32'].arrays['series/cost_norm'][0]
    return history


def test_both_processors_are_named(baseline):
    text = '\n'.join(reproductionreport.as_text(found_of(baseline, noisy(baseline))))
    assert 'TensorFlow 2.21.0 on Intel(R) Xeon(R) 8481C (AVX-512)' in text
    assert 'the last record of TensorFlow 1.15.5 is 95.956116 on AMD EPYC (AVX2)' in text


def test_the_first_record_holds_everywhere(baseline):
    text = '\n'.join(reproductionreport.as_text(found_of(baseline, noisy(baseline))))
    assert 'the first record is 1255.158, as on every processor; from step ' in text


def test_another_first_record_is_told(baseline):
    found = found_of(baseline, baseline['float32'].arrays['series/cost_norm'] * np.float32(1.01))
    text = '\n'.join(reproductionreport.as_text(found))
    assert 'the first record is not 1255.158' in text and 'outside the band' in text
    assert text.startswith('reproduced: no')


def test_the_answer_is_the_same_words_on_every_processor(baseline):
    first = reproductionreport.as_text(found_of(baseline, noisy(baseline)))[0]
    assert first == ('reproduced: yes: in portable arithmetic all 100 costs are those of TensorFlow 1.15.5, bit for '
                     'bit (201 of 201 arrays)')


def test_the_recorded_float32_run_stays_with_itself(baseline):
    text = '\n'.join(reproductionreport.as_text(found_of(baseline, baseline['float32'].arrays['series/cost_norm'])))
    assert 'the two stay together' in text and text.startswith('reproduced: yes')


def test_show_names_the_processor(baseline):
    first = recordingreport.as_text(baseline['float32']).splitlines()[0]
    assert first == 'TensorFlow 1.15.5, numpy 1.18.5, Python 3.7.16, AMD EPYC (AVX2)'


@pytest.mark.parametrize('arithmetic, words', [
    ('float32', 'the later ones are of one kind: AMD with AVX2\n'), ('portable', 'every processor, bit for bit\n'),
    ('float64', 'every processor, to 9e-9')])
def test_show_says_where_the_costs_hold(arithmetic, words, baseline):
    assert words in recordingreport.as_text(baseline[arithmetic])


def test_onednn_is_told_once_and_other_settings_of_the_users_are_told(baseline):
    header = baseline['float32'].header
    settings = {**header['environment']['settings'], 'TF_ENABLE_ONEDNN_OPTS': {'value': '1', 'from': 'user'},
                'TF_NUM_INTRAOP_THREADS': {'value': '2', 'from': 'user'}}
    changed = Recording({**header, 'environment': {**header['environment'], 'settings': settings},
                         'settings': {**header['settings'], 'onednn': True}}, baseline['float32'].arrays)
    text = recordingreport.as_text(changed)
    assert 'oneDNN kernels on' in text and 'TF_ENABLE_ONEDNN_OPTS' not in text
    assert 'TF_NUM_INTRAOP_THREADS=2 as set by you' in text
