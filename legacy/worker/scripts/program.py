"""What is run as `__main__`: a script's file or a module. Runs on Python 3.6."""
import importlib.machinery
import importlib.util
import os
import sys
import types
from typing import Any, Callable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from legacy.formats.errors import LegacyError

# name: the script's file as typed, or a module's name if as_module. arguments: what follows it on the command line.
Script = NamedTuple('Script', [('name', str), ('arguments', List[str]), ('as_module', bool)])

Find = Callable[[str], Optional[importlib.machinery.ModuleSpec]]


class NoScript(LegacyError):
    """There is no such script."""


def check(script: Script) -> None:
    """Raises NoScript unless there is such a script, as far as can be said before TensorFlow is imported."""
    if script.as_module:
        return
    if os.path.isdir(script.name):
        raise NoScript('%s is a folder; name the script in it' % script.name)
    if not os.path.isfile(script.name):
        raise NoScript('there is no script %s' % script.name)


def file_of(script: Script) -> str:
    """Path of the file that is run. Raises NoScript.

    The packages that a module is in are not imported, if it is found without: they may import TensorFlow, which is to
    be TensorFlow 1 by then, and watched."""
    if not script.as_module:
        return os.path.abspath(script.name)
    try:
        return _origin(_spec(script.name, _unimported))
    except NoScript as missing:
        try:  # a package may say only when it is imported where its modules are
            return _origin(_spec(script.name, importlib.util.find_spec))
        except Exception:
            raise missing


def _origin(spec: importlib.machinery.ModuleSpec) -> str:
    """Of what `_spec` has found, whose loader has code of a file."""
    assert spec.origin is not None
    return spec.origin


def use_copies(copied: Mapping[str, str]) -> None:
    """Take modules from copies of folders, {folder: its copy}, in this process and in those that it starts. What is not
    in a copy, as a virtual environment in the folder, is taken from where it is."""
    def instead(path: str) -> str:
        for folder, copy in copied.items():
            if path == folder or path.startswith(folder + os.sep):
                copied_path = copy + path[len(folder):]
                return copied_path if os.path.exists(copied_path) else path
        return path
    sys.path[:] = [instead(path) for path in sys.path]
    if os.environ.get('PYTHONPATH'):
        paths = os.environ['PYTHONPATH'].split(os.pathsep)
        os.environ['PYTHONPATH'] = os.pathsep.join(instead(os.path.abspath(path)) for path in paths if path)


def main_module(script: Script) -> Tuple[types.ModuleType, types.CodeType]:
    """The module __main__ with all that Python gives it, and its code. Sets sys.argv and sys.path[0]."""
    main = types.ModuleType('__main__')
    vars(main)['__builtins__'] = sys.modules['builtins']
    if script.as_module:
        sys.path[0] = os.getcwd()
        spec = _spec(script.name, importlib.util.find_spec)
        loader: Any = spec.loader
        code, path = loader.get_code(spec.name), _origin(spec)
        main.__dict__.update(__spec__=spec, __package__=spec.parent, __loader__=spec.loader, __file__=path,
                             __cached__=spec.cached)
        sys.argv[:] = [path] + list(script.arguments)
        return main, code
    sys.path[0] = os.path.dirname(os.path.realpath(script.name))
    path = os.path.abspath(script.name) if sys.version_info >= (3, 9) else script.name
    main.__dict__.update(__file__=path, __cached__=None,
                         __loader__=importlib.machinery.SourceFileLoader('__main__', path))
    sys.argv[:] = [script.name] + list(script.arguments)
    with open(script.name, 'rb') as file:
        source = file.read()
    return main, compile(source, path, 'exec', dont_inherit=True)


def _spec(name: str, find: Find) -> importlib.machinery.ModuleSpec:
    """The ModuleSpec of a module, or of a package's `__main__`. find: looks a module up by its name."""
    sys.path.insert(0, os.getcwd())
    try:
        return _spec_on_path(name, find)
    finally:
        sys.path.remove(os.getcwd())


def _spec_on_path(name: str, find: Find) -> importlib.machinery.ModuleSpec:
    try:
        spec = find(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += '.__main__'
            spec = find(name)
    except ModuleNotFoundError as error:
        if not name.startswith(error.name or '?'):
            raise
        spec = None
    if spec is None or not hasattr(spec.loader, 'get_code'):
        raise NoScript('there is no module %s to run' % name)
    return spec


def _unimported(name: str) -> Optional[importlib.machinery.ModuleSpec]:
    """As `importlib.util.find_spec`, which imports the packages that a module is in."""
    spec: Optional[importlib.machinery.ModuleSpec] = None
    path: Optional[Sequence[str]] = None
    parts = name.split('.')
    for k in range(len(parts)):
        module = '.'.join(parts[:k + 1])
        spec = next(filter(None, (finder.find_spec(module, path) for finder in sys.meta_path
                                  if hasattr(finder, 'find_spec'))), None)
        if spec is None:
            return None
        path = spec.submodule_search_locations or []
    return spec
