"""A module that is put together from others: what tf.contrib.rnn, for one, is here. Runs on Python 3.6."""
import importlib
import types

from legacy.worker.scripts import missing

OWN = 'legacy.worker.scripts.own.'


class Supplied(types.ModuleType):
    """A module of TensorFlow 1 whose names are looked up in other places when a script first reads them.

    name: as the script imports it, such as 'tensorflow.contrib.rnn'. sources: where to look, in order: 'tf:nn' is
    tf.nn, 'own:rnn' a module of ours, 'tf_slim.layers' a module of an optional package. Reading what no source has
    raises NotSupplied: of the package to install, if one of them is not installed, else that it cannot be had.
    """

    def __init__(self, name, sources, namespace):
        super(Supplied, self).__init__(name)
        self.__path__ = []
        self.__dict__['_sources'] = tuple(sources)
        self.__dict__['_namespace'] = namespace

    def __getattr__(self, name):
        if name.startswith('__'):  # importlib, inspect, copy and pickle ask for a dozen of these
            raise AttributeError(name)
        value = self._found(name)
        setattr(self, name, value)
        return value

    def _found(self, name):
        public = '%s.%s' % (self.__name__.replace('tensorflow', 'tf', 1), name)
        absent = None
        for source in self._sources:
            package = source.partition('.')[0]
            if ':' not in source and missing.is_optional(package) and not missing.is_installed(package):
                absent = absent or package
                continue
            try:
                return _attribute(source, name, self._namespace)
            except missing.NotSupplied:
                raise
            except AttributeError:
                pass
        if absent:
            raise missing.NeedsPackage(missing.needs(public, absent))
        raise missing.NoSuchAttribute(missing.cannot_be_had(public))

    def __dir__(self):
        return sorted(set(self.__dict__).union(*(dir(_module(source, self._namespace)) for source in self._sources
                                                 if ':' in source or missing.is_installed(source.partition('.')[0]))))


def _attribute(source, name, namespace):
    """The attribute or submodule `name` of a source. Raises AttributeError."""
    module = _module(source, namespace)
    try:
        return getattr(module, name)
    except AttributeError:
        full = '%s.%s' % (module.__name__, name)
        if not hasattr(module, '__path__') or source.startswith('tf:'):
            raise
    try:
        return importlib.import_module(full)
    except ImportError as error:
        if error.name != full:
            raise
        raise AttributeError(name)


def _module(source, namespace):
    kind, _, path = source.rpartition(':')
    if kind == 'own':
        return importlib.import_module(OWN + path)
    if not kind:
        return importlib.import_module(path)
    module = namespace
    for part in filter(None, path.split('.')):
        module = getattr(module, part)
    return module
