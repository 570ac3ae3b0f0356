"""Each option that names a file to write: what is there already is replaced only if this command made it, or is told
to. All are refused before any work."""
import shutil

import pytest

from tests.command_line import assert_fault, compat_run_here
from tests.conftest import DATA, ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
COMMANDS = {
    'check --html': ['check', '--html', 'FILE', '--baseline', 'vae.npz', 'vae.py'],
    'check --junit': ['check', '--junit', 'FILE'],
    'claims --html': ['claims', '--html', 'FILE'],
    'upgrade --html': ['upgrade', '--html', 'FILE', '1.15.5'],
    'upgrade --junit': ['upgrade', '--junit', 'FILE', '1.15.5'],
    'graph export': ['graph', 'export', 'FILE'],
    'graph step --trace': ['graph', 'step', '--trace', 'FILE'],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(RECORDED, 'vae.npz')
    shutil.copy(ROOT / 'tests' / 'scripts' / 'vae.py', 'vae.py')
    return tmp_path


@pytest.mark.parametrize('args', COMMANDS.values(), ids=COMMANDS)
def test_a_file_of_the_users_is_not_replaced_unasked(args, folder):
    (folder / 'mine.pb').write_bytes(b'precious')
    assert_fault(compat_run_here(*['mine.pb' if word == 'FILE' else word for word in args]), 'mine.pb', '--force')
    assert (folder / 'mine.pb').read_bytes() == b'precious'


@pytest.mark.parametrize('args', [
    ['check', '--force', '--html', 'vae.npz', '--baseline', 'vae.npz', 'vae.py'],
    ['check', '--force', '--junit', 'vae.py', '--baseline', 'vae.npz', 'vae.py'],
    ['check', '--force', '--html', 'new', '--junit', 'new', '--baseline', 'vae.npz', 'vae.py'],
    ['check', '--force', '--junit', DATA / 'article.npz'],
    ['upgrade', '--force', '--html', 'vae.npz', '--baseline', 'vae.npz', '--script', 'vae.py', '1.15.5'],
    ['upgrade', '--force', '--junit', 'vae.py', '--baseline', 'vae.npz', '--script', 'vae.py', '1.15.5'],
    ['upgrade', '--force', '--junit', 'new', '--html', './new', '1.15.5'],
    ['upgrade', '--force', '--junit', DATA / 'article.npz', '1.15.5'],
    ['graph', 'step', '--force', '--trace', 'vae.npz', 'vae.npz'],
], ids=lambda args: ' '.join(map(str, args[:4])))
def test_an_output_that_is_also_an_input_or_another_output_is_refused_though_forced(args, folder):
    before = {path: path.read_bytes() for path in (*folder.iterdir(), DATA / 'article.npz')}
    assert_fault(compat_run_here(*args), 'reads or writes it already')
    assert {path: path.read_bytes() for path in (*folder.iterdir(), DATA / 'article.npz')} == before


@pytest.mark.parametrize('name', ['claims.json', 'runs.json', 'claim_3.png'])
def test_results_of_claims_do_not_replace_files_of_the_users(name, folder):
    (folder / name).write_bytes(b'precious')
    assert_fault(compat_run_here('claims', '--out', '.'), name, '--force')
    assert (folder / name).read_bytes() == b'precious'
