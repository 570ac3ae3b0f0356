"""Whose the numbers are, in the lines under a run's costs."""
from dataclasses import replace

import numpy as np

from legacy.formats import articlerun
from legacy.formats.recordings import Recording
from legacy.judge import reproduction
from legacy.judge.coverage import Lack
from legacy.reports import recordingreport, reproductionreport
from tests.judge.test_reproduction import doctored

INTEL = {'processor': 'Intel(R) Xeon(R) 8481C', 'features': ['avx', 'fma', 'avx2', 'avx512f'], 'platform': 'Linux'}


def found_of(recorded, history):
    """The Reproduction of a float32 run with these costs on an Intel, and a whole portable one."""
    def change(arrays):
        arrays['small/4/0'] = history
    return reproduction.Reproduction(
        recorded.header['environment'], {**INTEL, 'tensorflow': '2.21.0'}, 250, 250,
        reproduction.whole(recorded, recorded), reproduction.band(recorded, doctored(recorded, change)))


def cost_norm(recorded):
    return articlerun.costs(recorded).cost_norm


def noisy(recorded):
    """A run with noise, but for the first record: the noise is larger than what a kernel's rounding is there."""
    history = np.array(recorded.noisy()[3][4, 0])
    history[0] = cost_norm(recorded)[0]
    return history


def test_both_processors_are_named(article_recording):
    text = '\n'.join(reproductionreport.as_text(found_of(article_recording, noisy(article_recording))))
    assert 'TensorFlow 2.21.0 on Intel(R) Xeon(R) 8481C (AVX-512)' in text
    assert 'the last record of TensorFlow 1.15.5 is 95.956116 on AMD EPYC (AVX2)' in text


def test_the_first_record_holds_everywhere(article_recording):
    text = '\n'.join(reproductionreport.as_text(found_of(article_recording, noisy(article_recording))))
    assert 'the first record is 1255.158, as on every processor; from step ' in text


def test_another_first_record_is_told(article_recording):
    found = found_of(article_recording, cost_norm(article_recording) * np.float32(1.01))
    text = '\n'.join(reproductionreport.as_text(found))
    assert 'where the recorded one is 1255.158 on every processor' in text and 'outside the band' in text
    assert text.startswith('reproduced: no')


def test_the_answer_is_the_same_words_on_every_processor(article_recording):
    first = reproductionreport.as_text(found_of(article_recording, noisy(article_recording)))[0]
    assert first == ('reproduced: yes: in portable arithmetic all 100 costs are those of TensorFlow 1.15.5, bit for '
                     'bit (949 of 949 arrays)')


def test_the_recorded_float32_run_stays_with_itself(article_recording):
    text = '\n'.join(reproductionreport.as_text(found_of(article_recording, cost_norm(article_recording))))
    assert 'the two stay together' in text and text.startswith('reproduced: yes')


def test_a_whole_run_that_was_not_compared_is_no_no(article_recording):
    whole = reproduction.whole(article_recording, article_recording)
    finding = replace(whole.finding, passed=None, lacks=(Lack('not pinned', 2, 'Exp'),))
    found = found_of(article_recording, noisy(article_recording))._replace(whole=whole._replace(finding=finding))
    text = reproductionreport.as_text(found)[0]
    assert text.startswith('reproduced: not known: in portable arithmetic 100 of 100 costs') and 'Exp' in text


def test_a_band_that_is_not_there_is_not_known(article_recording):
    found = found_of(article_recording, noisy(article_recording))
    finding = replace(found.band.finding, passed=None)
    text = '\n'.join(reproductionreport.as_text(found._replace(band=found.band._replace(finding=finding))))
    assert text.startswith('reproduced: not known') and 'is not known: 100 values' in text


def test_show_names_the_processor(article_recording):
    lines = recordingreport.recorded(article_recording, 'x.npz').splitlines()
    assert lines[0] == 'x.npz: train.py under TensorFlow 1.15.5'
    assert lines[1] == '  numpy 1.18.5, Python 3.7.16, AMD EPYC (AVX2)'


def test_onednn_is_told_once_and_other_settings_of_the_users_are_told(article_recording):
    header = article_recording.header
    settings = {**header['environment']['settings'], 'TF_ENABLE_ONEDNN_OPTS': {'value': '1', 'from': 'user'},
                'TF_NUM_INTRAOP_THREADS': {'value': '2', 'from': 'user'}}
    changed = Recording({**header, 'environment': {**header['environment'], 'settings': settings}},
                        article_recording.arrays)
    text = recordingreport.recorded(changed, 'x.npz')
    assert 'TF_ENABLE_ONEDNN_OPTS' not in text and 'TF_NUM_INTRAOP_THREADS=2 as set by you' in text
