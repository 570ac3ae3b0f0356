"""Licence, version, benchmarks, the hook before a commit: there, and of one mind."""
import re
import subprocess
import sys

import pytest

import legacy
from tests.command_line import compat_run_here
from tests.conftest import ROOT


def test_the_version_is_printed():
    done = compat_run_here('--version')
    assert (done.returncode, done.stdout.split()) == (0, ['compat_run.py', legacy.__version__])


def test_the_newest_change_is_of_this_version():
    text = (ROOT / 'legacy' / 'docs' / 'changes.md').read_text(encoding='utf-8')
    assert re.search(r'^## (\S+?),', text, re.MULTILINE).group(1) == legacy.__version__


def test_the_hook_has_the_ruff_that_the_tests_have():
    pinned = re.search(r'^ruff==\S+', (ROOT / 'tests' / 'requirements.txt').read_text(), re.MULTILINE).group()
    assert f'[{pinned}]' in (ROOT / '.pre-commit-config.yaml').read_text()


def test_the_licence_is_named():
    assert (ROOT / 'legacy' / 'docs' / 'LICENSE').read_text().startswith('MIT License\n')
    assert 'legacy/docs/LICENSE' in (ROOT / 'README.md').read_text(encoding='utf-8')


@pytest.mark.parametrize('file', sorted((ROOT / 'tests').glob('benchmark*.py')), ids=lambda file: file.stem)
def test_a_benchmark_starts_by_the_command_that_it_names(file):
    module = re.search(r'^    python -m (\S+)', file.read_text(encoding='utf-8'), re.MULTILINE).group(1)
    done = subprocess.run([sys.executable, '-m', module, '--help'], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, module) == (0, f'tests.{file.stem}'), done.stderr
