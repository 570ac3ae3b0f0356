"""Names of Python's library that scripts of TensorFlow 1's time use and later Pythons removed. Runs on Python 3.6."""
import collections
import inspect
import time

ABSTRACT = ('Awaitable', 'Coroutine', 'AsyncIterable', 'AsyncIterator', 'AsyncGenerator', 'Hashable', 'Iterable',
            'Iterator', 'Generator', 'Reversible', 'Container', 'Collection', 'Callable', 'Set', 'MutableSet',
            'Mapping', 'MutableMapping', 'MappingView', 'KeysView', 'ItemsView', 'ValuesView', 'Sequence',
            'MutableSequence', 'ByteString', 'Sized')  # 3.10


def give_back():
    """Give the library the names again that this Python does not have."""
    import collections.abc
    for name in ABSTRACT:
        if hasattr(collections.abc, name):
            _give(collections, name, getattr(collections.abc, name))
    _give(time, 'clock', time.perf_counter)  # 3.8
    _give(inspect, 'getargspec', _getargspec)  # 3.11


def _give(module, name, value):
    if name not in vars(module):
        setattr(module, name, value)


ArgSpec = collections.namedtuple('ArgSpec', 'args varargs keywords defaults')


def _getargspec(function):
    found = inspect.getfullargspec(function)
    if found.kwonlyargs:
        raise ValueError('Function has keyword-only parameters')
    return ArgSpec(*found[:4])
