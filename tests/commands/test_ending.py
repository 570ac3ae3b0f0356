"""Commands that are ended from without, at any moment: nothing is left behind that the next does not clear, and what is
the user's is as it was."""
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from legacy.formats import ownership
from legacy.machine import scratch
from tests.command_line import LONGEST
from tests.conftest import ROOT

RECORDED = ROOT / 'tests' / 'scripts' / 'recordings' / 'vae.npz'
SLOW = 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n'
COMMANDS = {
    'record': ['record', '--python', 'python', '--out', 'out.npz', 'vae.py'],
    'check': ['check', '--python', 'python', '--html', 'page.html', '--baseline', 'vae.npz', 'vae.py'],
    'run': ['run', '--out', 'run'],
    'upgrade': ['upgrade', '2.16.2', '--interpreters', 'base', '--environments', 'kept', '--out', 'rows', '--html',
                'page.html', '--quiet'],
}
# An interpreter that never answers, in place of one with TensorFlow: what is asked of it notes that it was, and ends
# with its standard input, as our own does. Another one is a CPython to build an environment of, and a uv never ends
# that.
STUCK = f'''#!{sys.executable}
import os, pathlib, sys, time
if sys.argv[1] == '-c':
    print('cpython 3.12')
elif sys.argv[1] != 'python':
    pathlib.Path({{begun!r}}).write_text(str(os.getpid()))
    if pathlib.Path(sys.argv[0]).name == 'uv':
        time.sleep({LONGEST})
    sys.stdin.read()
'''


@pytest.fixture
def folder(tmp_path):
    """A folder of the user's, with temporary files apart."""
    work = tmp_path / 'work'
    work.mkdir()
    (tmp_path / 'temporary').mkdir()
    (work / 'vae.py').write_text(SLOW)
    (work / 'vae.npz').write_bytes(RECORDED.read_bytes())
    (tmp_path / 'uv').mkdir()
    (tmp_path / 'uv' / '__init__.py').write_text(f'def find_uv_bin():\n    return {str(tmp_path / "uv" / "uv")!r}\n')
    for program in (work / 'python', work / 'base', tmp_path / 'uv' / 'uv'):
        program.write_text(STUCK.format(begun=str(tmp_path / 'begun')))
        program.chmod(0o755)
    return tmp_path


def begun(folder, command):
    """The process of a command that is at work."""
    process = subprocess.Popen([sys.executable, str(ROOT / 'compat_run.py'), *COMMANDS[command]], cwd=folder / 'work',
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, 'TMPDIR': str(folder / 'temporary'), 'PYTHONPATH': str(folder)},
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))  # nohup has it ignored
    ends = time.monotonic() + LONGEST
    while not ((folder / 'begun').exists() or command == 'run' and any(
            (folder / 'temporary').glob(f'*/{ownership.MARK}'))):
        assert process.poll() is None and time.monotonic() < ends, process.communicate()
        time.sleep(0.02)
    return process


def files(folder):
    """What is in the folder, but for the logs of `upgrade`, which stay, and its environments, which are no user's."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted((folder / 'work').rglob('*'))
            if path.is_file() and not {'rows', 'kept'} & set(path.parts)}


def is_running(folder):
    """Whether what a command had started is still there."""
    started = (folder / 'begun').read_text() if (folder / 'begun').exists() else ''
    try:
        return bool(started) and psutil.Process(int(started)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize('number', [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize('command', COMMANDS)
def test_a_command_that_is_ended_leaves_nothing(command, number, folder):
    before = files(folder)
    process = begun(folder, command)
    process.send_signal(number)
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode == 128 + number and 'Traceback' not in said
    assert files(folder) == before and os.listdir(folder / 'temporary') == []
    assert not is_running(folder)


@pytest.mark.parametrize('command', COMMANDS)
def test_what_a_killed_command_leaves_the_next_clears(command, folder, monkeypatch):
    before = files(folder)
    process = begun(folder, command)
    process.kill()
    process.communicate()
    ends = time.monotonic() + LONGEST
    while is_running(folder):
        assert time.monotonic() < ends
        time.sleep(0.02)
    monkeypatch.setattr('tempfile.tempdir', str(folder / 'temporary'))
    with scratch.temporary('next'):
        assert len(os.listdir(folder / 'temporary')) == 1
    from legacy.formats.folders import whole_folder
    with whole_folder(folder / 'work' / 'another', False):
        pass
    (folder / 'work' / 'another').rmdir()
    if command == 'upgrade':
        with scratch.scratch(folder / 'work' / 'kept') as _:
            assert len(os.listdir(folder / 'work' / 'kept')) == 1
    assert files(folder) == before


def test_what_nohup_has_ignored_stays_ignored(folder):
    def ignoring():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    code = ('import signal, compat_run, sys\nsys.argv = ["compat_run.py", "environments", "--environments", "none"]\n'
            'compat_run.main()\nassert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, preexec_fn=ignoring, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---- the machine

@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='no device that is always full')
def test_a_full_disk_is_one_line():
    with open('/dev/full', 'w') as full:
        done = subprocess.run([sys.executable, str(ROOT / 'compat_run.py'), 'show', 'legacy/data/article.npz'],
                              cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == 2 and len(lines) == 1 and 'No space left' in lines[0], done.stderr


def test_a_file_for_which_there_is_no_room_leaves_the_old_one(tmp_path, monkeypatch):
    from legacy.formats import files as written
    (tmp_path / 'out').write_bytes(b'old')

    def full(_):
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space.*out'):
        written.write_whole(tmp_path / 'out', b'new')
    assert (tmp_path / 'out').read_bytes() == b'old' and os.listdir(tmp_path) == ['out']


def test_two_commands_at_once_in_one_folder_write_whole_files(tmp_path):
    code = ('import sys\nfrom legacy.formats.files import write_whole\nfor k in range(200):\n'
            '    write_whole(sys.argv[1], sys.argv[2].encode() * 100000)')
    both = [subprocess.Popen([sys.executable, '-c', code, str(tmp_path / 'out'), letter], cwd=ROOT) for letter in 'ab']
    seen = set()
    while any(process.poll() is None for process in both):
        if (tmp_path / 'out').exists():
            content = (tmp_path / 'out').read_bytes()
            assert len(content) == 100000 and len(set(content)) == 1
            seen.add(content[0])
    assert [process.wait() for process in both] == [0, 0] and seen and os.listdir(tmp_path) == ['out']
