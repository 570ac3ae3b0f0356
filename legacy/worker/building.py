"""How graphs are built: with TensorFlow 1.15's op seeds (see `seedanswers`). Runs on Python 3.6."""
import contextlib
import functools
import threading
import weakref
from typing import Any, Callable, Iterable, Iterator, List, MutableMapping, NamedTuple, Optional, Tuple, TypeVar

from legacy.shim import ShimError, tf
from legacy.worker import seedanswers
from legacy.worker.seedanswers import Answering, OpSeeds
from legacy.worker.tfobjects import Graph, Operation

# ---- op seeds

SeededCall = NamedTuple('SeededCall', [('op_type', Optional[str]), ('graph_seed', int), ('op_seed', int)])
# A call that asked for a seed. nodes_before: how many the graph had.
Asked = NamedTuple('Asked', [('nodes_before', int), ('graph_seed', int), ('op_seed', int)])
_calls_of_graph: MutableMapping[Graph, List[Asked]] = weakref.WeakKeyDictionary()
GetSeed = Callable[[Optional[int]], Tuple[Optional[int], Optional[int]]]  # (seed of the graph, seed of the op)
Replacement = Tuple[Any, str, Any]  # owner, name, what it is to have under the name
T = TypeVar('T')


def seeded_ops(graph: Graph) -> List[Optional[Operation]]:
    """For every call in `graph` that asked for a seed, in order, the op it was for, or None."""
    operations = graph.get_operations()
    return [next((op for op in operations[nodes_before:] if 'seed2' in op.node_def.attr), None)
            for nodes_before, _, _ in _calls_of_graph.get(graph, ())]


def seeded_calls(graph: Graph) -> List[SeededCall]:
    """The same calls as [SeededCall, ...]."""
    return [SeededCall(op.type if op else None, graph_seed, op_seed)
            for op, (_, graph_seed, op_seed) in zip(seeded_ops(graph), _calls_of_graph.get(graph, ()))]


def seed_origins(graph: Graph) -> List[Tuple[Optional[Operation], int, int]]:
    """For every call in `graph` that asked for a seed, in order: (the op it was for or None, nodes before the call,
    such calls before it)."""
    return [(op, nodes_before, k) for k, (op, (nodes_before, _, _))
            in enumerate(zip(seeded_ops(graph), _calls_of_graph.get(graph, ())))]


def _seeding(answering: Answering, native_get_seed: GetSeed, watched: Any = None) -> GetSeed:
    """A `get_seed` that notes each call. answering: of `seedanswers.answering`, asked where the op names no seed.
    watched: the `scripts.seedcalls.Seeds` that is told what was answered, or None."""
    def get_seed(op_seed: Optional[int]) -> Tuple[Optional[int], Optional[int]]:
        graph = tf.get_default_graph()
        if graph.seed is None:
            raise ShimError('the graph has no seed: tf.set_random_seed() was not called on this graph, '
                            'or tf.reset_default_graph() dropped it')
        number = len(watched.calls) if watched is not None else 0
        graph_seed, own = native_get_seed(op_seed)
        calls = _calls_of_graph.setdefault(graph, [])
        if op_seed is None:
            own = answering.op_seed(graph, len(calls), own)
            if watched is not None and own is not None:
                watched.note_op_seed(number, own)
        assert graph_seed is not None and own is not None
        calls.append(Asked(len(graph.get_operations()), int(graph_seed), int(own)))
        return graph_seed, own
    return get_seed


# ---- while a graph is built

_building: List[OpSeeds] = []  # the settings in force, or nothing
_one_at_a_time = threading.RLock()  # what is replaced belongs to the whole process


@contextlib.contextmanager
def building(op_seeds: OpSeeds = '1.15', trusted: bool = False) -> Iterator[None]:
    """Context manager: ops are created with these op seeds. Inside another one with the same it does nothing; another
    thread waits until it ends.

    op_seeds: '1.15' or 'native'. '1.15' gives back what was recorded for the article's graph, and
    only there: both networks in one graph, that without batch normalisation first. trusted: whether the caller knows
    that this is what will be built, so that no node is compared. Raises ShimError inside another one with other op
    seeds, if a random op is created while the graph has no seed, or if its seed is not recorded.
    """
    if op_seeds not in seedanswers.PROFILES:
        raise ValueError('op_seeds=%r' % (op_seeds,))
    with _one_at_a_time:
        if not _building:
            with _seeded(op_seeds, trusted):
                yield
        elif _building == [op_seeds]:
            yield
        else:
            raise ShimError('a graph cannot be built with op seeds %s: this is inside building() with op seeds %s' % (
                op_seeds, _building[0]))


@contextlib.contextmanager
def _seeded(op_seeds: OpSeeds, trusted: bool) -> Iterator[None]:
    from tensorflow.python.framework import random_seed
    _building.append(op_seeds)
    watched = getattr(random_seed.get_seed, '__self__', None)  # a `scripts.seedcalls.Seeds` of a script, or None
    answering = seedanswers.answering('native' if getattr(watched, 'gives_back', False) else op_seeds, trusted)
    try:
        with replaced([(random_seed, 'get_seed', _seeding(answering, random_seed.get_seed, watched))]):
            yield
    finally:
        _building.pop()


@contextlib.contextmanager
def replaced(calls: Iterable[Replacement]) -> Iterator[None]:
    """Context manager: each owner has the replacement under the name."""
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in calls]
    try:
        for owner, name, replacement in calls:
            setattr(owner, name, replacement)
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def built_as_tensorflow_1(function: Callable[..., T]) -> Callable[..., T]:
    """Decorator: `function` builds its ops under `building()`, unless the caller already chose another."""
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> T:
        with _one_at_a_time:
            with building(_building[0]) if _building else building():
                return function(*args, **kwargs)
    return wrapper
