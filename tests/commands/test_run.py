"""`run`: the files that it promises, folders that it refuses, an interruption."""
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from legacy.formats import articlerun, processor, recordings
from legacy.formats.recordings import Recording
from tests.command_line import LONGEST, assert_fault, compat_run, compat_run_here
from tests.conftest import ROOT


@pytest.fixture(scope='module')
def finished(article_made):
    """(process, folder) of one whole run with pictures and --json."""
    _, as_json, folder = article_made
    return as_json, folder / 'runs' / 'first'


def test_run_writes_every_promised_file(finished):
    done, folder = finished
    assert done.returncode == 0, done.stderr
    layers = [f'layer_inputs_{step:03d}.png' for step in (0, 50, 100, 150, 200)]
    assert sorted(os.listdir(folder)) == sorted(['recording.npz', 'data.png', *layers, 'layer_inputs.gif',
                                                 'cost_history.png', 'summary.txt', 'reproduced.png'])


def test_run_json_starts_from_the_articles_weights(finished, article_recording):
    result = json.loads(finished[0].stdout)
    first = {name: str(noted.digest) for (_, name), noted in article_recording.initial.items()}
    assert {item['name']: item['digest'] for item in result['initial_values']} == first and len(first) == 64
    assert result['op_seeds'] == [call['op_seed'] for call in article_recording.header['seeds']['calls']]
    assert len(result['op_seeds']) == 16


def test_run_json_numbers_read_back_exactly(finished):
    done, folder = finished
    costs = articlerun.costs(recordings.load(folder / 'recording.npz'))
    for series in ('cost', 'cost_norm'):
        values = [np.float32(value) for value in json.loads(done.stdout)[series]]
        assert np.array_equal(values, getattr(costs, series), equal_nan=True)


def test_costs_are_found_by_the_line_that_fetches_them(finished):
    recorded = recordings.load(finished[1] / 'recording.npz')
    found = [recorded.series_of(word) for word in ('Mean_1:0', 'Mean_1', 'article.py:160')]
    assert all(np.array_equal(values, articlerun.costs(recorded).cost_norm) for values in found)


def test_run_json_says_that_it_is_reproduced(finished):
    result = json.loads(finished[0].stdout)
    assert result['reproduced'] is True and result['reproduction']['band']['passed']
    whole = result['reproduction']['whole']
    assert (whole['arithmetic'], whole['passed']) == ('portable', True)
    assert [whole[name] for name in ('costs_the_same', 'costs_expected')] == [100, 100]
    assert [whole[name] for name in ('arrays_the_same', 'arrays_expected')] == [949, 949]


def test_summary_names_the_processor_and_answers(finished):
    text = (finished[1] / 'summary.txt').read_text()
    assert text.splitlines()[0].endswith(', ' + processor.in_words(processor.describe()))
    assert ('\nreproduced: yes: in portable arithmetic all 100 costs are those of TensorFlow 1.15.5, bit for bit '
            '(949 of 949 arrays)\n') in text


def test_the_portable_run_in_the_recording_is_the_recorded_one(finished, article_recording):
    ours = recordings.load(finished[1] / 'recording.npz')
    assert ours.header['whole'] == {**article_recording.header['whole'], 'kinds': ours.header['whole']['kinds']}
    for name in article_recording.arrays:
        if name.startswith('whole/small/'):
            assert np.array_equal(ours.arrays[name], article_recording.arrays[name], equal_nan=True)


def test_a_folder_of_a_run_is_shown_and_compared(finished):
    shown, compared = (compat_run_here(*args) for args in (['show', finished[1]], ['compare', *[finished[1]] * 2]))
    assert shown.stdout.startswith(f'{finished[1]}/recording.npz: train.py under TensorFlow ')
    assert 'the port was changed' not in shown.stdout and '\n     Mean_1:0: 1255.' in shown.stdout
    assert compared.stdout.splitlines()[-1] == 'identical'


