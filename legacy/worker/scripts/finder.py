"""`import tensorflow.X` in a script: what tf.X is. Runs on Python 3.6."""
import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import types
from importlib.machinery import ModuleSpec
from typing import Any, Container, Iterable, Optional, Sequence

from legacy.worker.scripts import notsupplied, oldsources, standins
from legacy.worker.scripts.privatenames import PRIVATE, PrivateNames

FAULTS = (ImportError, AttributeError, TypeError, NameError, KeyError, ValueError, SyntaxError)


class Finder(object):
    """A meta-path finder for tensorflow.<public name>, for tensorflow.contrib and for modules that moved or went.

    namespace: the module that is `tensorflow` for the script. supplied: names in it that it supplies itself.
    folders: folders of the installed package, whose other modules (tensorflow.core and the like) Python finds by
    itself. of_1_15: modules that are taken from 1.15.5's files with all below them, whatever is installed.
    """

    def __init__(self, namespace: types.ModuleType, supplied: Container[str], folders: Iterable[str],
                 of_1_15: Iterable[str]) -> None:
        self._namespace = namespace
        self._private = {entry for folder in folders for entry in os.listdir(folder)
                         if os.path.isdir(os.path.join(folder, entry)) and entry not in supplied}
        self._whole = tuple(of_1_15)
        self._has_core = 'tensorflow_core' in sys.modules  # a package of its own until 2.1, which `tensorflow` loads
        self._names = PrivateNames(namespace)
        for name in sorted(name for name in sys.modules if self._is_of_1_15(name)):
            parent, _, last = name.rpartition('.')
            vars(sys.modules.get(parent, namespace)).pop(last, None)
            del sys.modules[name]
        for name, module in list(sys.modules.items()):
            if name.startswith(PRIVATE + '.') and type(module) is types.ModuleType and self._names.knows(name):
                self._names.attach(module)

    def _is_of_1_15(self, name: str) -> bool:
        return any(name == whole or name.startswith(whole + '.') for whole in self._whole)

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None,
                  target: Optional[types.ModuleType] = None) -> Optional[ModuleSpec]:
        """See importlib.abc.MetaPathFinder. Raises NoSuchModule for what TensorFlow 1 had and nothing here has."""
        parts = name.split('.')
        if parts[0] != 'tensorflow':
            return self._of_other_packages(name, parts[0], path)
        if parts[1:] == ['contrib']:
            return _given(name, self._namespace.contrib)
        if parts[1:2] == ['contrib'] or parts[1:2] == ['examples'] or self._is_of_1_15(name):
            return _taken(name)
        if parts[1:2] == ['python']:
            return self._of_tensorflow(name, path)
        if len(parts) > 1 and parts[1] in self._private:
            return _installed(name, path) or _of_1_15(name)
        return _given(name, self._public(name, parts[1:]))

    def _of_other_packages(self, name: str, package: str, path: Optional[Sequence[str]]) -> Optional[ModuleSpec]:
        if package == 'tensorflow_core' and not self._has_core:  # as editors of the time completed it
            return _given(name, importlib.import_module(name.replace('tensorflow_core', 'tensorflow', 1)))
        if package in oldsources.TOP and (self._whole or _installed(name, path) is None):
            return _of_1_15(name)
        return None

    def _of_tensorflow(self, name: str, path: Optional[Sequence[str]]) -> Optional[ModuleSpec]:
        """A module of tensorflow.python: this release's, with what it lacks; or else what 1.15.5 had."""
        if not self._names.knows(name):
            return None
        spec = _installed(name, path)
        if spec is None:
            return ModuleSpec(name, _Empty(self._names), is_package=True)
        loader: Any = spec.loader
        native = loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            native(module)
            self._names.attach(module)
        loader.exec_module = exec_module
        return spec

    def _public(self, name: str, parts: Iterable[str]) -> Optional[types.ModuleType]:
        module: Any = self._namespace
        try:
            for part in parts:
                module = getattr(module, part)
        except notsupplied.NotSupplied as error:
            raise notsupplied.NoSuchModule(str(error))
        except AttributeError:
            module = self._below(name)
        return module if isinstance(module, types.ModuleType) else None

    def _below(self, name: str) -> Optional[types.ModuleType]:
        """A submodule that its package does not import by itself, as in tensorflow.keras.layers.experimental."""
        parent, _, last = name.rpartition('.')
        real = sys.modules.get(parent)
        if real is None or real is self._namespace or real.__name__ == parent:
            return None
        return _import_or_none('%s.%s' % (real.__name__, last))


def _installed(name: str, path: Optional[Sequence[str]]) -> Optional[ModuleSpec]:
    """The ModuleSpec of a module that is installed, or None."""
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    return None if spec is None or oldsources.has(spec.origin) else spec


def _taken(name: str) -> ModuleSpec:
    """The ModuleSpec of a module of 1.15.5's. Raises NoSuchModule."""
    spec = _of_1_15(name)
    if spec is None:
        public = name.replace('tensorflow', 'tf', 1)
        why = notsupplied.no_such_thing(public) if oldsources.folder() else notsupplied.no_sources(public)
        raise notsupplied.NoSuchModule(why)
    return spec


def _of_1_15(name: str) -> Optional[ModuleSpec]:
    """The ModuleSpec of a file of 1.15.5's, with a loader that says in one line why it cannot be had; or None."""
    spec = oldsources.spec_of(name)
    if spec is None:
        return None
    loader: Any = spec.loader
    native, then = loader.exec_module, standins.after(name)

    def exec_module(module: types.ModuleType) -> None:
        try:
            with standins.loading():
                native(module)
            if then is not None:
                then(module)
        except notsupplied.NotSupplied:
            raise
        except FAULTS as error:
            raise notsupplied.NoSuchModule(notsupplied.does_not_load(name.replace('tensorflow', 'tf', 1), error))
    loader.exec_module = exec_module
    return spec


class _Empty(importlib.abc.Loader):
    """Loader of a module that this release has not: its names are where they have moved to, or in 1.15.5's file."""

    def __init__(self, names: PrivateNames) -> None:
        self._names = names

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        self._names.attach(module)


def _given(name: str, module: Optional[types.ModuleType]) -> Optional[ModuleSpec]:
    if module is None:
        return None
    return ModuleSpec(name, _Loader(module), is_package=hasattr(module, '__path__'))


class _Loader(importlib.abc.Loader):
    """Puts a module that exists already under the name that was imported."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        # The module itself keeps its own __spec__; importlib takes from sys.modules whatever is there after this.
        assert module.__spec__ is not None
        sys.modules[module.__spec__.name] = self._module


def _import_or_none(name: str) -> Optional[types.ModuleType]:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + '.')):
            return None
        raise
