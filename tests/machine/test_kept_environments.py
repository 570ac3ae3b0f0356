"""Environments on this machine: listed with their sizes, and removed where nobody works in them."""
import json
import os
import shutil
import subprocess
import time

import pytest

from legacy.machine import keptenvironments
from tests.command_line import assert_fault, compat_run_here


@pytest.fixture
def folder(tmp_path):
    """Two environments: 1.15.5, not used for ten days, and 2.21.0; and what is none."""
    for name in ('1.15.5-0123456789ab', '2.21.0-ba9876543210'):
        (tmp_path / name / 'bin').mkdir(parents=True)
        (tmp_path / name / 'pyvenv.cfg').touch()
        (tmp_path / name / 'large').write_bytes(b'x' * (3 << 20))
    old = time.time() - 10 * keptenvironments.DAY
    os.utime(tmp_path / '1.15.5-0123456789ab', (old, old))
    (tmp_path / 'mine-0123456789ab').mkdir()
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'pyvenv.cfg').touch()
    return tmp_path


def environments(folder, *args):
    return compat_run_here('environments', '--environments', folder, *args)


def test_they_are_listed_with_their_sizes_the_longest_unused_first(folder):
    found = json.loads(environments(folder, '--json').stdout)['environments']
    assert [item['name'] for item in found] == ['1.15.5', '2.21.0']
    assert all(3 << 20 <= item['bytes'] < 4 << 20 for item in found)
    assert [round(item['days_unused']) for item in found] == [10, 0]


def test_what_uv_has_too_is_told(folder):
    os.link(folder / '1.15.5-0123456789ab' / 'large', folder / 'cache')
    found = json.loads(environments(folder, '--json', '1.15.5').stdout)['environments']
    assert found[0]['shared_bytes'] == 3 << 20
    assert 'uv cache prune' in environments(folder, '1.15.5').stdout


@pytest.mark.parametrize('args, left', [
    (['--unused', '5'], ['2.21.0-ba9876543210']), (['2.21.0'], ['1.15.5-0123456789ab']),
    (['2.21.0-ba9876543210'], ['1.15.5-0123456789ab']), (['--unused', '0'], []),
    (['2.21.0', '--unused', '5'], ['1.15.5-0123456789ab', '2.21.0-ba9876543210'])])
def test_those_that_are_named_or_unused_are_removed_and_nothing_else(args, left, folder):
    assert environments(folder, '--remove', *args).returncode == 0
    assert sorted(os.listdir(folder)) == sorted([*left, 'mine-0123456789ab', 'other'])


@pytest.mark.parametrize('args, words', [(['--remove'], '--unused DAYS'), (['9.9'], 'no environment 9.9')])
def test_mistakes_remove_nothing(args, words, folder):
    before = sorted(os.listdir(folder))
    assert_fault(environments(folder, *args), words)
    assert sorted(os.listdir(folder)) == before


def test_one_in_which_a_process_runs_is_not_removed(folder):
    program = folder / '1.15.5-0123456789ab' / 'bin' / 'python'
    shutil.copy(shutil.which('sleep'), program)
    process = subprocess.Popen([str(program), '60'])
    try:
        assert_fault(environments(folder, '--remove', '1.15.5'), 'in use by process', str(process.pid))
        assert program.exists()
    finally:
        process.kill()
        process.wait()


def test_a_folder_that_is_not_there_has_none(tmp_path):
    done = environments(tmp_path / 'nowhere')
    assert done.returncode == 0 and done.stdout.startswith('0 are kept in')
