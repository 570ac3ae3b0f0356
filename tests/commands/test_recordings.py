"""`show` and `compare`: exit codes, refusals, and that they need no TensorFlow."""
import json
import re

import pytest

from legacy.formats import recording
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA, ROOT

BASELINE = DATA / 'baseline-float32.npz'
SCRIPT = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'


def test_compare_with_itself_is_identical():
    done = compat_run('compare', BASELINE, BASELINE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, 'identical')


def test_compare_exits_1_where_op_seeds_differ(tmp_path, baseline):
    reference = baseline['float32']
    header = json.loads(json.dumps(reference.header))
    header['seeded_calls'][3]['op_seed'] += 1
    recording.save(recording.Recording(header, reference.arrays), tmp_path / 'other.npz')
    done = compat_run('compare', BASELINE, tmp_path / 'other.npz', '--json')
    found = json.loads(done.stdout)
    assert (done.returncode, found['verdict']) == (1, 'different: op seeds')
    assert [finding['claim'] for finding in found['findings'] if not finding['passed']] == ['op seeds']


def test_compare_of_different_arithmetics_is_refused():
    assert_fault(compat_run('compare', BASELINE, DATA / 'baseline-float64.npz'), 'arithmetic')


def test_truncated_recording_is_refused(tmp_path):
    (tmp_path / 'half.npz').write_bytes(BASELINE.read_bytes()[:5000])
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
