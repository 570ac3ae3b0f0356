"""Which rooms have types: what `.mypy.ini` leaves out, which may only become less, and that nothing else lacks any."""
import ast
import configparser

import pytest

from tests.conftest import ROOT
from tests.test_rooms import SOURCES, named

UNTYPED = {
    'legacy.article',
}


def settings():
    found = configparser.ConfigParser()
    found.read(ROOT / '.mypy.ini', encoding='utf-8')
    return found


def listed(text):
    return {name.strip().removesuffix('.*') for name in text.split(',') if name.strip()}


def ignored():
    """Rooms and modules whose errors mypy does not tell."""
    sections = [name for name in settings() if name.startswith('mypy-') and 'ignore_errors' in settings()[name]]
    return {name for section in sections for name in listed(section.removeprefix('mypy-'))}


def module_of(path):
    return '.'.join(path.relative_to(ROOT).with_suffix('').parts).removesuffix('.__init__')


def is_typed(path):
    module = module_of(path)
    return not any(module == name or module.startswith(name + '.') for name in UNTYPED)


def without_types(text):
    """Names of functions of which a parameter or the result has no type."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = node.args
            parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            untyped = [one for one in parameters if one and not one.annotation and one.arg not in ('self', 'cls')]
            if untyped or not node.returns:
                found.append(node.name)
    return found


def test_the_rooms_without_types_are_these_and_no_others():
    assert ignored() == UNTYPED


def test_typed_rooms_may_call_functions_without_types_only_in_these():
    assert listed(settings()['mypy']['untyped_calls_exclude']) == UNTYPED


def test_each_room_without_types_is_there():
    modules = {module_of(path) for path in SOURCES}
    assert UNTYPED <= modules


def test_the_types_are_checked_strictly():
    assert settings()['mypy'].getboolean('strict') and settings()['mypy']['files'] == 'legacy'


@pytest.mark.parametrize('path', [path for path in SOURCES if is_typed(path)], ids=named)
def test_module_of_a_typed_room_has_no_function_without_types(path):
    assert without_types(path.read_text(encoding='utf-8')) == []


@pytest.mark.parametrize('text', [
    'def ask(word) -> str: ...', 'def ask(word: str): ...', 'def ask(*words) -> str: ...'])
def test_a_function_without_types_is_seen(text):
    assert without_types(text) == ['ask']
