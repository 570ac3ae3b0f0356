"""How graphs are built: with TensorFlow 1.15's op seeds, and in which arithmetic. Runs on Python 3.6."""
import collections
import contextlib
import functools
import weakref

from legacy.formats import opseeds
from legacy.formats.recording import ARITHMETICS
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


# ---- arithmetic

def _exact_rsqrt(native_rsqrt):
    """float32 reciprocal square root, correctly rounded: computed in float64. The gradient takes the same way."""
    def rsqrt(x, name=None):
        x = tf.convert_to_tensor(x)
        if x.dtype != tf.float32:
            return native_rsqrt(x, name=name)
        return tf.cast(native_rsqrt(tf.cast(x, tf.float64)), tf.float32, name=name)
    return rsqrt


# ---- both, while a graph is built

_building = []


@contextlib.contextmanager
def building(op_seeds='1.15', arithmetic='float32'):
    """While this holds, ops are created with these op seeds and in this arithmetic; inside another one it does nothing.

    op_seeds: one of OP_SEED_PROFILES. '1.15' hands out recorded seeds in the order of the calls, so they are the
    article's for the article's order: the network without batch normalisation first. arithmetic: one of ARITHMETICS.
    Raises ShimError if a random op is created while the graph has no seed, or one more than was recorded.
    """
    if op_seeds not in OP_SEED_PROFILES or arithmetic not in ARITHMETICS:
        raise ValueError('op_seeds=%r, arithmetic=%r' % (op_seeds, arithmetic))
    if _building:
        yield
        return
    from tensorflow.python.framework import random_seed
    from tensorflow.python.ops import math_ops
    replacements = [(random_seed, 'get_seed', _seeding(op_seeds, random_seed.get_seed))]
    if arithmetic == 'exact-rsqrt':
        replacements.append((math_ops, 'rsqrt', _exact_rsqrt(math_ops.rsqrt)))
    _building.append((op_seeds, arithmetic))
    try:
        with replaced(replacements):
            yield
    finally:
        _building.pop()


@contextlib.contextmanager
def replaced(calls):
    """While this holds, each owner has the replacement under the name. calls: [(owner, name, replacement), ...]"""
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
        with building():
            return function(*args, **kwargs)
    return wrapper
