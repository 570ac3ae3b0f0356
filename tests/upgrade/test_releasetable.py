"""The table of releases and its locks."""
import re

import pytest

from legacy.machine import crew, processes
from legacy.machine.interpreters import EnvironmentFault
from legacy.upgrade import locks, releasetable
from legacy.upgrade.releasetable import TableError

KNOWN = releasetable.releases()


def named(name):
    return next(release for release in KNOWN if release.name == name)


def test_table_has_33_rows_in_order_of_age():
    assert len(KNOWN) == 33
    assert [release.order for release in KNOWN] == sorted(release.order for release in KNOWN)


@pytest.mark.parametrize('release', KNOWN, ids=lambda release: release.name)
def test_every_platform_has_a_lock_and_every_package_a_version_and_hashes(release):
    assert set(release.locks) == set(release.platforms)
    for text in release.locks.values():
        assert f'tensorflow=={release.name} \\' in text.splitlines()
        for package in re.split(r'\n(?=\S)', re.sub(r'^#.*\n', '', text).strip()):
            assert re.fullmatch(r'[\w.-]+==\S+( ;.*)?( \\\n    --hash=sha256:[0-9a-f]{64})+', package), package


@pytest.mark.parametrize('release', KNOWN, ids=lambda release: release.name)
def test_lock_says_for_which_python_and_platform_it_is(release):
    for platform, text in release.locks.items():
        assert text.startswith(f'# {release.requirement} on CPython {release.python}, {platform}; ')


def test_no_lock_is_without_a_row():
    found = {path.relative_to(releasetable.LOCKS).as_posix() for path in releasetable.LOCKS.rglob('*.txt')}
    assert found == {'build.txt'} | {f'{platform}/{row.name}.txt' for row in KNOWN for platform in row.platforms}


def test_default_rows_are_one_a_minor_from_1_15_5_to_the_pinned_release():
    names = [release.name for release in releasetable.by_default(KNOWN)]
    assert (names[0], names[-1]) == ('1.15.5', releasetable.pinned())
    assert len({tuple(name.split('.')[:2]) for name in names}) == len(names)


def test_since_a_release_that_is_no_row_begins_at_the_next():
    assert releasetable.since(KNOWN, '2.19')[0].name == '2.19.1'


def test_release_that_the_table_has_not_is_made_after_its_nearest_older_row():
    row = releasetable.find(KNOWN, '2.22.0')
    nearest = named('2.21.0')
    assert (row.requirement, row.locks) == ('tensorflow==2.22.0', {})
    assert (row.python, row.pins) == (nearest.python, nearest.pins)
    assert releasetable.find(KNOWN, '1.7.0').pins == named('1.6.0').pins


def test_python_and_pins_replace_a_rows_own_and_its_lock():
    row = releasetable.find(KNOWN, '2.18.1', '3.11', ('numpy<2',))
    assert (row.python, row.pins, row.locks) == ('3.11', ('numpy<2',), {})


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
    (tmp_path / 'linux-x86_64').mkdir()
    (tmp_path / 'linux-x86_64' / '1.15.5.txt').write_text('tensorflow==1.15.5\n')
    return tmp_path


def test_row_is_added_in_its_place_and_read_back(copied_table):
    old, = releasetable.releases()
    new = old._replace(name='1.14.0', requirement='tensorflow==1.14.0', version='1.14.0', pins=(),
                       locks={'linux-x86_64': 'a lock\n'})
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
        locks.locked(releasetable.find(KNOWN, '2.22.0').on('linux-x86_64'))


def test_lock_of_a_package_says_its_version(monkeypatch):
    monkeypatch.setattr(locks.processes, 'run', lambda *_, **__: 'tb-nightly==1.0\ntf-nightly==2.22.0.dev20261101 \\\n')
    assert locks.locked(releasetable.find(KNOWN, 'tf-nightly').on('linux-x86_64')).version == '2.22.0.dev20261101'


def test_platform_that_uv_has_no_name_for_is_refused():
    with pytest.raises(EnvironmentFault, match='no lock can be made for plan9-mips'):
        locks.locked(releasetable.find(KNOWN, '2.22.0').on('plan9-mips'))


# ---- platforms

UV_SAYS = """error: No solution found when resolving dependencies
  cause: Because {} has no wheels with a matching {} and you require tensorflow==2.9.3, we can conclude that your
requirements are unsatisfiable."""


