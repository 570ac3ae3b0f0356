"""`import tensorflow.X` in a script: what tf.X is. Runs on Python 3.6."""
import importlib.machinery
import os
import sys
import types

from legacy.worker.scripts import missing


class Finder(object):
    """A meta-path finder for tensorflow.<public name> and for modules that have moved.

    namespace: the module that is `tensorflow` for the script. supplied: names in it that it supplies itself.
    folders: folders of the installed package, whose other modules (tensorflow.python and the like) Python finds by
    itself. moved: {old prefix: new prefix} of module names.
    """

    def __init__(self, namespace, supplied, folders, moved):
        self._namespace = namespace
        self._private = {entry for folder in folders for entry in os.listdir(folder)
                         if os.path.isdir(os.path.join(folder, entry)) and entry not in supplied}
        self._moved = moved

    def find_spec(self, name, path=None, target=None):
        """See importlib.abc.MetaPathFinder. Raises NoSuchModule for what TensorFlow 1 had and nothing here has."""
        parts = name.split('.')
        if parts[0] == 'tensorflow':
            if len(parts) > 1 and parts[1] in self._private:
                return None
            module = self._public(name, parts[1:])
        else:
            module = self._from_new_place(name)
        if module is None:
            return None
        return importlib.machinery.ModuleSpec(name, _Loader(module), is_package=hasattr(module, '__path__'))

    def _public(self, name, parts):
        module = self._namespace
        try:
            for part in parts:
                module = getattr(module, part)
        except missing.NotSupplied as error:
            raise missing.NoSuchModule(str(error))
        except AttributeError:
            module = self._below(name)
        return module if isinstance(module, types.ModuleType) else None

    def _below(self, name):
        """A submodule that its package does not import by itself, as in tensorflow.keras.layers.experimental."""
        parent, _, last = name.rpartition('.')
        real = sys.modules.get(parent)
        if real is None or real is self._namespace or real.__name__ == parent:
            return None
        return _import_or_none('%s.%s' % (real.__name__, last))

    def _from_new_place(self, name):
        for old, new in self._moved.items():
            if name == old or name.startswith(old + '.'):
                return _import_or_none(new + name[len(old):])
        return None


class _Loader(object):
    """Puts a module that exists already under the name that was imported."""

    def __init__(self, module):
        self._module = module

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        # The module itself keeps its own __spec__; importlib takes from sys.modules whatever is there after this.
        sys.modules[module.__spec__.name] = self._module


def _import_or_none(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + '.')):
            return None
        raise
