"""A script runs from copies, and has its own modules: what it writes beside itself stays out of the user's folder."""
import sys

import pytest

from legacy.check import jobs
from legacy.machine import processes

WRITES = '''
import os, sys
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, 'log.txt'), 'a') as file:
    file.write('once more')
import beside
print(open(os.path.join(here, 'data.txt')).read(), beside.NAME, open(os.path.join(here, 'log.txt')).read())
'''
IMPORTS = '''
for name in ('tests', 'compat_run'):
    try:
        __import__(name)
    except ImportError as error:
        print('none:', error)
    else:
        print('there:', name)
'''


def said(script, folder, monkeypatch, **asked):
    """What a script that ends with an error says; `run` refuses what has no TensorFlow in it."""
    monkeypatch.chdir(folder)
    log = folder.parent / 'log'
    job = jobs.Job(sys.executable, {'script': script, 'arguments': [], **asked}, log=str(log))
    with pytest.raises(jobs.ScriptFault):
        job.run(folder.parent / 'out.npz')
    return log.read_text()


@pytest.fixture
def folders(tmp_path):
    for name in ('work', 'elsewhere', 'work/src'):
        (tmp_path / name).mkdir()
    for name in ('elsewhere', 'work/src'):
        (tmp_path / name / 'script.py').write_text(WRITES + 'raise SystemExit(3)')
        (tmp_path / name / 'beside.py').write_text('NAME = "beside"')
        (tmp_path / name / 'data.txt').write_text('data')
    return tmp_path


@pytest.mark.parametrize('script, named', [('src/script.py', {}), ('../elsewhere/script.py', {}),
                                           ('src.script', {'as_module': True})])
def test_what_a_script_writes_beside_itself_stays_out_of_the_users_folder(script, named, fork, folders, monkeypatch):
    if named:
        (folders / 'work' / 'src' / 'script.py').write_text(WRITES.replace('import beside', 'from src import beside')
                                                            + 'raise SystemExit(3)')
    before = sorted(folders.rglob('*'))
    with fork.workers():
        for _ in range(2):
            assert 'data beside once more\n' in said(script, folders / 'work', monkeypatch, **named)
    assert [path for path in sorted(folders.rglob('*')) if path.name not in ('log', 'out.npz')
            and '__pycache__' not in path.parts and path not in before] == []


def test_an_error_names_the_users_own_file(fork, folders, monkeypatch):
    (folders / 'work' / 'src' / 'script.py').write_text('raise ValueError("no")')
    monkeypatch.chdir(folders / 'work')
    job = jobs.Job(sys.executable, {'script': 'src/script.py', 'arguments': []})
    with fork.workers(), pytest.raises(jobs.ScriptFault) as raised:
        job.run(folders / 'out.npz')
    assert any(f'File "{folders / "work" / "src" / "script.py"}", line 1' in line for line in raised.value.said)


def test_a_script_finds_none_of_our_other_modules(folders, monkeypatch):
    (folders / 'work' / 'script.py').write_text(IMPORTS + 'raise SystemExit(3)')
    found = said('script.py', folders / 'work', monkeypatch)
    assert found.count('none:') == 2 and 'there:' not in found


def test_a_package_of_our_name_in_the_users_folder_is_not_taken_for_ours(folders, monkeypatch):
    (folders / 'work' / 'legacy').mkdir()
    (folders / 'work' / 'legacy' / '__init__.py').write_text('NAME = "mine"')
    (folders / 'work' / 'legacy' / 'layers.py').write_text('NAME = "layers of mine"')
    (folders / 'work' / 'script.py').write_text(
        'import legacy\nfrom legacy import layers\nprint(legacy.NAME, layers.NAME)\nraise SystemExit(3)')
    assert 'mine layers of mine' in said('script.py', folders / 'work', monkeypatch)


def test_a_package_of_our_name_in_the_current_folder_is_nothing_to_a_script_of_another(tmp_path, monkeypatch):
    (tmp_path / 'legacy').mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv('PYTHONPATH', raising=False)
    (tmp_path / 'elsewhere').mkdir()
    job = jobs.Job(sys.executable, {'script': 'train.py'}, folder=str(tmp_path / 'elsewhere'))
    assert '--apart' not in job.worker


def test_the_worker_is_ours_whatever_the_current_folder_holds(folders):
    (folders / 'work' / 'legacy').mkdir()
    (folders / 'work' / 'legacy' / '__init__.py').write_text('raise RuntimeError("theirs")')
    job = jobs.Job(sys.executable, {'script': 'none.py', 'arguments': []})
    with pytest.raises(processes.ProcessFault, match='there is no script none.py'):
        processes.run([*job.worker, '{"script": "none.py"}'], 60, cwd=folders / 'work')
