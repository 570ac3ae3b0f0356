"""A package that is not installed is one line that says what to run."""
import os

import pytest

from legacy.formats import articlerun
from tests.command_line import assert_fault, compat_run

BASELINE = articlerun.RECORDING


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
    'run': ['run', '--out', 'out', '--no-figures'], 'pictures': ['run', '--out', 'out'], 'show': ['show', BASELINE],
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


def test_missing_matplotlib_is_one_line_before_the_training(tmp_path):
    done = without(['matplotlib', 'tensorflow'], 'pictures', tmp_path)  # which is not asked for
    assert_fault(done, 'matplotlib is not installed', 'pip install -r', '--no-figures')
    assert not (tmp_path / 'out').exists()
