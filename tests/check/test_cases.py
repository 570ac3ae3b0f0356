"""`check --case`: what is written, and that nothing is written which does not show the difference."""
import os
import pathlib
import subprocess
import sys
import typing

import numpy as np
import pytest

from legacy.check import casefolder, caserun, jobs
from legacy.formats import casedraft, recordings
from legacy.formats.casedraft import Formula, NoCase
from legacy.machine import environments
from legacy.machine.interpreters import EnvironmentFault
from tests.command_line import assert_fault, compat_run, compat_run_here
from tests.conftest import ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'
FILES = ['README.md', 'case.npz', 'case.py']
# An interpreter whose TensorFlow says that it is 1.15.5, and whose Sigmoid is that of 1.15.5.
OLD = """#!{python}
import sys
import tensorflow as tf
own, tf.__version__ = tf.raw_ops.Sigmoid, '1.15.5'
tf.raw_ops.Sigmoid = lambda x: tf.where(x < -18.0, tf.zeros_like(x), own(x=x))
program, sys.argv = sys.argv[2], ['-c', *sys.argv[3:]]
exec(program, {{'__name__': '__main__'}})
"""


class Checked(typing.NamedTuple):
    """A check with what a case is made of. folder: its working folder."""
    candidate: object
    report: object
    folder: pathlib.Path

    def write(self, out, scratch, python_of, force=False):
        scratch.mkdir()
        casefolder.write(out, force, self.candidate, self.report, sys.executable, python_of, scratch)


def copied(name, folder):
    (folder / f'{name}.py').write_text((SCRIPTS / f'{name}.py').read_text())
    (folder / f'{name}.npz').write_bytes((SCRIPTS / 'recordings' / f'{name}.npz').read_bytes())
    return folder


@pytest.fixture(scope='module')
def sigmoids(tmp_path_factory):
    """The check of a script whose Sigmoid 1.15.5 computed otherwise."""
    folder = copied('sigmoids', tmp_path_factory.mktemp('sigmoids'))
    job = jobs.Job(sys.executable, {'script': 'sigmoids.py', 'arguments': [], 'as_module': False},
                   folder=str(folder))
    (folder / 'made').mkdir()
    _, candidate, report = jobs.check(job, folder / 'sigmoids.npz', folder / 'made', case=True)
    return Checked(candidate, report, folder)


@pytest.fixture
def old(tmp_path):
    path = tmp_path / 'python'
    path.write_text(OLD.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)


def gives(monkeypatch, there, here):
    """In place of TensorFlows: what a script gives under each of two interpreters."""
    values = {'old': there, sys.executable: here}
    monkeypatch.setattr(caserun, 'given', lambda python, *_: caserun.Given(values[python], ['1', '2', '3']))


# ---- a kernel

def test_the_case_of_a_kernel_ends_with_0_under_the_recorded_release_and_with_1_here(sigmoids, old, tmp_path):
    sigmoids.write(tmp_path / 'out', tmp_path / 'scratch', lambda release: old)
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == FILES
    text = (tmp_path / 'out' / 'README.md').read_text()
    assert '| TensorFlow 1.15.5 | 0.0 |' in text and 'TensorFlow 2.21.0 is nearer' in text
    assert '`python case.py` under 1.15.5, exit code 0' in text and '`python case.py` under 2.21.0, exit code 1' in text
    script = (tmp_path / 'out' / 'case.py').read_text()
    assert 'tf.raw_ops.Sigmoid(x=matmul)' in script and 'legacy' not in script
    with np.load(tmp_path / 'out' / 'case.npz') as arrays:
        assert set(arrays) == {'matmul', '1.15.5', '2.21.0', 'exact'}


def test_nothing_is_written_where_the_op_alone_gives_the_same(sigmoids, tmp_path, monkeypatch):
    same = np.full((8, 1), 0.5, 'f4')
    gives(monkeypatch, same, same)
    with pytest.raises(NoCase, match='give the same under both'):
        sigmoids.write(tmp_path / 'out', tmp_path / 'scratch', lambda release: 'old')
    assert not (tmp_path / 'out').exists()


def test_nothing_is_written_where_the_recorded_release_does_not_give_what_was_recorded(sigmoids, tmp_path, monkeypatch):
    gives(monkeypatch, np.full((8, 1), 0.5, 'f4'), np.full((8, 1), 0.7, 'f4'))
    with pytest.raises(NoCase, match='do not give under 1.15.5 what was recorded'):
        sigmoids.write(tmp_path / 'out', tmp_path / 'scratch', lambda release: 'old')


