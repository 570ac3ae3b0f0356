"""The command line as a user meets it: exit codes, one line for each fault, files whole or not at all."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import click
import numpy as np
import pytest

import compat_run as compat_run_module
from legacy.check import baseline as baseline_command
from legacy.formats import recording
from legacy.formats.errors import LegacyError
from tests.command_line import assert_fault, compat_run
from tests.conftest import DATA, ROOT

BASELINE = DATA / 'baseline-float32.npz'


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """(process, folder) of one whole run with pictures and --json."""
    folder = tmp_path_factory.mktemp('run') / 'out'
    return compat_run('--out', folder, '--json'), folder


def test_run_writes_every_promised_file(finished):
    done, folder = finished
    assert done.returncode == 0, done.stderr
    layers = [f'layer_inputs_{step:03d}.png' for step in (0, 50, 100, 150, 200)]
    assert sorted(os.listdir(folder)) == sorted(['recording.npz', 'data.png', *layers, 'layer_inputs.gif',
                                                 'cost_history.png', 'summary.txt'])


def test_run_json_starts_from_the_articles_weights(finished, baseline):
    result = json.loads(finished[0].stdout)
    first = baseline['float32'].checkpoint(0)
    assert len(result['initial_weights']) == len(result['op_seeds']) == 16
    for weights in result['initial_weights']:
        assert weights['sha256'] == recording.sha256(first[weights['name']])


def test_run_json_numbers_read_back_exactly(finished):
    done, folder = finished
    recorded = recording.load(folder / 'recording.npz')
    for series in ('cost', 'cost_norm'):
        values = [np.float32(value) for value in json.loads(done.stdout)[series]]
        assert np.array_equal(values, recorded.arrays['series/' + series], equal_nan=True)


def test_run_json_spells_non_finite_costs_as_words(finished):
    assert json.loads(finished[0].stdout)['cost'][:2] == ['inf', 'nan']


def test_show_json_says_the_same_as_the_run(finished):
    done, folder = finished
    shown = json.loads(compat_run('show', folder / 'recording.npz', '--json').stdout)
    for key in set(shown) - {'files', 'seconds'}:
        assert shown[key] == json.loads(done.stdout)[key], key


def test_run_with_pictures_equals_the_plain_loop(finished, candidate):
    recorded = recording.load(finished[1] / 'recording.npz')
    assert np.array_equal(recorded.arrays['series/cost_norm'], candidate['float32'].arrays['series/cost_norm'])


def test_non_empty_folder_is_refused_and_kept(tmp_path):
    (tmp_path / 'mine').write_text('keep')
    assert_fault(compat_run('--out', tmp_path), 'not empty', '--force')
    assert os.listdir(tmp_path) == ['mine']


def test_force_writes_beside_what_is_there(tmp_path):
    (tmp_path / 'mine').write_text('keep')
    done = compat_run('--out', tmp_path, '--force', '--steps', 1, '--no-figures', '--quiet')
    assert (done.returncode, done.stdout) == (0, '')
    assert sorted(os.listdir(tmp_path)) == ['mine', 'recording.npz', 'summary.txt']


def test_out_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / 'file'
    path.write_text('keep')
    assert_fault(compat_run('--out', path), 'is a file')


def test_out_below_a_file_is_refused(tmp_path):
    (tmp_path / 'file').write_text('keep')
    assert_fault(compat_run('--out', tmp_path / 'file' / 'out'), '--out')


HUGE = '9' * 21


@pytest.mark.parametrize('command, option, number', [
    ('run', '--steps', '0'), ('run', '--steps', '251'), ('run', '--steps', 'many'), ('run', '--seed', HUGE),
    ('record', '--steps', HUGE), ('claims', '--seeds', HUGE), ('claims', '--jobs', HUGE), ('upgrade', '--jobs', HUGE),
    ('graph step', '--at', HUGE), ('graph step', '--at', '250')])
def test_number_out_of_range_is_refused(command, option, number, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['compat_run.py', *command.split(), option, number])
    assert compat_run_module.main() == 2
    out, errors = capsys.readouterr()
    assert out == '' and errors.startswith('error: ') and errors.count('\n') == 1 and option in errors


def numbers(command):
    """(command, option) of every option that is a number, below a command too."""
    for name, below in getattr(command, 'commands', {}).items():
        yield from [(f'{name} {path}'.strip(), option) for path, option in numbers(below)]
    yield from [('', option) for option in command.params if isinstance(option.type, (click.types.IntParamType,
                                                                                       click.types.FloatParamType))]


def test_every_number_has_bounds():
    found = list(numbers(compat_run_module.cli))
    assert {option.opts[0] for _, option in found} >= {'--seed', '--steps', '--seeds', '--jobs', '--at'}
    assert [(path, option.opts[0]) for path, option in found
            if None in (getattr(option.type, 'min', None), getattr(option.type, 'max', None))] == []


def test_unknown_command_is_refused():
    assert_fault(compat_run('chek'), 'chek')


def test_onednn_against_the_users_own_variable_is_refused(tmp_path):
    assert_fault(compat_run('--onednn', '--out', tmp_path, TF_ENABLE_ONEDNN_OPTS='0'), 'TF_ENABLE_ONEDNN_OPTS')


def test_show_without_a_display_is_refused(tmp_path):
    assert_fault(compat_run('--show', '--out', tmp_path / 'out', DISPLAY=None, WAYLAND_DISPLAY=None, MPLBACKEND=None),
                 '--show', 'display')


def test_missing_tensorflow_is_one_line(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise ModuleNotFoundError("none", name="tensorflow")')
    assert_fault(compat_run('--out', tmp_path / 'out', '--no-figures', PYTHONPATH=str(tmp_path)), 'not installed')
    assert sorted({*os.listdir(tmp_path)} - {'__pycache__'}) == ['tensorflow.py']


ABSENT = """
import sys
class Absent:
    def find_spec(self, name, *rest):
        if name.partition('.')[0] in {names!r}:
            raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
