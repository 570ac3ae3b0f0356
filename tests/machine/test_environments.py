"""Environments built with the real uv, and a worker run in one."""
import errno
import hashlib
import os
import pathlib
import shutil
import sys
import venv
import zipfile

import pytest

from legacy.machine import environments, processes
from legacy.machine.interpreters import EnvironmentFault


@pytest.fixture
def tiny(tmp_path):
    """(requirement without a hash, hash) of a wheel."""
    wheel = tmp_path / 'tiny-1.0-py3-none-any.whl'
    with zipfile.ZipFile(wheel, 'w') as archive:
        archive.writestr('tiny.py', 'answer = 42\n')
        archive.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n')
        archive.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        archive.writestr('tiny-1.0.dist-info/RECORD', 'tiny.py,,\ntiny-1.0.dist-info/METADATA,,\n'
                         'tiny-1.0.dist-info/WHEEL,,\ntiny-1.0.dist-info/RECORD,,\n')
    return f'tiny @ {wheel.as_uri()}', hashlib.sha256(wheel.read_bytes()).hexdigest()


def build(tmp_path, tiny, digest):
    return environments.build(tmp_path / 'environments', 'tiny', sys.executable,
                              f'{tiny[0]} --hash=sha256:{digest}\n', '', tmp_path / 'log')


def test_environment_has_what_its_lock_says(tmp_path, tiny):
    python = build(tmp_path, tiny, tiny[1])
    assert answer_of(python) == '42\n'
    assert len(os.listdir(tmp_path / 'environments')) == 1


def test_package_with_another_hash_is_refused_and_nothing_is_left(tmp_path, tiny):
    with pytest.raises(EnvironmentFault, match='cannot be built: .*[Hh]ash'):
        build(tmp_path, tiny, '0' * 64)
    assert os.listdir(tmp_path / 'environments') == []


def test_without_a_network_the_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv('UV_HTTP_RETRIES', '0')
    nowhere = ('tiny @ http://127.0.0.1:9/tiny-1.0-py3-none-any.whl', 'tiny')
    with pytest.raises(EnvironmentFault, match='cannot be built: .*with a network it is built once'):
        build(tmp_path, nowhere, '0' * 64)
    assert os.listdir(tmp_path / 'environments') == []


def test_environment_that_is_there_is_used_again(tmp_path, tiny, monkeypatch):
    first = build(tmp_path, tiny, tiny[1])
    monkeypatch.setattr(processes, 'run', None)
    assert build(tmp_path, tiny, tiny[1]) == first


def answer_of(python):
    return processes.run([python, '-c', 'import tiny; print(tiny.answer)'], 60)


@pytest.mark.parametrize('lost', ['site-packages/tiny.py', 'site-packages/tiny-1.0.dist-info',
                                  'site-packages/tiny-1.0.dist-info/RECORD', 'bin/python'])
def test_environment_that_has_lost_something_is_built_again(lost, tmp_path, tiny):
    python = build(tmp_path, tiny, tiny[1])
    path, = (tmp_path / 'environments').glob(f'*/{lost}' if lost == 'bin/python' else f'*/lib/python*/{lost}')
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert build(tmp_path, tiny, tiny[1]) == python
    assert answer_of(python) == '42\n'
    assert len(os.listdir(tmp_path / 'environments')) == 1


def test_environment_that_somebody_else_has_just_built_is_kept(tmp_path, tiny, monkeypatch):
    real = processes.run
    path = pathlib.Path(build(tmp_path, tiny, tiny[1])).parent.parent
    other = path.rename(tmp_path / 'of somebody else')
    (other / 'mark').touch()

    def meanwhile(command, *rest, **named):
        said = real(command, *rest, **named)
        if 'sync' in command:
            other.rename(path)
        return said
    monkeypatch.setattr(processes, 'run', meanwhile)
    build(tmp_path, tiny, tiny[1])
    assert (path / 'mark').exists()
    assert os.listdir(tmp_path / 'environments') == [path.name]


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EACCES])
def test_environment_that_cannot_be_put_into_place_is_a_fault(number, tmp_path, tiny, monkeypatch):
    def refuse(path, target):
        raise OSError(number, os.strerror(number), str(path))
    monkeypatch.setattr(pathlib.Path, 'rename', refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        build(tmp_path, tiny, tiny[1])
    assert os.listdir(tmp_path / 'environments') == []


def test_environments_are_kept_in_the_users_cache_unless_a_folder_is_given(tmp_path, monkeypatch):
    monkeypatch.setattr(environments.platformdirs, 'user_cache_path', lambda name, appauthor: tmp_path / name)
    assert environments.kept_in() == tmp_path / 'compat_run' / 'environments'
    assert environments.kept_in(tmp_path / 'given') == tmp_path / 'given'


def test_a_hash_is_checked_whatever_the_users_variables_say(tmp_path, tiny, monkeypatch):
    monkeypatch.setenv('UV_NO_VERIFY_HASHES', '1')
    monkeypatch.setenv('UV_REQUIRE_HASHES', '0')
    with pytest.raises(EnvironmentFault, match='cannot be built: .*[Hh]ash'):
        build(tmp_path, tiny, '0' * 64)


def test_python_without_tensorflow_is_told_how_to_install_it(tmp_path):
    venv.create(tmp_path / 'bare', with_pip=False)
    with pytest.raises(EnvironmentFault, match='bare/bin/python -m pip install tensorflow'):
        environments.run_worker(str(tmp_path / 'bare' / 'bin' / 'python'), {'out': str(tmp_path / 'recording.npz')})
