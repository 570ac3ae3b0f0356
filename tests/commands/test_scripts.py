"""`record` and `check` of a script as a user types them."""
import os
import shutil

import pytest

from tests.command_line import assert_fault, compat_run, compat_run_here, verdict_of
from tests.conftest import DATA, ROOT

SCRIPTS = ROOT / 'tests' / 'scripts'
RECORDED = SCRIPTS / 'recordings' / 'vae.npz'


@pytest.fixture(scope='module')
def own(tmp_path_factory):
    """(finished process of `record`, its file, the folder in which it ran): a small script under this TensorFlow."""
    folder = tmp_path_factory.mktemp('own')
    (folder / 'train.py').write_text((SCRIPTS / 'saver.py').read_text())
    return compat_run('record', '--noisy', '0', '--out', folder / 'own.npz', 'train.py', cwd=folder), folder


def test_a_recording_says_what_it_holds(own):
    done, folder = own
    assert done.returncode == 0, done.stderr
    assert f'{folder / "own.npz"}: train.py under TensorFlow' in done.stdout and 'can be made again' in done.stdout


def test_what_the_script_writes_stays_out_of_the_folder(own):
    assert sorted(os.listdir(own[1])) == ['own.npz', 'train.py']


def test_the_same_tensorflow_is_identical_and_a_page_says_so(fork, own):
    folder = own[1]
    done = fork.command('check', '--strict', 'identical', '--baseline', 'own.npz', '--html', 'page.html', 'train.py',
                        cwd=folder)
    assert (done.returncode, verdict_of(done)) == (0, 'identical'), done.stdout
    assert '<span class="word identical">identical</span>' in (folder / 'page.html').read_text()


def test_a_script_of_which_nothing_can_be_judged_is_exit_code_2(fork, tmp_path):
    (tmp_path / 'nothing.py').write_text('import tensorflow as tf\nprint(tf.__version__)\n')
    done = fork.command('record', '--noisy', '0', '--quiet', '--out', 'nothing.npz', 'nothing.py', cwd=tmp_path)
    assert done.returncode == 2 and 'nothing can ever be judged' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_script_that_raises_is_exit_code_1_with_its_own_lines(fork, tmp_path):
    (tmp_path / 'vae.py').write_text('import tensorflow as tf\n\ntf.no_such_thing()\n')
    done = fork.command('check', '--baseline', RECORDED, 'vae.py', cwd=tmp_path)
    assert done.returncode == 1 and 'vae.py", line 3' in done.stderr and 'legacy' not in done.stderr
    assert done.stderr.splitlines()[-1].startswith('the script failed: vae.py: AttributeError')


def test_a_package_that_is_not_there_is_no_regression(fork, tmp_path):
    (tmp_path / 'vae.py').write_text('import a_package_of_nobody\n')
    done = fork.command('check', '--baseline', RECORDED, 'vae.py', cwd=tmp_path)
    assert_fault(done, 'a_package_of_nobody')


@pytest.mark.parametrize('args, said', [
    (['check', 'train.py'], '--baseline FILE'),
    (['check', '--baseline', DATA / 'listing-1.15.5.tsv', SCRIPTS / 'vae.py'], 'not a recording'),
    (['check', '--baseline', DATA / 'article.npz', SCRIPTS / 'vae.py'],
     'is a recording of train.py, with which vae.py'),
    (['check', '--baseline', 'nowhere.npz', SCRIPTS / 'vae.py'], 'nowhere.npz'),
    (['check', '--baseline', RECORDED, '--power', '--html', 'page.html', SCRIPTS / 'vae.py'], '--power'),
    (['check', '--power', SCRIPTS / 'vae.py'], '--baseline FILE'),
    (['record', SCRIPTS / 'vae.py'], '--out FILE'),
    (['record', '--out', 'x.npz', '--steps', '3', SCRIPTS / 'vae.py'], "for the article's experiment"),
    (['record', '--out', 'x.npz', '--with', 'pandas', SCRIPTS / 'vae.py'], '--with belongs to --release'),
    (['record', '--out', 'x.npz', '--release', '9.9.9.9', SCRIPTS / 'vae.py'], '9.9.9.9'),
    (['record', '--out', 'nowhere/x.npz', SCRIPTS / 'vae.py'], 'nowhere'),
    (['record', '--release', '1.15.5'], '--out FILE is needed'),
    (['record', '--release', '1.15.5', '--python', 'python3', '--out', 'x.npz'], 'name --release or --python'),
    (['record', '--out', 'x.npz', 'nowhere.py'], 'nowhere.py'),
    (['record', '--out', 'there.npz', SCRIPTS / 'mlp.py'], 'is a recording of vae.py under TensorFlow 1.15.5'),
    (['record', '--out', 'there.npz', '--release', '1.14.0', SCRIPTS / 'vae.py'], '--force replaces it'),
    (['record', '--out', 'notes.txt', SCRIPTS / 'vae.py'], 'no recording of a script: --force replaces it'),
    (['check', '--baseline', RECORDED, SCRIPTS / 'mlp.py'], 'is a recording of vae.py, with which mlp.py has no file'),
    (['check', '--baseline', RECORDED], 'is a recording of vae.py, with which train.py has no file'),
    (['graph', 'step', RECORDED], 'is a recording of vae.py')],
    ids=lambda value: ' '.join(map(str, value))[:60].replace(str(ROOT), '') if isinstance(value, list) else '')
def test_a_request_that_cannot_be_met_is_one_line(args, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(RECORDED, 'there.npz')
    (tmp_path / 'notes.txt').write_text('mine')
    assert_fault(compat_run_here(*args), said)
    assert (tmp_path / 'notes.txt').read_text() == 'mine'
    assert (tmp_path / 'there.npz').read_bytes() == RECORDED.read_bytes()


def test_show_compare_and_graph_take_a_scripts_recording():
    shown = compat_run_here('show', RECORDED)
    assert shown.returncode == 0 and 'vae.py under TensorFlow 1.15.5' in shown.stdout
    assert compat_run_here('compare', RECORDED, RECORDED).stdout.splitlines()[-1] == 'identical'
    other = compat_run_here('compare', RECORDED, DATA / 'article.npz')
    assert (other.returncode, other.stdout.splitlines()[-1]) == (1, 'different: runs')
    listed = compat_run_here('graph', 'list', RECORDED)
    assert listed.returncode == 0 and 'encoder' in listed.stdout
    assert compat_run_here('graph', 'diff', RECORDED, RECORDED).returncode == 0
