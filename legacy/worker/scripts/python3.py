"""Names of Python's library, scipy and Pillow that scripts of TensorFlow 1's time use and later releases removed. Runs
on Python 3.6."""
import importlib
import importlib.abc
import importlib.machinery
import inspect
import sys
import types
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

ABSTRACT = ('Awaitable', 'Coroutine', 'AsyncIterable', 'AsyncIterator', 'AsyncGenerator', 'Hashable', 'Iterable',
            'Iterator', 'Generator', 'Reversible', 'Container', 'Collection', 'Callable', 'Set', 'MutableSet',
            'Mapping', 'MutableMapping', 'MappingView', 'KeysView', 'ItemsView', 'ValuesView', 'Sequence',
            'MutableSequence', 'ByteString', 'Sized')
PICTURES = 'legacy.worker.scripts.scipy_pictures'
_EIGEN = {name: 'scipy.sparse.linalg:' + name for name in ('eigs', 'eigsh', 'svds', 'lobpcg')}
# {module: {name: 'module:name there'}}; a module that is not to be found has just these names.
NAMES: Dict[str, Dict[str, str]] = {
    'PIL.Image': {'ANTIALIAS': 'PIL.Image:LANCZOS'},  # Pillow 10
    'asyncio': {'coroutine': 'types:coroutine'},  # 3.11
    'base64': {'encodestring': 'base64:encodebytes', 'decodestring': 'base64:decodebytes'},  # 3.9
    'cgi': {'escape': 'html:escape'},  # 3.8
    'collections': {name: 'collections.abc:' + name for name in ABSTRACT},  # 3.10
    'fractions': {'gcd': 'math:gcd'},  # 3.9
    'imp': {'reload': 'importlib:reload', 'load_source': 'legacy.worker.scripts.python3:load_source'},  # 3.12
    'inspect': {'getargspec': 'legacy.worker.scripts.python3:getargspec'},  # 3.11
    'locale': {'format': 'locale:format_string'},  # 3.12
    'os': {'errno': 'errno:'},  # 3.7
    'pipes': {'quote': 'shlex:quote'},  # 3.13
    'time': {'clock': 'time:perf_counter'},  # 3.8
    'xml.etree.cElementTree': {name: 'xml.etree.ElementTree:' + name for name in (
        'parse', 'fromstring', 'tostring', 'iterparse', 'XML', 'dump', 'Element', 'SubElement', 'ElementTree')},  # 3.9
    'scipy.integrate': {'trapz': 'scipy.integrate:trapezoid', 'simps': 'scipy.integrate:simpson',
                        'cumtrapz': 'scipy.integrate:cumulative_trapezoid'},  # 1.14
    'scipy.misc': dict({name: PICTURES + ':' + name for name in (
        'bytescale', 'fromimage', 'imread', 'imresize', 'imsave', 'toimage')},
        **{name: 'scipy.special:' + name for name in ('comb', 'factorial', 'logsumexp')}),  # 1.3
    'scipy.sparse.linalg.eigen': dict(_EIGEN, arpack='scipy.sparse.linalg:'),  # 1.8
    'scipy.sparse.linalg.eigen.arpack': _EIGEN,
}
ArgSpec = NamedTuple('ArgSpec', [('args', List[str]), ('varargs', Optional[str]), ('keywords', Optional[str]),
                                 ('defaults', Optional[Tuple[Any, ...]])])


def give_back() -> None:
    """Give modules the names again that this Python, or this scipy, does not have; to those imported later, too."""
    for name in NAMES:
        if name in sys.modules:
            _attach(sys.modules[name])
    sys.meta_path.insert(0, _Finder())


class _Finder(object):
    """A meta-path finder for the modules of NAMES."""

    def find_spec(self, name: str, path: Optional[Sequence[str]] = None,
                  target: Optional[types.ModuleType] = None) -> Optional[importlib.machinery.ModuleSpec]:
        """See importlib.abc.MetaPathFinder."""
        if name not in NAMES:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is None:
            return importlib.machinery.ModuleSpec(name, _Made(), is_package=True)
        loader: Any = spec.loader
        if hasattr(loader, 'exec_module'):
            native = loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                native(module)
                _attach(module)
            try:
                loader.exec_module = exec_module
            except (AttributeError, TypeError):  # a class is the loader of what is built in
                pass
        return spec


class _Made(importlib.abc.Loader):
    """Loader of a module that is gone."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        _attach(module)


def _attach(module: types.ModuleType) -> None:
    """Let a module find its names of NAMES when a script first reads them: what they stand for is imported then."""
    names, own = NAMES[module.__name__], vars(module).get('__getattr__')
    if any(name.startswith(module.__name__ + '.') for name in NAMES) and not hasattr(module, '__path__'):
        module.__path__ = []

    def given_back(name: str) -> Any:
        if name in names:
            where, _, there = names[name].partition(':')
            value = importlib.import_module(where)
            value = getattr(value, there) if there else value
            setattr(module, name, value)
            return value
        if own is not None:
            return own(name)
        raise AttributeError("module '%s' has no attribute '%s'" % (module.__name__, name))
    if sys.version_info >= (3, 7):
        vars(module)['__getattr__'] = given_back
    else:
        for name in names:
            if name not in vars(module):
                given_back(name)


def getargspec(function: Callable[..., Any]) -> ArgSpec:
    """inspect.getargspec. Raises ValueError for functions with arguments that it could not tell."""
    found = inspect.getfullargspec(function)
    if found.kwonlyargs:
        raise ValueError('Function has keyword-only parameters')
    return ArgSpec(*found[:4])


def load_source(name: str, path: str) -> types.ModuleType:
    """imp.load_source: a module made of a file."""
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    importlib.machinery.SourceFileLoader(name, path).exec_module(module)
    return module