sys.meta_path.insert(0, Absent())
"""
NEEDED = {  # of each command
    'run': ['run', '--out', 'out', '--no-figures'], 'show': ['show', BASELINE],
    'check': ['check'], 'upgrade': ['upgrade', '1.15.5', '--out', 'out'], 'list': ['graph', 'list'],
    'definition': ['graph', 'list', 'a.pb'], 'claims': ['claims', '5', '--jobs', '1', '--out', 'out']}


def without(packages, command, folder):
    """The finished process of a command in a Python in which these packages are not to be found."""
    (folder / 'path').mkdir()
    (folder / 'path' / 'sitecustomize.py').write_text(ABSENT.format(names=packages))
    (folder / 'a.pb').write_bytes(b'')
    return compat_run(*NEEDED[command], cwd=folder, PYTHONPATH=str(folder / 'path'))


@pytest.mark.parametrize('command', ['run', 'check'])
def test_missing_requirements_are_one_line_that_says_what_to_run(command, tmp_path):
    missing = ['click', 'numpy', 'rich', 'matplotlib', 'tensorflow', 'google']
    assert_fault(without(missing, command, tmp_path), 'click', 'pip install -r', 'requirements.txt')


@pytest.mark.parametrize('command', ['show', 'check'])
def test_missing_numpy_is_one_line_that_says_what_to_run(command, tmp_path):
    assert_fault(without(['numpy'], command, tmp_path), 'numpy is not installed', 'pip install -r', 'requirements.txt')


@pytest.mark.parametrize('command', ['run', 'check', 'list', 'definition'])
@pytest.mark.parametrize('packages', [['tensorflow'], ['tensorflow', 'google']], ids=len)
def test_missing_tensorflow_is_what_is_said_first(command, packages, tmp_path):
    assert_fault(without(packages, command, tmp_path), 'TensorFlow is not installed', 'pip install')


@pytest.mark.parametrize('command', ['check', 'definition'])
def test_missing_protobuf_is_one_line_that_says_what_to_run(command, tmp_path):
    assert_fault(without(['google'], command, tmp_path), 'protobuf is not installed', 'pip install')


@pytest.mark.parametrize('package, command', [('rich', 'upgrade'), ('packaging', 'upgrade'), ('rich', 'claims')])
def test_package_that_one_command_needs_is_one_line(package, command, tmp_path):
    assert_fault(without([package], command, tmp_path), f'{package} is not installed', 'pip install -r')


# ---- faults of this program

@pytest.mark.parametrize('error', [ValueError('odd'), KeyError('odd'), ModuleNotFoundError('odd', name='legacy.odd')],
                         ids=lambda error: type(error).__name__)
def test_fault_of_this_program_is_a_traceback_and_no_regression(error, monkeypatch, capsys):
    def broken(*args):
        raise error
    monkeypatch.setattr(recording, 'load', broken)
    monkeypatch.setattr(sys, 'argv', ['compat_run.py', 'compare', str(BASELINE), str(BASELINE)])
    assert compat_run_module.main() == 2
    errors = capsys.readouterr().err
    assert 'Traceback' in errors and errors.splitlines()[-1].startswith('error: a fault of this program')


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='there is no /dev/full to write to')
def test_standard_output_on_a_full_disk_is_no_regression():
    with open('/dev/full', 'w') as full:
        done = subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), 'show', str(BASELINE), '--json'],
                              stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (2, 'error: [Errno 28] No space left on device\n')


def test_interrupt_leaves_nothing_behind(tmp_path):
    process = subprocess.Popen([sys.executable, str(ROOT / 'compat_run.py'), '--out', str(tmp_path / 'out')],
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while not os.listdir(tmp_path) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert 'Traceback' not in errors
    assert os.listdir(tmp_path) == []


def test_compare_with_itself_is_identical():
    done = compat_run('compare', BASELINE, BASELINE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, 'identical')


def test_compare_exits_1_where_op_seeds_differ(tmp_path, baseline):
    reference = baseline['float32']
    header = json.loads(json.dumps(reference.header))
    header['seeded_calls'][3]['op_seed'] += 1
    recording.save(recording.Recording(header, reference.arrays), tmp_path / 'other.npz')
    done = compat_run('compare', BASELINE, tmp_path / 'other.npz', '--json')
    assert (done.returncode, json.loads(done.stdout)['verdict']) == (1, 'different: op seeds')


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


def test_baseline_from_another_release_is_refused_and_leaves_nothing(tmp_path):
    before = BASELINE.read_bytes()
    done = compat_run('record', '--baseline', '--reason', 'a test', '--accept', TMPDIR=str(tmp_path))
    assert_fault(done, '1.15.5')
    assert BASELINE.read_bytes() == before and os.listdir(tmp_path) == []


WORKER = """#!{python}
import json, os, shutil, sys
request = json.loads(sys.argv[3])
if 'environment' in request:
    json.dump({{'tensorflow': '1.15.5'}}, open(request['out'], 'w'))
