"""tf.contrib as it was: 1.15.5's own Python files, each package imported when a script first asks for it. Runs on
Python 3.6."""
import ast
import importlib
import os
import types
from typing import Any, Dict, List, Optional

from legacy.worker.scripts import notsupplied, oldsources

NAME = 'tensorflow.contrib'


class Contrib(types.ModuleType):
    """The module tf.contrib. 1.15.5's own imports all its packages at once, which takes seconds; this one none.

    Some names are not packages of that name, such as tf.contrib.eager: 1.15.5's own file says what they are.
    """

    _elsewhere: Optional[Dict[str, str]]

    def __init__(self) -> None:
        super(Contrib, self).__init__(NAME)
        path = oldsources.path_of(NAME)
        self.__dict__.update(__path__=[os.path.dirname(path)] if path else [], __file__=path, __package__=NAME,
                             _elsewhere=None)

    def _aliases(self) -> Dict[str, str]:
        elsewhere = self._elsewhere
        if elsewhere is None:
            elsewhere = self.__dict__['_elsewhere'] = _aliases(self.__file__) if self.__file__ else {}
        return elsewhere

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):  # importlib, inspect, copy and pickle ask for a dozen of these
            raise AttributeError(name)
        if not self.__path__:
            raise notsupplied.NoSuchAttribute(notsupplied.no_sources('tf.contrib.' + name))
        module = self._aliases().get(name, '%s.%s' % (NAME, name))
        if oldsources.path_of(module) is None:
            raise notsupplied.NoSuchAttribute(notsupplied.no_such_thing('tf.contrib.' + name))
        try:
            found = importlib.import_module(module)
        except notsupplied.NoSuchModule as error:
            raise notsupplied.NoSuchAttribute(str(error))
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        """Importing the package tensorflow.contrib.eager does not make it tf.contrib.eager."""
        if self._aliases().get(name, getattr(value, '__name__', None)) == getattr(value, '__name__', None):
            super(Contrib, self).__setattr__(name, value)

    def __dir__(self) -> List[str]:
        folder = self.__path__[0] if self.__path__ else ''
        packages = [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))] if folder else []
        return sorted(set(packages) - {'__pycache__'} | set(self._aliases()))


def _aliases(file: str) -> Dict[str, str]:
    """{name: module} of what 1.15.5's own __init__ binds to another module than the package of that name."""
    with open(file, 'rb') as source:
        tree = ast.parse(source.read())
    found: Dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or '').startswith(NAME):
            for alias in node.names:
                module = '%s.%s' % (node.module, alias.name)
                if module != '%s.%s' % (NAME, alias.asname or alias.name):
                    found[alias.asname or alias.name] = module
    return found
