"""The table of releases, its locks, and the seam to interpreters and uv."""
import hashlib
import os
import re
import sys
import venv
import zipfile

import pytest

from legacy.machine import environments, processes
from legacy.machine.environments import EnvironmentFault
from legacy.upgrade import locks, releasetable
from legacy.upgrade.releasetable import TableError

KNOWN = releasetable.releases()
PYTHON = '%d.%d' % sys.version_info[:2]


def named(name):
    return next(release for release in KNOWN if release.name == name)


# ---- the table

def test_table_has_33_rows_in_order_of_age():
    assert len(KNOWN) == 33
    assert [release.order for release in KNOWN] == sorted(release.order for release in KNOWN)


@pytest.mark.parametrize('release', KNOWN, ids=lambda release: release.name)
def test_every_package_of_every_lock_has_a_version_and_hashes(release):
    packages = re.split(r'\n(?=\S)', re.sub(r'^#.*\n', '', release.lock).strip())
    assert f'tensorflow=={release.name} \\' in release.lock.splitlines()
    for package in packages:
        assert re.fullmatch(r'[\w.-]+==\S+( ;.*)?( \\\n    --hash=sha256:[0-9a-f]{64})+', package), package


def test_no_lock_is_without_a_row():
    assert {path.stem for path in releasetable.LOCKS.iterdir()} == {release.name for release in KNOWN} | {'build'}


def test_default_rows_are_one_a_minor_from_1_15_5_to_the_pinned_release():
    names = [release.name for release in releasetable.by_default(KNOWN)]
    assert (names[0], names[-1]) == ('1.15.5', releasetable.pinned())
    assert len({tuple(name.split('.')[:2]) for name in names}) == len(names)


def test_since_a_release_that_is_no_row_begins_at_the_next():
    assert releasetable.since(KNOWN, '2.19')[0].name == '2.19.1'


def test_release_that_the_table_has_not_is_made_after_its_nearest_older_row():
    row = releasetable.find(KNOWN, '2.22.0')
    nearest = named('2.21.0')
    assert (row.requirement, row.python, row.pins, row.lock) == ('tensorflow==2.22.0', nearest.python, nearest.pins, '')
    assert releasetable.find(KNOWN, '1.7.0').pins == named('1.6.0').pins


def test_python_and_pins_replace_a_rows_own_and_its_lock():
    row = releasetable.find(KNOWN, '2.18.1', '3.11', ('numpy<2',))
    assert (row.python, row.pins, row.lock) == ('3.11', ('numpy<2',), '')


def test_package_is_asked_for_by_its_name():
    assert releasetable.find(KNOWN, 'tf-nightly').requirement == 'tf-nightly'
    assert releasetable.find(KNOWN, 'tensorflow-cpu==2.20.0').requirement == 'tensorflow-cpu==2.20.0'


def test_wheel_file_says_its_version_and_python(tmp_path):
    wheel = tmp_path / 'tensorflow-2.99.0-cp312-cp312-linux_x86_64.whl'
    wheel.write_bytes(b'')
    row = releasetable.find(KNOWN, str(wheel))
    assert (row.requirement, row.version, row.python) == (f'tensorflow @ {wheel.as_uri()}', '2.99.0', '3.12')


@pytest.mark.parametrize('asked, words', [('2.x', 'no release number'), ('nowhere.whl', 'no such wheel'),
                                          ('', 'no release number'), ('a==b', 'no release number')])
def test_what_is_no_release_is_refused(asked, words):
    with pytest.raises(TableError, match=words):
        releasetable.find(KNOWN, asked)


def test_since_what_is_no_release_is_refused():
    with pytest.raises(TableError, match='no release number'):
        releasetable.since(KNOWN, 'yesterday')


@pytest.fixture
def copied_table(tmp_path, monkeypatch):
    monkeypatch.setattr(releasetable, 'TABLE', tmp_path / 'environments.tsv')
    monkeypatch.setattr(releasetable, 'LOCKS', tmp_path)
    text = f'# a remark\n{releasetable.HEADING}\n1.15.5\t3.7\tlinux-x86_64\tnumpy<1.19\n'
    (tmp_path / 'environments.tsv').write_text(text)
    (tmp_path / '1.15.5.txt').write_text('tensorflow==1.15.5\n')
    return tmp_path


def test_row_is_added_in_its_place_and_read_back(copied_table):
    old, = releasetable.releases()
    new = old._replace(name='1.14.0', requirement='tensorflow==1.14.0', version='1.14.0', pins=(), lock='a lock\n')
    releasetable.write(new)
    assert releasetable.releases() == [new, old]
    assert (copied_table / 'environments.tsv').read_text().startswith('# a remark\n')


