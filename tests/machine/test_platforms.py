"""Nothing that Linux, macOS or Windows lacks: such calls taken away, and the commands run."""
import ast
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from legacy.formats import articlerun
from legacy.machine import crew, interpreters, platforms, processes
from legacy.machine.forked import Forked
from legacy.machine.processes import ProcessFault
from tests.command_line import LONGEST
from tests.conftest import ROOT

# By Python's documentation and psutil's.
LACKING = ('sched_getaffinity', 'sched_setaffinity', 'killpg', 'getpgid', 'setpgid', 'setsid', 'getpgrp', 'fchmod',
           'getloadavg', 'mkfifo', 'posix_fadvise', 'statvfs', 'nice')
# The standard library and others need these on Linux, so that they are looked for, not taken away.
NEEDED_HERE = ('uname', 'sysconf', 'fork', 'getuid', 'geteuid', 'getgid', 'SIGKILL', 'SIGHUP',
               'SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGCHLD', 'SIGSTOP', 'SIGPIPE', 'SIGQUIT')
MODULES = ('fcntl', 'resource', 'pwd', 'grp', 'termios', 'tty', 'pty', 'posix')
# Python imports it at its start, where it stands on PYTHONPATH.
TAKEN_AWAY = f'''
import builtins, os, sys
import psutil
for name in {LACKING!r}:
    if hasattr(os, name):
        delattr(os, name)
del psutil.Process.cpu_affinity
real = builtins.open
def without_proc(path, *args, **kwargs):
    if str(path).startswith('/proc') and sys._getframe(1).f_globals.get('__name__', '').startswith('legacy'):
        raise FileNotFoundError(2, 'No such file or directory', path)
    return real(path, *args, **kwargs)
builtins.open = without_proc
'''
# Each command in turn, of this process, so that TensorFlow is imported once; `claims` with few seeds and steps.
DRIVER = '''
import json, os, pathlib, sys
import compat_run
from legacy.claims import measurement
assert not hasattr(os, 'killpg')
codes = {'claims': measurement.claims({'claims': ['1'], 'seeds': 2, 'jobs': None, 'scheduler': None, 'html': None,
                                     'out': pathlib.Path('claims'), 'fresh': False, 'force': False, 'as_json': True,
                                     'command': 'a test'},
                                    {'convergence': [{'start': 'He', 'rates': [1e-3], 'steps': 2}]})}
for args in json.loads(sys.argv[1]):
    sys.argv = ['compat_run.py', *args]
    codes[args[0]] = compat_run.main()
print(json.dumps(codes), file=sys.stderr)
'''


def test_commands_run_without_what_a_platform_lacks(tmp_path):
    (tmp_path / 'sitecustomize.py').write_text(TAKEN_AWAY)
    shutil.copy(ROOT / 'tests' / 'scripts' / 'saver.py', tmp_path / 'train.py')
    baseline = str(articlerun.RECORDING)
    commands = [['show', baseline], ['compare', baseline, baseline], ['graph', 'list'],
                ['record', '--noisy', '0', '--quiet', '--out', 'recording.npz', 'train.py'],
                ['run', '--steps', '1', '--out', 'run'], ['check', '--baseline', 'recording.npz', 'train.py']]
    path = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run([sys.executable, '-c', DRIVER, json.dumps(commands)], cwd=tmp_path, text=True,
                          capture_output=True, timeout=LONGEST, env={**os.environ, 'PYTHONPATH': path})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1]) == {'claims': 0, **{args[0]: 0 for args in commands}}, done.stderr


# A process of which others are copies, which `Forked.can_be` is asked for first; and what is not started on Windows.
ONLY_WHERE_IT_CAN_BE = ('machine/forked.py', 'worker/scripts/forkserver.py', 'machine/keeper.py')


