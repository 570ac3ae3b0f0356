"""The folder says the side: what each room of `legacy` may import, inside functions too."""
import ast
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / 'legacy'
HERE_SIDE = {'judge', 'machine', 'reports', 'check', 'graph', 'upgrade', 'claims', 'commands'}
# What runs inside any TensorFlow: the room, and the two files beside the rooms that belong to it.
WORKER_SIDE = {'worker', 'shim', 'article'}
BOTH_SIDES = {'formats', 'recording'}
# {room: rooms that its modules may import beside their own}; a file beside the rooms counts as one.
MAY_IMPORT = {
    'formats': set(),
    'recording': {'formats'},
    'shim': {'formats', 'worker'},
    'article': {'shim', 'worker'},
    'worker': {'formats', 'shim', 'article'},
    'judge': {'formats'},
    'machine': {'formats'},
    'reports': {'formats', 'judge'},
    'check': {'formats', 'judge', 'machine', 'reports'},
    'graph': {'formats', 'judge', 'machine', 'reports'},
    'upgrade': {'formats', 'judge', 'machine', 'reports', 'check'},
    'claims': {'formats', 'judge', 'machine', 'reports'},
    'commands': {'formats', 'judge', 'machine', 'reports', 'check', 'graph', 'upgrade', 'claims'},
}
LIBRARIES = {  # beside the standard library
    **dict.fromkeys(BOTH_SIDES, {'numpy'}),
    **dict.fromkeys(WORKER_SIDE, {'numpy', 'tensorflow', 'google'}),  # google: protobuf, which comes with TensorFlow
    'article': {'numpy', 'matplotlib'},  # matplotlib: inside plot_his
}
# article: of which a copy lies beside that of this file; matplotlib: with --show
OF_A_FILE = {'worker/scripts/trained.py': {'article', 'tensorflow', 'matplotlib'}}
SOURCES = sorted(PACKAGE.rglob('*.py'))


def room_of(path):
    """'judge' for legacy/judge/drift.py, 'shim' for legacy/shim.py, '' for legacy/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix('').parts
    return '' if parts == ('__init__',) else parts[0]


def imported(path):
    """Dotted names of all that a file imports, inside functions too."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: a relative import'
            names += [f'{node.module}.{alias.name}' for alias in node.names]
    return names


def rooms_imported(path):
    parts = [name.split('.') for name in imported(path)]
    return {names[1] for names in parts if names[0] == 'legacy'}


def named(path):
    return path.relative_to(PACKAGE).as_posix()


def test_every_room_has_a_rule():
    assert {room_of(path) for path in SOURCES} - {''} == set(MAY_IMPORT) == HERE_SIDE | WORKER_SIDE | BOTH_SIDES


@pytest.mark.parametrize('path', SOURCES, ids=named)
def test_module_imports_only_rooms_that_its_own_may(path):
    room = room_of(path)
    assert rooms_imported(path) <= MAY_IMPORT.get(room, set()) | {room}


@pytest.mark.parametrize('path', SOURCES, ids=named)
def test_module_imports_only_libraries_that_its_side_has(path):
    outside = {name.split('.')[0] for name in imported(path)} - set(sys.stdlib_module_names) - {'legacy'}
    room = room_of(path)
    if room in LIBRARIES:
        assert outside <= OF_A_FILE.get(named(path), LIBRARIES[room])
    else:
        assert not outside & {'tensorflow', 'tf_keras', 'keras', 'google'}


def test_the_door_into_the_worker_side_is_one():
    reaching = [named(path) for path in SOURCES if room_of(path) in HERE_SIDE
                and "import_module('legacy.worker" in path.read_text(encoding='utf-8')]
    assert reaching == ['machine/here.py']


def test_a_rule_that_is_broken_is_seen(tmp_path):
    path = tmp_path / 'module.py'
    path.write_text('def ask():\n    from legacy.worker import record\n    import legacy.shim\n')
    assert rooms_imported(path) == {'worker', 'shim'}


def test_legacy_has_at_most_16_entries():
    entries = [path.name for path in PACKAGE.iterdir() if path.name != '__pycache__']
    assert len(entries) <= 16, entries


def test_no_two_modules_of_a_room_have_one_name():
    names = [(room_of(path), path.name) for path in SOURCES if not path.name.startswith('__')]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize('path', [path for path in SOURCES if path.name == '__init__.py'], ids=named)
def test_each_room_says_what_is_in_it(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding='utf-8')))


# ---- Python 3.6

OLD_SIDE = [path for path in SOURCES if room_of(path) in WORKER_SIDE | BOTH_SIDES]


@pytest.mark.parametrize('path', OLD_SIDE, ids=named)
def test_worker_side_parses_as_python_3_6(path):
    ast.parse(path.read_text(encoding='utf-8'), feature_version=(3, 6))


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
    done = subprocess.run([interpreter, '-c', code, *map(str, OLD_SIDE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---- what is imported when

HERE_MODULES = ['.'.join(path.relative_to(ROOT).with_suffix('').parts) for path in SOURCES
                if room_of(path) in HERE_SIDE | BOTH_SIDES and path.name != '__init__.py']


def test_this_side_imports_no_tensorflow():
    code = (f'import importlib, sys\nfor name in {HERE_MODULES!r}:\n    importlib.import_module(name)\n'
            '    assert "tensorflow" not in sys.modules, name')
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_port_imports_no_matplotlib():
    code = 'import sys, legacy.article; sys.exit("matplotlib" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], cwd=ROOT).returncode == 0