def resolves(monkeypatch, answers):
    """Let uv answer with {its name of a platform: lock, or what it says is wrong}; returns the commands it gets."""
    asked = []

    def run(command, *_, **__):
        asked.append([str(part) for part in command])
        answer = answers[command[command.index('--python-platform') + 1]]
        if answer.startswith('error'):
            raise processes.ProcessFault('uv failed', answer)
        return answer
    monkeypatch.setattr(processes, 'run', run)
    return asked


@pytest.mark.parametrize('package, what', [
    ('tensorflow==2.9.3', 'platform tag (e.g., `manylinux_2_28_aarch64`)'),
    ("tensorflow-cpu-aws{(platform_machine == 'aarch64') and sys_platform == 'linux'}==2.9.3", 'Python ABI tag')])
def test_release_without_a_wheel_for_a_platform_says_so(package, what, monkeypatch):
    resolves(monkeypatch, {'aarch64-manylinux_2_28': UV_SAYS.format(package, what)})
    with pytest.raises(locks.NoWheel, match=r'TensorFlow 2.9.3 has no wheel for linux-aarch64 \(CPython 3.10\)'):
        locks.locked(named('2.9.3').on('linux-aarch64'))


def test_missing_wheel_of_another_package_is_another_fault(monkeypatch):
    resolves(monkeypatch, {'aarch64-manylinux_2_28': UV_SAYS.format('h5py==3.1.0', 'platform tag')})
    with pytest.raises(EnvironmentFault, match='h5py') as raised:
        locks.locked(named('2.9.3').on('linux-aarch64'))
    assert not isinstance(raised.value, locks.NoWheel)


def test_release_is_locked_for_every_platform_with_a_wheel(monkeypatch, copied_table):
    lock = 'tensorflow==2.9.3 \\\n    --hash=sha256:00\n'
    asked = resolves(monkeypatch, {'x86_64-manylinux_2_28': lock, 'aarch64-apple-darwin': lock,
                                   'aarch64-manylinux_2_28': UV_SAYS.format('tensorflow==2.9.3', 'platform tag')})
    row = locks.locked_everywhere(named('2.9.3'))
    assert [':all:' in command for command in asked] == [False, True, True]
    assert row.platforms == tuple(row.locks) == ('linux-x86_64', 'macos-arm64')
    releasetable.write(row)
    assert row in releasetable.releases()


def test_lock_of_a_platform_that_has_no_wheel_any_more_goes_away(copied_table):
    row, = releasetable.releases()
    releasetable.write(row._replace(platforms=('macos-arm64',), locks={'macos-arm64': 'a lock\n'}))
    assert not (copied_table / 'linux-x86_64' / '1.15.5.txt').exists()


def test_release_without_any_wheel_is_refused(monkeypatch):
    says = UV_SAYS.format('tensorflow==2.9.3', 'platform tag')
    resolves(monkeypatch, dict.fromkeys(['x86_64-manylinux_2_28', 'aarch64-manylinux_2_28', 'aarch64-apple-darwin'],
                                        says))
    with pytest.raises(EnvironmentFault, match='has no wheel'):
        locks.locked_everywhere(named('2.9.3'))


def hosts(*platforms):
    return [crew.this_host()._replace(name=name, platform=name) for name in platforms]


def test_row_is_placed_with_the_lock_of_each_platform():
    placed = named('2.21.0').placed(hosts('macos-arm64', 'linux-aarch64', 'plan9-mips'))
    assert [(row.platforms, row.lock == named('2.21.0').locks[row.platforms[0]], [host.name for host in fitting])
            for row, fitting in placed] == [(('linux-aarch64',), True, ['linux-aarch64']),
                                            (('macos-arm64',), True, ['macos-arm64'])]


@pytest.mark.parametrize('platform, words', [
    ('linux-aarch64', r'TensorFlow 1.15.5 has no wheel for linux-aarch64 \(CPython 3.7\)'),
    ('windows-x86_64', '`upgrade` has no locks for windows-x86_64, only for linux-x86_64, linux-aarch64, macos-arm64')])
def test_row_without_a_place_says_why(platform, words):
    with pytest.raises(TableError, match=words):
        named('1.15.5').placed(hosts(platform))