else:
    {then}
"""


@pytest.fixture
def renew(tmp_path, monkeypatch):
    """A function: what `baseline.renew` says with a worker that does `then` for TensorFlow 1.15.5, and what of the
    temporary folder is left."""
    def run(then, accept):
        python, data, temporary = tmp_path / 'python', tmp_path / 'data', tmp_path / 'temporary'
        python.write_text(WORKER.format(python=sys.executable, then=then))
        python.chmod(0o755)
        data.mkdir()
        temporary.mkdir()
        monkeypatch.setattr(baseline_command, 'FOLDER', data)
        monkeypatch.setattr(tempfile, 'tempdir', str(temporary))
        said = []
        try:
            baseline_command.renew(str(python), 'a test', accept, said.append)
        except LegacyError as error:
            said.append(str(error))
        return said, sorted(os.listdir(data)), os.listdir(temporary)
    return run


COPIES = f"for name in {[*[f'baseline-{name}.npz' for name in recording.ARITHMETICS], 'kernels.npz']!r}: " \
         f"shutil.copy({str(DATA)!r} + '/' + name, request['references'])"


def test_candidates_stay_where_the_user_is_told(renew):
    said, data, (left,) = renew(COPIES, False)
    assert data == [] and left in said[-1] and said[0] == 'float32: new'


def test_candidates_that_are_accepted_replace_the_baseline_and_leave_nothing_else(renew):
    said, data, left = renew(COPIES, True)
    assert left == [] and said[-1].startswith('replaced') and len(data) == 7


def test_candidates_that_fail_leave_nothing(renew):
    said, data, left = renew("sys.exit('error: it is broken')", False)
    assert (data, left) == ([], []) and 'it is broken' in said[0]


def test_baseline_without_a_reason_is_refused():
    assert_fault(compat_run('record', '--baseline'), '--reason')


def test_record_with_an_interpreter_that_is_none_is_refused(tmp_path):
    assert_fault(compat_run('record', '--out', tmp_path / 'a.npz', '--python', tmp_path / 'none'), 'none')


def test_record_in_another_process_gives_the_same_numbers(tmp_path, candidate):
    done = compat_run('record', '--out', tmp_path / 'a.npz', '--arithmetic', 'portable')
    assert done.returncode == 0, done.stderr
    recorded = recording.load(tmp_path / 'a.npz')
    assert np.array_equal(recorded.arrays['series/cost_norm'], candidate['portable'].arrays['series/cost_norm'])
