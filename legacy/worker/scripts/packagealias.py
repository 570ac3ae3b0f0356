"""This program under another name, for a script that has a package `legacy` of its own. Runs on Python 3.6.

`import legacy` is then the script's. The modules of this program are the same files, read with the other name in place
of theirs; that takes a second longer, since Python keeps no compiled files of them.
"""
import ast
import importlib.machinery
import importlib.util
import os
import sys
import types
from typing import Any, Iterator, Optional, Sequence

OURS, NAME = 'legacy', 'compat_run_legacy'
APART = 'COMPAT_RUN_APART'  # a variable that is set for what the script starts
PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def install() -> str:
    """From now on this program's package has the name that is returned, and `legacy` is anybody's."""
    sys.meta_path.insert(0, _Finder())
    for name in [name for name in sys.modules if name == OURS or name.startswith(OURS + '.')]:
        del sys.modules[name]
    os.environ[APART] = '1'
    return NAME


class _Finder(object):
    """A meta-path finder for NAME and all below."""

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None,
                  target: Optional[types.ModuleType] = None) -> Optional[importlib.machinery.ModuleSpec]:
        """See importlib.abc.MetaPathFinder."""
        if name != NAME and not name.startswith(NAME + '.'):
            return None
        place = os.path.join(PACKAGE, *name.split('.')[1:])
        folder = os.path.isdir(place)
        file = os.path.join(place, '__init__.py') if folder else place + '.py'
        if not os.path.isfile(file):
            return None
        return importlib.util.spec_from_file_location(name, file, loader=_Loader(name, file),
                                                      submodule_search_locations=[place] if folder else None)


class _Loader(importlib.machinery.SourceFileLoader):
    """Reads a module with NAME in place of OURS, in imports and in names of modules."""

    def get_code(self, fullname: str) -> Optional[types.CodeType]:
        """The code, never from a compiled file, which has the other names in it."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(  # type: ignore[override]  # as SourceLoader has it, whose other base has a static method
            self, data: Any, path: Any, *, _optimize: int = -1) -> types.CodeType:
        """See importlib.abc.InspectLoader."""
        tree = ast.parse(data)
        nodes: Iterator[Any] = ast.walk(tree)
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                node.module = _renamed(node.module)
            elif type(node).__name__ == 'Constant' and isinstance(node.value, str):
                node.value = _renamed(node.value)
            elif type(node).__name__ == 'Str':  # Python 3.6 and 3.7
                node.s = _renamed(node.s)
        return compile(tree, path, 'exec', dont_inherit=True, optimize=_optimize)


def _renamed(name: str) -> str:
    is_ours = name == OURS or name.startswith((OURS + '.worker', OURS + '.formats', OURS + '.shim', OURS + '.article'))
    return NAME + name[len(OURS):] if is_ours else name