def uses(names):
    """{(module, name)} of this package where one of these is an attribute or an import."""
    found = set()
    for path in (ROOT / 'legacy').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            here = ([node.attr] if isinstance(node, ast.Attribute) else
                    [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else [])
            found |= {(path.relative_to(ROOT / 'legacy').as_posix(), name) for name in here if name in names}
    return found


def test_only_modules_that_look_first_call_what_a_platform_lacks():
    looking = {('machine/processes.py', 'killpg'), ('machine/processes.py', 'SIGKILL'),
               ('worker/requests.py', 'killpg'), ('worker/requests.py', 'SIGKILL'), ('formats/ownership.py', 'fcntl'),
               ('machine/scratch.py', 'getuid'),
               ('formats/endings.py', 'SIGHUP')}
    found = uses(LACKING + NEEDED_HERE + MODULES)
    assert {use for use in found if use[0] not in ONLY_WHERE_IT_CAN_BE} == looking


def test_copies_of_processes_are_made_only_where_the_system_can(monkeypatch):
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert not Forked.can_be()


@pytest.mark.parametrize('system, machine, name', [
    ('Linux', 'x86_64', 'linux-x86_64'), ('Linux', 'aarch64', 'linux-aarch64'), ('Darwin', 'arm64', 'macos-arm64'),
    ('Darwin', 'x86_64', 'macos-x86_64'), ('Windows', 'AMD64', 'windows-x86_64')])
def test_platform_has_one_name(system, machine, name, monkeypatch):
    monkeypatch.setattr(platform, 'system', lambda: system)
    monkeypatch.setattr(platform, 'machine', lambda: machine)
    assert platforms.here() == name


def test_cores_are_counted_where_a_process_cannot_be_kept_to_some(monkeypatch):
    monkeypatch.delattr(psutil.Process, 'cpu_affinity', raising=False)
    assert crew.usable_cores() == os.cpu_count()


# ---- processes, where there are no sessions

@pytest.fixture
def no_sessions(monkeypatch):
    monkeypatch.delattr(os, 'killpg')


def ends(pid):
    """Whether a process is gone within a minute: a signal takes a moment on a busy machine."""
    for _ in range(600):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


def test_program_that_takes_too_long_is_ended_with_its_descendants(no_sessions, tmp_path):
    script = 'import subprocess, sys; p = subprocess.Popen(["sleep", "600"]); print(p.pid, flush=True); p.wait()'
    with pytest.raises(ProcessFault, match='took more than'):
        processes.run([sys.executable, '-c', script], 2, tmp_path / 'log')
    pid = int((tmp_path / 'log').read_text())
    assert ends(pid)


def test_program_is_run_to_its_end_without_sessions(no_sessions):
    assert processes.run([sys.executable, '-c', 'print(1)'], 60) == '1\n'


@pytest.mark.parametrize('code, words', [(-int(signal.SIGSEGV), 'SIGSEGV'), (-36, 'signal 36'),
                                         (0xC0000005, 'exception 0xC0000005')])
def test_cause_of_an_end_is_named(code, words):
    assert processes._cause(code) == words


# ---- Windows' file names

@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(platform, 'system', lambda: 'Windows')


def test_interpreter_of_an_environment_on_windows(windows, tmp_path):
    assert interpreters.of_environment(tmp_path) == tmp_path / 'Scripts' / 'python.exe'


@pytest.mark.parametrize('place', ['python.exe', 'Scripts/python.exe', '3.5.4/python.exe', 'old/Scripts/python.exe'])
def test_interpreter_is_found_on_windows(place, windows, tmp_path):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('#!/bin/sh\necho cpython 3.5\n')
    path.chmod(0o755)
    assert interpreters.find_python('3.5', [tmp_path]) == str(path)


def test_interpreter_is_found_in_pyenvs_versions_on_windows(windows, tmp_path, monkeypatch):
    path = tmp_path / 'versions' / '3.5.4' / 'python.exe'
    path.parent.mkdir(parents=True)
    path.write_text('#!/bin/sh\necho cpython 3.5\n')
    path.chmod(0o755)
    monkeypatch.setenv('PYENV_ROOT', str(tmp_path))
    assert interpreters.find_python('3.5') == str(path)
