"""The worker side runs on Python 3.6 with numpy and TensorFlow alone; the comparing side without TensorFlow."""
import ast
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from legacy import WORKER_SIDE
from tests.conftest import ROOT

# Modules of either side that import nothing of the other's.
BOTH = ('answers', 'archive', 'errors', 'evidence', 'files', 'graph.table', 'kernelset', 'opseeds', 'processor',
        'recording', 'references', 'serving')


def modules():
    paths = [path.relative_to(ROOT / 'legacy').with_suffix('') for path in (ROOT / 'legacy').rglob('*.py')]
    return sorted('.'.join(path.parts) for path in paths if path.name != '__init__')


COMPARING = sorted({*modules()} - {*WORKER_SIDE} | {*BOTH})


def source(module):
    return (ROOT / 'legacy' / (module.replace('.', '/') + '.py')).read_text(encoding='utf-8')


def test_every_module_of_the_worker_side_is_there():
    assert {*BOTH} < {*WORKER_SIDE} < {*modules()}


@pytest.mark.parametrize('module', WORKER_SIDE)
def test_worker_side_parses_as_python_3_6(module):
    ast.parse(source(module), feature_version=(3, 6))


@pytest.mark.parametrize('module', WORKER_SIDE)
def test_worker_side_imports_little(module):
    allowed = set(sys.stdlib_module_names) | {'numpy', 'tensorflow', 'google', 'legacy'}  # google: protobuf
    if module == 'article':
        allowed.add('matplotlib')  # inside plot_his
    tree = ast.parse(source(module))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.split('.')[0] for name in names} <= allowed


def python36():
    """An interpreter that really is Python 3.6, from PATH or pyenv, or None."""
    root = pathlib.Path(os.environ.get('PYENV_ROOT', pathlib.Path.home() / '.pyenv'))
    for candidate in [shutil.which('python3.6'), *sorted(root.glob('versions/3.6.*/bin/python'))]:
        if candidate and subprocess.run([candidate, '-c', 'import sys; assert sys.version_info[:2] == (3, 6)'],
                                        capture_output=True).returncode == 0:
            return candidate
    return None


def test_worker_side_compiles_on_python_3_6():
    interpreter = python36()
    if interpreter is None:
        pytest.skip('no Python 3.6 on PATH or under pyenv; the syntax alone was checked')
    code = 'import sys\nfor path in sys.argv[1:]: compile(open(path, encoding="utf-8").read(), path, "exec")'
    paths = [ROOT / 'legacy' / (module.replace('.', '/') + '.py') for module in WORKER_SIDE]
    done = subprocess.run([interpreter, '-c', code, *map(str, paths)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('module', COMPARING)
def test_comparing_side_imports_no_tensorflow(module):
    code = f'import sys, legacy.{module}; sys.exit("tensorflow" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], cwd=ROOT).returncode == 0


def test_the_port_imports_no_matplotlib():
    code = 'import sys, legacy.article; sys.exit("matplotlib" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], cwd=ROOT).returncode == 0