def test_a_run_differs_from_the_recorded_one_by_no_more_than_rounding(finished):
    compared = compat_run_here('compare', articlerun.RECORDING, finished[1])
    assert compared.returncode == 0, compared.stdout
    lines = compared.stdout.splitlines()
    assert lines[0] == 'A = TensorFlow 1.15.5, AMD EPYC (AVX2)'
    assert lines[1].startswith('B = TensorFlow ') and lines[1].endswith(processor.in_words(processor.describe()))
    words = {line[10:].split('  ')[0]: line.split()[0] for line in lines[2:-1]}
    assert (words['initial values'], words['whole portable run']) == ('same', 'same')
    assert words['free run'] in ('same', 'within')
    assert lines[-1] in ('identical', 'the same within tolerances')


def test_a_run_has_the_graph_and_the_script(finished):
    recorded = recordings.load(finished[1] / 'recording.npz')
    assert {'graph/0', 'graphdef/0', 'source/0', 'source/1'} <= set(recorded.arrays)
    assert recorded.header['script']['arguments'] == ['--seed', '1', '--steps', '250', '--op-seeds', '1.15']
    assert len(recorded.header['steps']) == len({step['run'] for step in recorded.header['steps']}) > 3


def test_steps_from_an_earlier_kept_run_lead_to_the_step_of_that_run(finished, tmp_path):
    """With the evaluations between, which move the averages."""
    from legacy.worker.graph import step
    recorded = recordings.load(finished[1] / 'recording.npz')
    training = [item for item in recorded.header['steps'] if recorded.kinds[item['kind']]['place'] == 'article.py:155']
    last = max(training, key=lambda item: item['run'])
    header = {**recorded.header, 'steps': [item for item in recorded.header['steps'] if item is not last]}
    recordings.save(Recording(header, dict(recorded.arrays)), tmp_path / 'earlier.npz')
    found = step.measure(recorded.time(last), tmp_path / 'earlier.npz')
    assert found['checkpoint'] < found['at']
    after = {name: recorded.content(noted) for name, noted in last['outcomes']['run']['after'].items()}
    updated = {op['name'].split('/')[1][len('update_'):]: op['outputs'][0] for op in found['ops']
               if op['kernel'] == 'ApplyGradientDescent'}
    assert len(updated) == 48
    for name, output in updated.items():
        assert output == step.summary(after[name])


def test_run_json_spells_non_finite_costs_as_words(finished):
    assert json.loads(finished[0].stdout)['cost'][:2] == ['inf', 'nan']


def test_non_empty_folder_is_refused_and_kept(tmp_path):
    (tmp_path / 'mine').write_text('keep')
    assert_fault(compat_run('--out', tmp_path), 'not empty', '--force')
    assert os.listdir(tmp_path) == ['mine']


def test_force_writes_beside_what_is_there(fork, tmp_path):
    (tmp_path / 'mine').write_text('keep')
    done = fork.command('--out', tmp_path, '--force', '--steps', 1, '--no-figures', '--quiet')
    assert (done.returncode, done.stdout) == (0, '')
    assert sorted(os.listdir(tmp_path)) == ['mine', 'recording.npz', 'summary.txt']


def test_out_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / 'file'
    path.write_text('keep')
    assert_fault(compat_run('--out', path), 'is a file')


def test_out_below_a_file_is_refused(tmp_path):
    (tmp_path / 'file').write_text('keep')
    assert_fault(compat_run('--out', tmp_path / 'file' / 'out'), '--out')


def test_onednn_against_the_users_own_variable_is_refused(tmp_path):
    assert_fault(compat_run('--onednn', '--out', tmp_path, TF_ENABLE_ONEDNN_OPTS='0'), 'TF_ENABLE_ONEDNN_OPTS')


def test_show_without_a_display_is_refused(tmp_path):
    assert_fault(compat_run('--show', '--out', tmp_path / 'out', DISPLAY=None, WAYLAND_DISPLAY=None, MPLBACKEND=None),
                 '--show', 'display')


@pytest.mark.parametrize('sent, code', [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_leaves_nothing_behind(sent, code, tmp_path):
    process = subprocess.Popen([sys.executable, str(ROOT / 'compat_run.py'), '--out', str(tmp_path / 'out')],
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while not os.listdir(tmp_path) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == code
    assert 'Traceback' not in errors
    assert os.listdir(tmp_path) == []
