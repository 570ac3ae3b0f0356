"""A module of TensorFlow 1's public API as 1.15.5's files list it, such as tf.keras. Runs on Python 3.6."""
import ast
import importlib
import os
import types
from typing import Any, Dict, List, Optional, Tuple

from legacy.worker.scripts import notsupplied, oldsources


class Api(types.ModuleType):
    """A public module whose names are imported, from where 1.15.5's file says, when a script first reads them.

    name: as the script imports it, such as 'tensorflow.keras'. where: the module of 1.15.5 whose file lists the names,
    such as 'tensorflow.python.keras.api._v1.keras'; folders beside it are modules below it. Reading a name raises
    NoSuchAttribute if there is none, or if 1.15.5's files are not on this machine.
    """

    _where: str
    _listed: Optional[Dict[str, Tuple[str, str]]]

    def __init__(self, name: str, where: str) -> None:
        super(Api, self).__init__(name)
        self.__dict__.update(__path__=[], _where=where, _listed=None)

    def _names(self) -> Dict[str, Tuple[str, str]]:
        listed = self._listed
        if listed is None:
            path = oldsources.path_of(self._where)
            if path is None:
                return {}
            listed = self.__dict__['_listed'] = _listed(path)
        return listed

    def __getattr__(self, name: str) -> Any:
        if name == '__file__' and oldsources.path_of(self._where) is not None:
            return oldsources.path_of(self._where)
        if name.startswith('__') and name != '__version__':  # importlib, inspect, copy and pickle ask for a dozen
            raise AttributeError(name)
        public = '%s.%s' % (self.__name__.replace('tensorflow', 'tf', 1), name)
        if oldsources.path_of(self._where) is None:
            raise notsupplied.NoSuchAttribute(notsupplied.no_sources(public))
        below = '%s.%s' % (self._where, name)
        if oldsources.path_of(below) is not None:
            value = Api('%s.%s' % (self.__name__, name), below)
        elif name in self._names():
            module, item = self._names()[name]
            value = _imported(module, item)
        else:
            raise notsupplied.NoSuchAttribute(notsupplied.no_such_thing(public))
        setattr(self, name, value)
        return value

    def __dir__(self) -> List[str]:
        path = oldsources.path_of(self._where)
        folder = os.path.dirname(path) if path else ''
        below = [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))] if folder else []
        return sorted(set(self._names()).union(below) - {'__pycache__'})


def _imported(module: str, item: str) -> Any:
    found = importlib.import_module(module)
    try:
        return getattr(found, item)
    except AttributeError:
        return importlib.import_module('%s.%s' % (module, item))


def _listed(path: str) -> Dict[str, Tuple[str, str]]:
    """{name: (module, name there)} of what a file of the API imports."""
    with open(path, 'rb') as source:
        tree = ast.parse(source.read())
    return {alias.asname or alias.name: (node.module or '', alias.name) for node in tree.body
            if isinstance(node, ast.ImportFrom) for alias in node.names
            if not (alias.asname or alias.name).startswith('_') or alias.name == '__version__'}
