"""How graphs are built: with TensorFlow 1.15's op seeds. Runs on Python 3.6."""
import collections
import contextlib
import functools
import threading
import weakref

from legacy.formats import opseeds
from legacy.shim import ShimError, tf

OP_SEED_PROFILES = ('1.15', 'native')

# ---- op seeds

SeededCall = collections.namedtuple('SeededCall', 'op_type graph_seed op_seed')
_calls_of_graph = weakref.WeakKeyDictionary()  # graph -> [(nodes before the call, graph seed, op seed)]


def seeded_ops(graph):
    """For every call in `graph` that asked for a seed, in order, the op it was for, or None."""
    operations = graph.get_operations()
    return [next((op for op in operations[nodes_before:] if 'seed2' in op.node_def.attr), None)
            for nodes_before, _, _ in _calls_of_graph.get(graph, ())]


def seeded_calls(graph):
    """The same calls as [SeededCall, ...]."""
    return [SeededCall(op.type if op else None, graph_seed, op_seed)
            for op, (_, graph_seed, op_seed) in zip(seeded_ops(graph), _calls_of_graph.get(graph, ()))]


def seed_origins(graph):
    """For every call in `graph` that asked for a seed, in order: (the op it was for or None, nodes before the call,
    such calls before it)."""
    return [(op, nodes_before, k) for k, (op, (nodes_before, _, _))
            in enumerate(zip(seeded_ops(graph), _calls_of_graph.get(graph, ())))]


def _seeding(profile, native_get_seed):
    """A `get_seed` that notes each call and, for '1.15', answers with the seed that TensorFlow 1.15 derives."""
    recorded = None
    if profile == '1.15':
        recorded = next(family['op_seeds'] for family in opseeds.families() if family['name'] == profile)

    def get_seed(op_seed):
        graph = tf.get_default_graph()
        if graph.seed is None:
            raise ShimError('the graph has no seed: tf.set_random_seed() was not called on this graph, '
                            'or tf.reset_default_graph() dropped it')
        seeds = native_get_seed(op_seed)
        calls = _calls_of_graph.setdefault(graph, [])
        if recorded is not None and op_seed is None:
            if len(calls) >= len(recorded):
                raise ShimError('no op seed of TensorFlow 1.15 is recorded for random op number %d of this graph; '
                                "the article has %d (use op seeds 'native')" % (len(calls) + 1, len(recorded)))
            seeds = graph.seed, recorded[len(calls)]
        calls.append((len(graph.get_operations()),) + tuple(int(seed) for seed in seeds))
        return seeds
    return get_seed


# ---- while a graph is built

_building = []  # the settings in force, or nothing
_one_at_a_time = threading.RLock()  # what is replaced belongs to the whole process


@contextlib.contextmanager
def building(op_seeds='1.15'):
    """Context manager: ops are created with these op seeds. Inside another one with the same it does nothing; another
    thread waits until it ends.

    op_seeds: one of OP_SEED_PROFILES. '1.15' hands out recorded seeds in the order of the calls, so they are the
    article's for the article's order: the network without batch normalisation first. Raises ShimError inside another
    one with other op seeds, or if a random op is created while the graph has no seed, or one more than was recorded.
    """
    if op_seeds not in OP_SEED_PROFILES:
        raise ValueError('op_seeds=%r' % (op_seeds,))
    with _one_at_a_time:
        if not _building:
            with _seeded(op_seeds):
                yield
        elif _building == [op_seeds]:
            yield
        else:
            raise ShimError('a graph cannot be built with op seeds %s: this is inside building() with op seeds %s' % (
                op_seeds, _building[0]))


@contextlib.contextmanager
def _seeded(op_seeds):
    from tensorflow.python.framework import random_seed
    _building.append(op_seeds)
    try:
        with replaced([(random_seed, 'get_seed', _seeding(op_seeds, random_seed.get_seed))]):
            yield
    finally:
        _building.pop()


@contextlib.contextmanager
def replaced(calls):
    """Context manager: each owner has the replacement under the name. calls: [(owner, name, replacement), ...]"""
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in calls]
    try:
        for owner, name, replacement in calls:
            setattr(owner, name, replacement)
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def built_as_tensorflow_1(function):
    """Decorator: `function` builds its ops under `building()`, unless the caller already chose another."""
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with _one_at_a_time:
            with building(*_building):
                return function(*args, **kwargs)
    return wrapper
