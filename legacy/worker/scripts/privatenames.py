"""What TensorFlow 1's private modules had, for scripts and for the files of tf.contrib. Runs on Python 3.6.

Releases after 1.15 moved names from one module of tensorflow.python to another, renamed them or dropped them. A module
that is asked for a name which it has not finds it here: by a table, made from both wheels, or in 1.15.5's own file.
"""
import collections
import importlib
import importlib.util
import io
import os
import sys
import types
from typing import Any, Dict, List, NamedTuple, Set, Tuple

from legacy.formats import places
from legacy.worker.scripts import oldsources, standins

TABLE = os.path.join(places.DATA, 'private_names.tsv')
PRIVATE = 'tensorflow.python'
SHADOW = 'tensorflow_1_15.'  # a module that this release has, loaded from 1.15.5's file beside it, is called so
Row = NamedTuple('Row', [('now', str), ('names', Dict[str, str])])  # where; {name: its name there}


def table() -> Dict[str, List[Row]]:
    """{module: [Row, ...]} of data/private_names.tsv."""
    found: Dict[str, List[Row]] = collections.defaultdict(list)
    with io.open(TABLE, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]
    for module, now, names in rows[1:]:
        pairs = (name.partition('=') for name in names.split())
        found[module].append(Row(now, {old: new or old for old, _, new in pairs}))
    return found


class PrivateNames(object):
    """Finds names for modules of tensorflow.python. namespace: the module that is `tensorflow` for the script."""

    def __init__(self, namespace: types.ModuleType) -> None:
        self._namespace = namespace
        self._table = table()
        self._busy: Set[Tuple[str, str]] = set()  # (module, name) that are being looked for

    def knows(self, module: str) -> bool:
        """Whether TensorFlow 1.15.5 had the module, as far as is known here."""
        return _short(module) in self._table or oldsources.path_of(module) is not None

    def attach(self, module: types.ModuleType) -> None:
        """Let a module, once it is loaded, find here what it has not itself."""
        own = module.__dict__.get('__getattr__')
        name = module.__name__

        def __getattr__(attribute: str) -> Any:
            if own is not None:
                try:
                    return own(attribute)
                except AttributeError:
                    pass
            value = self.find(name, attribute)
            module.__dict__[attribute] = value
            return value
        if sys.version_info >= (3, 7):
            vars(module)['__getattr__'] = __getattr__
        else:
            module.__class__ = type('Module', (types.ModuleType,), {'__getattr__': lambda _, item: __getattr__(item)})

    def find(self, module: str, name: str) -> Any:
        """What 1.15.5's `module` had under this name. Raises AttributeError."""
        if name.startswith('__') or (module, name) in self._busy:
            raise AttributeError("module '%s' has no attribute '%s'" % (module, name))
        self._busy.add((module, name))
        try:
            return self._find(module, name)
        finally:
            self._busy.discard((module, name))

    def _find(self, module: str, name: str) -> Any:
        stand_in = standins.find(module, name)
        if stand_in is not None:
            return stand_in
        for row in self._table.get(_short(module), ()):
            if name in row.names:
                try:
                    return getattr(self._place(row.now), row.names[name])
                except (AttributeError, ImportError):
                    pass
        try:
            return importlib.import_module('%s.%s' % (module, name))
        except ImportError:
            pass
        native = standins.of_native(module, name)
        return getattr(self.of_1_15(module), name) if native is None else native

    def _place(self, now: str) -> Any:
        if now.startswith('tf:'):
            found = self._namespace
            for part in filter(None, now[3:].split('.')):
                found = getattr(found, part)
            return found
        return importlib.import_module(now if now.startswith('tf_keras') else '%s.%s' % (PRIVATE, now))

    def of_1_15(self, module: str) -> types.ModuleType:
        """1.15.5's own module, loaded beside the one that this release has. Raises AttributeError if there is none."""
        name = SHADOW + module
        if name not in sys.modules:
            spec = oldsources.spec_of(name, oldsources.path_of(module))
            if spec is None:
                raise AttributeError("module '%s' is not among the files of TensorFlow 1.15.5" % module)
            made = importlib.util.module_from_spec(spec)
            made.__package__ = module.rpartition('.')[0]
            sys.modules[name] = made
            try:
                assert spec.loader is not None
                with standins.loading():
                    spec.loader.exec_module(made)
            except Exception as error:
                del sys.modules[name]
                raise AttributeError("module '%s' of TensorFlow 1.15.5 does not load here: %s" % (module, error))
        return sys.modules[name]


def _short(module: str) -> str:
    return module[len(PRIVATE) + 1:]
