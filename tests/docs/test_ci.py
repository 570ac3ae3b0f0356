"""What the page on CIs gives to copy: it parses, asks for what exists, keeps what it makes, and runs as it stands in a
folder that holds nothing but a script."""
import ast
import hashlib
import inspect
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

import compat_run
from legacy.check import check
from legacy.formats import recordings
from legacy.machine import platforms
from legacy.upgrade import releasetable
from tests.command_line import LONGEST
from tests.conftest import ROOT
from tests.docs.manual import DOCS

yaml = pytest.importorskip('yaml')
PAGE = (DOCS / 'ci.md').read_text(encoding='utf-8')
SCRIPT = """
import argparse
import numpy as np
import tensorflow as tf
parser = argparse.ArgumentParser()
parser.add_argument('--epochs', type=int)
x = tf.placeholder(tf.float32, [4, 3])
w = tf.get_variable('w', [3, 1])
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.0))
step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for k in range(3 * parser.parse_args().epochs):
        session.run([step, loss], {x: np.arange(12, dtype='f4').reshape(4, 3) / 10})
"""
# Stands in for what takes a network: pip, uv's Pythons.
PIP = '#!/bin/sh\necho "$@" >> "$CALLS"\n'
PYTHON = '#!/bin/sh\nif [ "$1 $2" = "-m uv" ]; then echo "$@" >> "$CALLS"; else exec {python} "$@"; fi\n'
OF_VERSION = '#!/bin/sh\nif [ "$1" = -c ]; then echo "cpython {version}"; else exec {python} "$@"; fi\n'
# An environment of another release: what this TensorFlow computes of a script, which is the same for all and is asked
# once, under that release's name.
ENVIRONMENT = """#!{python}
import fcntl, hashlib, json, pathlib, shutil, subprocess, sys
sys.path.insert(0, {root!r})
from legacy.formats import recordings
request = json.loads(sys.argv[-1])
made = pathlib.Path({made!r}, hashlib.sha256(pathlib.Path(request['script']).read_bytes()).hexdigest())
with open(str(made) + '.lock', 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if made.exists():
        shutil.copy(made, request['out'])
    else:
        code = subprocess.call([{python!r}, *sys.argv[1:]])
        if code:
            sys.exit(code)
        shutil.copy(request['out'], made)
found = recordings.load(request['out'])
found.header['environment']['tensorflow'] = {version!r}
recordings.save(recordings.Recording(found.header, dict(found.arrays)), request['out'])
"""


