"""What `upgrade` takes and refuses, and which packages each release gets for a script."""
import pytest

from legacy.upgrade import packages, releasetable
from tests.command_line import assert_fault, compat_run, compat_run_here, inside


def release(version, requirement=None):
    return releasetable.Release(version, requirement or f'tensorflow=={version}', version, '3.11', ('linux-x86_64',),
                                ('numpy<2',), {'linux-x86_64': 'lock'})


@pytest.mark.parametrize('version, further, pins', [
    ('1.15.5', (), ('numpy<2',)), ('2.15.1', (), ('numpy<2',)), ('2.15.1', ('pandas',), ('numpy<2', 'pandas')),
    ('2.21.0', (), ('numpy<2',)), ('2.21.0', ('pandas', 'scipy'), ('numpy<2', 'pandas', 'scipy'))])
def test_a_row_gets_what_the_script_needs_there(version, further, pins):
    assert packages.for_script(release(version), further).pins == pins


def test_a_row_that_needs_nothing_more_keeps_its_lock_and_another_is_resolved_anew():
    assert packages.for_script(release('2.21.0')).locks and not packages.for_script(release('2.21.0'), ['pandas']).locks


# ---- the command line

@pytest.mark.parametrize('args, words', [
    (['--args', '-v'], '--args goes with --script'), (['--with', 'pandas'], '--with goes with --script'),
    (['--linked', 'train.py'], '--linked goes with --script'), (['--baseline', 'train.py'], 'train.py'),
    (['--script', 'train.py'], 'needs --baseline'), (['--script', 'nowhere.py', '--baseline', 'b.npz'], 'nowhere.py'),
    (['--script', 'train.py', '--baseline', 'b.npz', '--args', '"'], '--args'),
    (['--script', 'train.py', '--baseline', 'b.npz', '--with', '??'], "--with '??'"),
    (['--bisect', '2.1.4', '2.3.4', '--on', 'seeds'], 'a release would choose by itself'),
    (['--bisect', '2.1.4', '2.3.4', '--on', 'loss', '--scalar', 'los'], 'has no scalar los'),
    (['--bisect', '2.1.4', '2.3.4', '--scalar', 'loss'], '--scalar goes with --on loss'),
    (['--script', 'train.py', '-m', 'train', '--baseline', 'b.npz'], 'not both'),
    (['--script', 'train.py', '--baseline', 'train.py'], 'train.py'),
    (['--script', 'train.py', '--baseline', 'nowhere/b.npz'], 'cannot write'),
    (['--script', 'train.py', '--baseline', 'b.npz', '--lock'], '--lock')])
def test_contradictions_and_mistakes_are_refused(args, words, tmp_path):
    (tmp_path / 'train.py').write_text('')
    with inside(tmp_path):
        assert_fault(compat_run_here('upgrade', *['2.1.4'] * ('--bisect' not in args), *args), words)


def test_a_recording_of_another_release_than_the_measure_is_refused(stand_in):
    assert_fault(compat_run('upgrade', '2.1.4', '--script', 'train.py', '--baseline', stand_in.recorded, '--against',
                            '2.3.4', cwd=stand_in.work), 'recorded under TensorFlow 1.15.5, not 2.3.4')
