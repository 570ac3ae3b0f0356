"""`show` and `compare`: exit codes, refusals, and that they need no TensorFlow."""
import json
import pathlib
import re

import pytest
from PIL import Image

from legacy.formats import articlerun, recordings
from legacy.formats.recordings import Recording
from tests.command_line import assert_fault, compat_run
from tests.conftest import ROOT

BASELINE = articlerun.RECORDING
SCRIPT = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


def test_compare_with_itself_is_identical():
    done = compat_run('compare', BASELINE, BASELINE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, 'identical')


def saved(recording, path, **header):
    """A copy of a recording with other entries of its header."""
    arrays = {name: recording.arrays[name] for name in recording.arrays}
    recordings.save(Recording({**recording.header, **header}, arrays), path)


def test_compare_exits_1_where_op_seeds_differ(tmp_path, article_recording):
    seeds = json.loads(json.dumps(article_recording.header['seeds']))
    seeds['calls'][3]['op_seed'] += 1
    saved(article_recording, tmp_path / 'other.npz', seeds=seeds)
    done = compat_run('compare', BASELINE, tmp_path / 'other.npz', '--json')
    found = json.loads(done.stdout)
    assert (done.returncode, found['verdict']) == (1, 'different: op seeds')
    assert [finding['claim'] for finding in found['findings'] if finding['passed'] is False] == ['op seeds']


def test_compare_exits_1_where_the_whole_portable_runs_differ(tmp_path, article_recording):
    whole = json.loads(json.dumps(article_recording.header['whole']))
    whole['last'][0]['digest'] += 1
    saved(article_recording, tmp_path / 'other.npz', whole=whole)
    done = compat_run('compare', BASELINE, tmp_path / 'other.npz')
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, 'different: whole portable run')


def test_compare_of_different_arithmetics_is_refused(tmp_path, article_recording):
    saved(article_recording, tmp_path / 'other.npz', arithmetic='float64')
    assert_fault(compat_run('compare', BASELINE, tmp_path / 'other.npz'), 'arithmetic', 'float64')


def test_compare_draws_the_series_of_any_script(tmp_path):
    assert compat_run('compare', SCRIPT, SCRIPT, '--plot', tmp_path / 'both.png').returncode == 0
    with Image.open(tmp_path / 'both.png') as shown:
        assert shown.size[0] > 400


def test_truncated_recording_is_refused(tmp_path):
    (tmp_path / 'half.npz').write_bytes(pathlib.Path(BASELINE).read_bytes()[:5000])
    assert_fault(compat_run('show', tmp_path / 'half.npz'), 'half.npz')


def test_missing_recording_is_refused():
    assert_fault(compat_run('compare', BASELINE, 'nowhere.npz'), 'nowhere.npz')


@pytest.mark.parametrize('command', [['show', BASELINE], ['compare', BASELINE, BASELINE]])
def test_reading_recordings_imports_no_tensorflow(command, tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise SystemExit("tensorflow was imported")')
    assert compat_run(*command, PYTHONPATH=str(tmp_path)).returncode == 0


def test_show_of_a_scripts_recording_has_its_series():
    shown = compat_run('show', SCRIPT).stdout
    assert re.search(r'\n  1: vae.py:23, 6 times, trains.*\n     \S+: \S+ .* \S+\n', shown)
    series = json.loads(compat_run('show', SCRIPT, '--json').stdout)['series']
    assert len(series) == 1 and len(series[0]['values']) == 6
    assert all(f'{value:.6g}' in shown for value in series[0]['values'])
