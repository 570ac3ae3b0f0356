"""`import tensorflow` in a script: TensorFlow 1 on whatever TensorFlow is installed. Runs on Python 3.6."""
import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import types
from typing import Any, List

from legacy import shim
from legacy.worker.scripts import contrib, releases, standins
from legacy.worker.scripts.api1 import Api
from legacy.worker.scripts.finder import Finder

VERSION = '1.15.5'  # what a script is told, since scripts branch on it


class TensorFlow1(types.ModuleType):
    """The module `tensorflow` of a script: tf.compat.v1, and what TensorFlow 2 took out of it.

    Other packages address tensorflow.compat.v1 and tensorflow.python, which stay the real ones.
    """

    def __init__(self, real: types.ModuleType, v1: types.ModuleType) -> None:
        super(TensorFlow1, self).__init__('tensorflow', v1.__doc__)
        # Where no Keras is installed, its place among these is None, of which Python makes no path.
        folders = [folder for folder in real.__path__ if folder]
        self.__dict__.update(_real=real, _v1=v1, __version__=VERSION, VERSION=VERSION, __path__=folders,
                             __file__=real.__file__, __package__='tensorflow', version=_told_version(v1.version))
        spec = importlib.machinery.ModuleSpec('tensorflow', _Stays(), is_package=True)
        assert spec.submodule_search_locations is not None
        spec.submodule_search_locations.extend(self.__path__)
        self.__spec__, self.__loader__ = spec, spec.loader
        self.contrib = contrib.Contrib()
        self.__dict__.update(releases.tensor_classes())

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__') and name.endswith('__'):
            return getattr(self._v1, name)
        if name in EXTRAS:
            value = EXTRAS[name](self)
        else:
            value = getattr(self._v1, name, self)  # a module is not in itself
            if value is self:
                value = self._submodule(name)
        setattr(self, name, value)  # the next look is a plain one
        return value

    def _submodule(self, name: str) -> types.ModuleType:
        """tf.python and the like."""
        module = sys.modules.get('tensorflow.' + name)
        if module is None:
            raise AttributeError("module 'tensorflow' has no attribute '%s'" % name)
        return module

    def __dir__(self) -> List[str]:
        return sorted(set(dir(self._v1)) | set(self.__dict__) | set(EXTRAS))


class _Stays(importlib.abc.Loader):
    """Loader of what is loaded: importlib.reload(tensorflow) leaves it as it is."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return sys.modules[spec.name]

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def _told_version(real: types.ModuleType) -> types.ModuleType:
    version = types.ModuleType('tensorflow.version', real.__doc__)
    version.__dict__.update({name: value for name, value in vars(real).items() if not name.startswith('__')},
                            VERSION=VERSION)
    return version


def _examples(namespace: TensorFlow1) -> types.ModuleType:
    return importlib.import_module('tensorflow.examples')


def _compat(namespace: TensorFlow1) -> types.ModuleType:
    """Of TensorFlow itself: tf.compat.v1.compat.v2 has no compat.v1, which Keras asks of it if it is imported late, as
    in 2.12 to 2.14."""
    compat: types.ModuleType = namespace._real.compat
    return compat


# Names of tf that tf.compat.v1 does not have in every release, or not as TensorFlow 1 had them.
EXTRAS = {'compat': _compat, 'examples': _examples}


def install() -> types.ModuleType:
    """Make `import tensorflow` TensorFlow 1 in this process from now on; return that module.

    Under TensorFlow 1 that is the module itself. `legacy.shim` must have been imported, which this module does.
    """
    if shim.RELEASE < (2, 0):
        own: types.ModuleType = shim.tf
        return own
    real = sys.modules['tensorflow']
    if isinstance(real, TensorFlow1):
        return real
    namespace = TensorFlow1(real, shim.tf)
    # 2.13 to 2.15 have None among them, the place of a Keras that is yet to be imported
    folders = [folder for folder in real.__path__ if folder and os.path.isdir(os.path.join(folder, 'python'))]
    for public, where in releases.api_of_1_15().items():
        owner = shim.tf
        for part in public.split('.')[:-1]:
            owner = getattr(owner, part)
        setattr(owner, public.rpartition('.')[2], Api('tensorflow.' + public, where))
    sys.meta_path.insert(0, Finder(namespace, set(EXTRAS) | {'estimator'}, folders, releases.modules_of_1_15()))
    standins.give_back_methods()
    for name in [name for name in sys.modules if name.startswith('tensorflow.keras')]:
        del sys.modules[name]
    sys.modules['tensorflow'] = namespace
    sys.modules[contrib.NAME] = namespace.contrib
    return namespace