def test_nothing_is_written_where_the_script_does_not_end_as_it_says(sigmoids, tmp_path, monkeypatch):
    _, arrays = casedraft.of_recording(sigmoids.candidate, 'kernel')
    gives(monkeypatch, np.asarray(arrays[casedraft.RECORDED]), np.full((8, 1), 0.7, 'f4'))
    monkeypatch.setattr(caserun, 'said', lambda python, folder: ('', 0))
    with pytest.raises(NoCase, match='exit code 0 under 1.15.5 and with 0 under 2.21.0'):
        sigmoids.write(tmp_path / 'out', tmp_path / 'scratch', lambda release: 'old')


def test_nothing_is_written_without_an_environment_and_the_reason_says_how_to_get_one(sigmoids, tmp_path):
    def none(release):
        raise EnvironmentFault('no CPython 3.7', 'pyenv install 3.7')
    with pytest.raises(NoCase, match='cannot be run under TensorFlow 1.15.5: no CPython 3.7; pyenv install 3.7'):
        sigmoids.write(tmp_path / 'out', tmp_path / 'scratch', none)
    assert not (tmp_path / 'out').exists()


def test_a_script_that_raises_is_the_reason(tmp_path):
    (tmp_path / 'case.py').write_text('raise ValueError("no such op")\n')
    with pytest.raises(NoCase, match='ValueError: no such op'):
        caserun.said(sys.executable, tmp_path)


# ---- what is no case

def test_of_one_release_there_is_no_case(sigmoids, tmp_path):
    same = sigmoids._replace(report=sigmoids.report._replace(reference=sigmoids.report.environment))
    with pytest.raises(NoCase, match='both are TensorFlow'):
        same.write(tmp_path / 'out', tmp_path / 'scratch', None)


def test_where_nothing_departs_there_is_no_case(sigmoids, tmp_path):
    empty = recordings.Recording(sigmoids.candidate.header, {})
    with pytest.raises(NoCase, match='nothing departs by more than rounding'):
        sigmoids._replace(candidate=empty).write(tmp_path / 'out', tmp_path / 'scratch', None)


def test_why_the_worker_has_no_draft_is_the_reason(sigmoids, tmp_path):
    arrays = casedraft.to_arrays(casedraft.draft('kernel', why='its arrays are too large'), {})
    without = recordings.Recording(sigmoids.candidate.header, arrays)
    with pytest.raises(NoCase, match='its arrays are too large'):
        sigmoids._replace(candidate=without).write(tmp_path / 'out', tmp_path / 'scratch', None)


def test_a_folder_that_has_something_in_it_is_refused_before_the_work(tmp_path):
    copied('sigmoids', tmp_path)
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine').write_text('')
    done = compat_run_here('check', '--case', tmp_path / 'out', '--baseline', tmp_path / 'sigmoids.npz',
                           tmp_path / 'sigmoids.py')
    assert_fault(done, 'is not empty', '--case')


def test_environments_go_with_a_case(tmp_path):
    copied('sigmoids', tmp_path)
    assert_fault(compat_run_here('check', '--environments', tmp_path, '--baseline', tmp_path / 'sigmoids.npz',
                                 tmp_path / 'sigmoids.py'), '--environments goes with --case')


# ---- what a worker hands over

def test_a_draft_comes_back_from_a_recording(sigmoids):
    formula = Formula('there', ['x'], ['y = tf.raw_ops.Relu(features=x)'], 'y')
    made = casedraft.draft('formula', types=['Relu'], inputs=['x'], formulas=[formula])
    held = casedraft.to_arrays(made, {'x': np.ones(2, 'f4')})
    back, arrays = casedraft.of_recording(recordings.Recording({}, held), 'formula')
    assert back == made and list(arrays) == ['x']


# ---- each kind, in clean environments of two releases

def environment_of(release):
    """The interpreter of a release's environment that is there; skips where there is none."""
    folder = environments.kept_in(os.environ.get('CASE_ENVIRONMENTS'))
    found = sorted(folder.glob(f'{release}-*/bin/python'))
    if not found:
        pytest.skip(f'no environment of TensorFlow {release} in {folder} (CASE_ENVIRONMENTS names another folder; '
                    f'`upgrade {release}` builds one)')
    return found[0]


@pytest.mark.parametrize('name, codes', [('sigmoids', (0, 1)), ('products', (1, 1)), ('shuffled', (0, 1))])
def test_a_case_shows_the_difference_in_clean_environments_of_two_releases(name, codes, tmp_path):
    old, new = environment_of('1.15.5'), environment_of('2.21.0')
    copied(name, tmp_path)
    done = compat_run('check', '--case', 'out', '--baseline', f'{name}.npz', f'{name}.py',
                      '--environments', old.parent.parent.parent, cwd=tmp_path)
    assert 'a case to send is in out' in done.stderr
    clean = {'PATH': os.environ['PATH'], 'CUDA_VISIBLE_DEVICES': '-1'}
    assert tuple(subprocess.run([str(python), 'case.py'], cwd=tmp_path / 'out', env=clean, timeout=300).returncode
                 for python in (old, new)) == codes