@pytest.mark.parametrize('text, words', [
    ('1.15.5\t3.7\n', 'does not begin'), (releasetable.HEADING + '\n1.15.5\n', 'four')])
def test_damaged_table_is_refused(text, words, copied_table):
    (copied_table / 'environments.tsv').write_text(text)
    with pytest.raises(TableError, match=words):
        releasetable.releases()


def test_release_that_cannot_be_resolved_is_one_line(monkeypatch):
    def no_solution(*_, **__):
        raise processes.ProcessFault('uv failed', 'error: No solution found\n  cause: there is no tensorflow==2.22.0\n')
    monkeypatch.setattr(locks.processes, 'run', no_solution)
    with pytest.raises(EnvironmentFault, match='2.22.0: No solution found; there is no tensorflow==2.22.0'):
        locks.locked(releasetable.find(KNOWN, '2.22.0'))


def test_lock_of_a_package_says_its_version(monkeypatch):
    monkeypatch.setattr(locks.processes, 'run', lambda *_, **__: 'tb-nightly==1.0\ntf-nightly==2.22.0.dev20261101 \\\n')
    assert locks.locked(releasetable.find(KNOWN, 'tf-nightly')).version == '2.22.0.dev20261101'


def test_platform_that_uv_has_no_name_for_is_refused():
    with pytest.raises(EnvironmentFault, match='no lock can be made for plan9-mips'):
        locks.locked(releasetable.find(KNOWN, '2.22.0')._replace(platforms=('plan9-mips',)))


# ---- interpreters

def interpreter(path, says):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho {says}\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize('place', ['python3.5', 'bin/python3.5', '3.5.10/bin/python3.5'])
def test_interpreter_is_found_below_a_folder_named(place, tmp_path):
    path = interpreter(tmp_path / place, 'cpython 3.5')
    assert environments.find_python('3.5', [tmp_path]) == str(path)


def test_interpreter_is_found_in_pyenvs_versions(tmp_path, monkeypatch):
    path = interpreter(tmp_path / 'versions' / '3.5.10' / 'bin' / 'python', 'cpython 3.5')
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    assert environments.find_python('3.5') == str(path)


@pytest.mark.parametrize('says', ['cpython 3.6', 'pypy 3.5', 'hello', ''])
def test_interpreter_that_is_another_than_its_name_says_is_not_taken(says, tmp_path, monkeypatch):
    interpreter(tmp_path / 'python3.5', says)
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    with pytest.raises(EnvironmentFault, match='no CPython 3.5 in .*; pyenv install 3.5'):
        environments.find_python('3.5', [tmp_path])


def test_newer_python_is_uvs_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(EnvironmentFault, match='uv python install 3.99'):
        environments.find_python('3.99')


# ---- building, with the real uv and a package of our own

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
    assert processes.run([python, '-c', 'import tiny; print(tiny.answer)'], 60) == '42\n'
    assert len(os.listdir(tmp_path / 'environments')) == 1


def test_package_with_another_hash_is_refused_and_nothing_is_left(tmp_path, tiny):
    with pytest.raises(EnvironmentFault, match='cannot be built: .*[Hh]ash'):
        build(tmp_path, tiny, '0' * 64)
    assert os.listdir(tmp_path / 'environments') == []


def test_environment_that_is_there_is_used_again(tmp_path, tiny, monkeypatch):
    first = build(tmp_path, tiny, tiny[1])
    monkeypatch.setattr(processes, 'run', None)
    assert build(tmp_path, tiny, tiny[1]) == first


def test_environment_that_somebody_else_has_just_built_is_kept(tmp_path, tiny, monkeypatch):
    real = processes.run

    def meanwhile(command, *rest):
        if 'sync' in command:
            digest = hashlib.sha256(f'{tiny[0]} --hash=sha256:{tiny[1]}\n'.encode()).hexdigest()[:12]
            (tmp_path / 'environments' / f'tiny-{digest}' / 'bin').mkdir(parents=True)
        return real(command, *rest)
    monkeypatch.setattr(processes, 'run', meanwhile)
    path = build(tmp_path, tiny, tiny[1])
    assert os.listdir(tmp_path / 'environments') == [path.split(os.sep)[-3]]


def test_missing_uv_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'uv', None)
    with pytest.raises(EnvironmentFault, match='pip install -r requirements.txt'):
        environments.uv()


def test_python_without_tensorflow_is_told_how_to_install_it(tmp_path):
    venv.create(tmp_path / 'bare', with_pip=False)
    with pytest.raises(EnvironmentFault, match='bare/bin/python -m pip install tensorflow'):
        environments.run_worker(str(tmp_path / 'bare' / 'bin' / 'python'), {'out': str(tmp_path / 'recording.npz')})
