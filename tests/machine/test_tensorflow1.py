"""TensorFlow 1.15.5's Python files: fetched once, whole or not at all, from where they may come."""
import os
import pathlib
import subprocess
import sys
import threading

import pytest

from legacy.machine import interpreters, processes, tensorflow1
from legacy.machine.interpreters import EnvironmentFault
from tests.conftest import ROOT, needs_tensorflow_1

FILES = {'tensorflow_core/contrib/__init__.py': 'x = 1\n', 'tensorflow_core/python/ops/a.py': 'y = 2\n',
         'tensorflow_estimator/__init__.py': '', 'keras_applications/__init__.py': '',
         'keras_preprocessing/__init__.py': '', 'numpy/__init__.py': 'not of it'}


def packages(folder, **changed):
    """A folder that packages were installed into. changed: other content, by the file's first folder."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(name.split('/')[0], content))
    (folder / 'tensorflow_core' / 'library.so').write_bytes(b'compiled')
    return folder


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder in which the files are to be kept; no environment of 1.15.5 is there."""
    path = tmp_path / 'cache' / 'tensorflow'
    monkeypatch.setenv(tensorflow1.FOLDER, str(path))
    return path


@pytest.fixture
def digest(tmp_path):
    return tensorflow1._copied(packages(tmp_path / 'right'), tmp_path / 'listed')


@pytest.fixture
def index(monkeypatch):
    """Stands in for uv and the index; index.asked: commands. index.changed: see `packages`."""
    class Index:
        asked, changed, fault = [], {}, None

    def run_uv(arguments, limit, log=None, given=None):
        Index.asked.append([str(argument) for argument in arguments])
        if Index.fault:
            raise processes.ProcessFault('uv failed', Index.fault, 1)
        packages(pathlib.Path(arguments[arguments.index('--target') + 1]), **Index.changed)
        return ''
    Index.asked, Index.changed = [], {}
    monkeypatch.setattr(interpreters, 'run_uv', run_uv)
    return Index


def fetch(digest, tmp_path, **more):
    said = []
    return tensorflow1.fetch(said.append, tmp_path / 'environments', digest, **more), said


def test_python_files_alone_are_kept(kept, digest, index, tmp_path):
    path, _ = fetch(digest, tmp_path)
    assert sorted(file.relative_to(path).as_posix() for file in path.rglob('*') if file.is_file()) == sorted(
        [name for name in FILES if not name.startswith('numpy')] + ['files.tsv'])


def test_one_line_says_what_is_fetched(kept, digest, index, tmp_path):
    _, (said,) = fetch(digest, tmp_path)
    assert '110 MB from the package index' in said


def test_the_index_is_asked_for_hashes(kept, digest, index, tmp_path):
    fetch(digest, tmp_path)
    assert '--require-hashes' in index.asked[0] and '--no-deps' in index.asked[0]


def test_the_hashes_are_those_of_the_committed_lock():
    text = tensorflow1.requirements()
    assert [line.split(' ')[0] for line in text.splitlines() if '==' in line] == [
        'tensorflow==1.15.5', 'tensorflow-estimator==1.15.1', 'keras-applications==1.0.8', 'keras-preprocessing==1.1.2']
    assert text.count('--hash=sha256:') >= 4


def test_what_is_there_is_not_fetched_again(kept, digest, index, tmp_path):
    fetch(digest, tmp_path)
    assert fetch(digest, tmp_path)[1] == [] and len(index.asked) == 1


def test_an_environment_of_1_15_5_has_them_already(kept, digest, index, tmp_path):
    packages(tmp_path / 'environments' / '1.15.5-abc' / 'lib' / 'python3.7' / 'site-packages')
    path, (said,) = fetch(digest, tmp_path)
    assert tensorflow1.is_there(path, digest) and not index.asked and 'copied from' in said


def test_an_environment_with_other_files_is_passed_over(kept, digest, index, tmp_path):
    packages(tmp_path / 'environments' / '1.15.5-abc' / 'lib' / 'python3.7' / 'site-packages', tensorflow_core='z')
    path, _ = fetch(digest, tmp_path)
    assert tensorflow1.is_there(path, digest) and len(index.asked) == 1


def test_files_that_are_not_those_expected_are_refused_and_not_kept(kept, digest, index, tmp_path):
    index.changed = {'tensorflow_core': 'z'}
    with pytest.raises(EnvironmentFault, match='not those that were expected'):
        fetch(digest, tmp_path)
    assert not kept.exists()


def test_without_a_network_one_line_says_what_to_do(kept, digest, index, tmp_path):
    index.fault = 'error: Failed to fetch: `https://example.org/simple/`'
    with pytest.raises(EnvironmentFault, match='cannot be fetched .*with a network: python compat_run') as error:
        fetch(digest, tmp_path)
    assert '\n' not in str(error.value) and not kept.exists()


@pytest.mark.parametrize('damage', [lambda path: path.write_text('x'), lambda path: path.unlink()])
def test_a_file_that_is_cut_or_gone_is_seen_and_mended(damage, kept, digest, index, tmp_path):
    path, _ = fetch(digest, tmp_path)
    damage(path / 'tensorflow_core' / 'python' / 'ops' / 'a.py')
    assert not tensorflow1.is_there(path, digest)
    fetch(digest, tmp_path)
    assert tensorflow1.is_there(path, digest)


def test_another_content_of_the_same_length_is_seen_where_files_are_read(kept, digest, index, tmp_path):
    path, _ = fetch(digest, tmp_path)
    (path / 'tensorflow_core' / 'contrib' / '__init__.py').write_text('x = 2\n')
    assert tensorflow1.is_there(path, digest) and not tensorflow1.is_there(path, digest, read=True)


def test_a_folder_of_somebody_elses_is_left_as_it_is(kept, digest, index, tmp_path):
    kept.mkdir(parents=True)
    (kept / 'mine').write_text('mine')
    with pytest.raises(EnvironmentFault, match='is left as it is'):
        fetch(digest, tmp_path)
    assert [path.name for path in kept.iterdir()] == ['mine']


@pytest.mark.skipif(hasattr(os, 'getuid') and os.getuid() == 0, reason='root may write anywhere')
def test_a_cache_that_cannot_be_written_is_one_line(kept, digest, index, tmp_path):
    kept.parent.mkdir()
    kept.parent.chmod(0o500)
    with pytest.raises(EnvironmentFault, match='cannot be kept'):
        fetch(digest, tmp_path)


def test_a_cache_where_a_file_stands_is_one_line(kept, digest, index, tmp_path):
    kept.parent.write_text('a file')
    with pytest.raises(EnvironmentFault, match='cannot be kept in .*set LEGACY_TENSORFLOW_1') as error:
        fetch(digest, tmp_path)
    assert '\n' not in str(error.value)


def test_two_at_once_both_have_them(kept, digest, index, tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(fetch(digest, tmp_path)[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [kept, kept] and tensorflow1.is_there(kept, digest, read=True)
    assert sorted(path.name for path in kept.parent.iterdir()) == [kept.name]


@needs_tensorflow_1
def test_the_real_files_are_those_expected():
    assert tensorflow1.is_there(tensorflow1.folder(), read=True)


@needs_tensorflow_1
def test_the_command_prints_the_folder():
    done = subprocess.run([sys.executable, 'compat_run.py', 'fetch'], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f'{tensorflow1.folder()}\n'), done.stderr