def block(name):
    return re.search(f'<!-- ci: {name} -->\n```\\w+\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL).group(1)


def steps(name):
    """The shell commands of a workflow or a job."""
    found = yaml.safe_load(block(name))
    return [line.strip() for line in (
        found['upgrade']['script'] if name == 'gitlab' else
        [step['run'] for step in found['jobs']['upgrade']['steps'] if 'run' in step])]


def asked(name):
    """[parameters] of the job's calls of `upgrade`."""
    calls = [shlex.split(line.partition(' || ')[0]) for line in steps(name) if 'compat_run.py' in line]
    assert {tuple(call[:3]) for call in calls} == {('python', '.upgrade-tool/compat_run.py', 'upgrade')}
    return [compat_run.upgrade.upgrade.make_context('upgrade', call[3:], resilient_parsing=False).params
            for call in calls]


@pytest.fixture(autouse=True)
def in_a_folder_with_the_script(tmp_path, monkeypatch):
    work = tmp_path / 'work'
    work.mkdir()
    (work / 'train.py').write_text(SCRIPT)
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize('name', ['github', 'gitlab'])
def test_a_job_calls_upgrade_with_options_that_exist(name):
    releases, nightly = asked(name)
    assert nightly['releases'] == ('tf-nightly',) and len(releases['releases']) > 1
    assert all(call['script'] and call['baseline'] for call in (releases, nightly))


def test_both_jobs_call_the_same():
    assert steps('github') == steps('gitlab')


def test_both_jobs_bring_the_same_project():
    github, gitlab = yaml.safe_load(block('github'))['env'], yaml.safe_load(block('gitlab'))['variables']
    assert [github[name] for name in ('REPOSITORY', 'COMMIT')] == [gitlab[name] for name in ('REPOSITORY', 'COMMIT')]


def test_both_jobs_keep_pages_and_junit_files_when_a_release_is_worse():
    github = yaml.safe_load(block('github'))['jobs']['upgrade']['steps'][-1]
    gitlab = yaml.safe_load(block('gitlab'))['upgrade']['artifacts']
    kept = github['with']['path'].split()
    assert github['if'] == 'always()' and gitlab['when'] == 'always'
    for call in asked('github'):
        assert f'{call["html"].stem}.*' in kept
        assert str(call['html']) in gitlab['paths'] and str(call['junit']) in gitlab['reports']['junit']


def test_the_pythons_of_the_named_releases_are_installed():
    installed = next(line for line in steps('github') if 'uv python install' in line).split()[5:]
    for name in asked('github')[0]['releases']:
        assert releasetable.find(releasetable.releases(), name).python in installed


@pytest.mark.parametrize('name', ['github', 'gitlab'])
def test_what_is_kept_from_job_to_job_is_what_upgrade_writes(name):
    found = yaml.safe_load(block(name))
    kept = (found['upgrade']['cache']['paths'][0] if name == 'gitlab' else
            next(step for step in found['jobs']['upgrade']['steps'] if 'cache' in step.get('uses', ''))['with']['path'])
    for call in asked(name):
        assert str(call['out']).startswith(kept.rstrip('/') + '/')
        assert str(call['environments']).startswith(kept.rstrip('/') + '/')


# ---- run as it stands

@pytest.fixture
def sh(tmp_path, in_a_folder_with_the_script):
    """sh(line, **variables): the finished shell of a step, with stand-ins for pip, uv's Pythons and environments."""
    stand_ins = tmp_path / 'bin'
    stand_ins.mkdir()
    for name, text in (('pip', PIP), ('python', PYTHON.format(python=sys.executable)), *(
            (f'python{version}', OF_VERSION.format(python=sys.executable, version=version))
            for version in ('3.11', '3.12', '3.13'))):
        (stand_ins / name).write_text(text)
        (stand_ins / name).chmod(0o755)
    commit = subprocess.run(['git', '-C', str(ROOT), 'rev-parse', 'HEAD'], capture_output=True, text=True)
    if commit.returncode:
        pytest.skip('this checkout is no clone, which a CI would make one of')
    environment = {**os.environ, 'REPOSITORY': str(ROOT), 'COMMIT': commit.stdout.strip(), 'UV_OFFLINE': '1',
                   'CALLS': str(tmp_path / 'calls'), 'PATH': f'{stand_ins}{os.pathsep}{os.environ["PATH"]}'}
    (tmp_path / 'calls').touch()

    def run(line, **variables):
        return subprocess.run(['bash', '-e', '-c', line], env={**environment, **variables}, text=True,
                              capture_output=True, timeout=LONGEST)
    return run


def record(sh, lines):
    """Make the recordings of the page, under this environment's TensorFlow, without runs with noise."""
    for line in lines:
        done = sh(line.replace('--release 1.15.5', f'--noisy 0 --quiet --python {sys.executable}'))
        assert done.returncode == 0, done.stderr


def an_environment(folder, name):
    """An environment of a release of the table, which stands ready."""
    release = releasetable.find(releasetable.releases(), name)
    lock = release.on(platforms.here()).lock
    path = folder / f'{name}-{hashlib.sha256(lock.encode()).hexdigest()[:12]}'
    (path / 'bin').mkdir(parents=True)
    python = path / 'bin' / 'python'
    python.write_text(ENVIRONMENT.format(python=sys.executable, root=str(ROOT), made=str(folder), version=name))
    python.chmod(0o755)
    packages = re.findall(r'^([\w.-]+) *==', lock, re.MULTILINE)
    for package in packages:
        info = path / 'lib' / 'python3' / 'site-packages' / f'{package.replace("-", "_")}-0.dist-info'
        info.mkdir(parents=True)
        (info / 'RECORD').write_text('')


@pytest.mark.parametrize('name', ['github'])  # the lines of the other are the same
def test_the_lines_of_the_page_work_in_a_folder_with_a_script(name, sh, tmp_path, in_a_folder_with_the_script):
    work = in_a_folder_with_the_script
    record(sh, block('record').splitlines())
    assert recordings.load('train.npz').header['script']['arguments'] == ['--epochs', '1']
    shutil.rmtree('.upgrade-tool')  # the job has another machine
    for release in asked(name)[0]['releases']:
        an_environment(work / '.upgrade' / 'environments', release)
    for line in steps(name):
        done = sh(line)
        assert done.returncode == 0, f'{line}\n{done.stdout}\n{done.stderr}'
    assert {'upgrade.xml', 'upgrade.html', 'nightly.xml', 'nightly.html'} <= set(os.listdir())
    assert 'not run' in (work / 'nightly.html').read_text()
    calls = (tmp_path / 'calls').read_text()
    assert calls.count('install -r .upgrade-tool/requirements.txt') == 2 and '-m uv python install' in calls
    changed = (work / 'train.py').read_text().replace('Optimizer(0.1)', 'Optimizer(0.11)')
    (work / 'train.py').write_text(changed)
    assert sh(next(line for line in steps(name) if 'upgrade 2' in line)).returncode == 1
    (work / 'test_train.py').write_text(block('pytest'))
    done = sh('python -m pytest -p no:cacheprovider -q test_train.py')
    assert done.returncode == 1 and '2 failed' in done.stdout
    (work / 'train.py').write_text(SCRIPT)
    assert sh('python -m pytest -p no:cacheprovider -q test_train.py').returncode == 0


@pytest.mark.parametrize('code, passes', [(0, True), (1, False), (2, True), (130, False)])
def test_a_nightly_that_was_not_run_passes_and_one_that_is_worse_does_not(code, passes, sh, tmp_path):
    (tmp_path / 'bin' / 'python').write_text(f'#!/bin/sh\nexit {code}\n')
    assert (sh(steps('github')[-1]).returncode == 0) == passes


def test_the_pytest_file_is_short_and_calls_check_as_it_can_be_called():
    tree = ast.parse(block('pytest'))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'check']
    assert len(calls) == 1
    inspect.signature(check).bind(*calls[0].args, **{keyword.arg: 0 for keyword in calls[0].keywords})
    assert len([line for line in block('pytest').splitlines() if line.strip()]) <= 10
