"""TensorFlow 1 behaviour on any release from 1.0 to the newest. Every test of a TensorFlow version is here.

    from legacy.shim import tf

gives the TensorFlow 1 namespace: the module itself on 1.x; on 2.x `tensorflow.compat.v1` after
`disable_v2_behavior()`, which turns eager mode off and brings back reference variables and `Dimension` objects
(`disable_eager_execution()` alone leaves resource variables and plain integers, and the article's
`get_shape()[1].value` fails). Importing this module imports TensorFlow; what TensorFlow reads from the process
environment is set just before (`SETTINGS`). Runs on Python 3.6.
"""
import collections
import contextlib
import functools
import logging
import os
import re
import sys
import time
import warnings
import weakref

from legacy import opseeds
from legacy.errors import LegacyError
from legacy.recording import ARITHMETICS
from legacy.stderr import without_lines

OLDEST = (1, 0)  # from 1.3 on the initial weights are 1.15's; before, its sampling kernel gave other last bits
OP_SEED_PROFILES = ('1.15', 'native')

Setting = collections.namedtuple('Setting', 'name value reason')
SETTINGS = (
    Setting('TF_ENABLE_ONEDNN_OPTS', '0',
            'oneDNN kernels sum in another order than TensorFlow 1; since 2.9 their default depends on the processor'),
    Setting('TF_NUM_INTRAOP_THREADS', '1',
            'the same work split on every machine; the arrays are too small for threads to help'),
    Setting('TF_NUM_INTEROP_THREADS', '1',
            'leaves the other cores to whatever runs beside, such as drawing'),
    Setting('CUDA_VISIBLE_DEVICES', '-1',
            'the baseline was computed on a processor; a GPU has other kernels'),
    Setting('TF_USE_LEGACY_KERAS', '1',
            'since 2.16 keras 3 is imported with TensorFlow unless this is set; leaving it out saves most of a second'),
    Setting('TF_CPP_MIN_LOG_LEVEL', '3',
            'keeps remarks about missing GPUs off standard error (2.21 files them as errors); failures raise anyway'),
)
# Set by nobody here; what the user set is recorded, since it changes bits.
NOTED = ('ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA', 'TF_XLA_FLAGS')
# 2.20 and later say this of a machine without a GPU, twice, whatever the log level
REMARKS = b'Could not find cuda drivers|All log messages before absl::InitializeLog'


class ShimError(LegacyError):
    """This TensorFlow, or the state it is in, cannot behave as TensorFlow 1. The message is one line."""


def _apply_settings():
    """Put the missing `SETTINGS` into the environment; return what holds as {name: {'value', 'from'}}."""
    late = 'tensorflow' in sys.modules
    applied = collections.OrderedDict()
    for setting in SETTINGS:
        if setting.name in os.environ:
            source = 'user'
        elif late:
            source = 'unset: TensorFlow was imported before'
        else:
            os.environ[setting.name] = setting.value
            source = 'default'
        applied[setting.name] = {'value': os.environ.get(setting.name), 'from': source}
    applied.update((name, {'value': os.environ[name], 'from': 'user'}) for name in NOTED if name in os.environ)
    return applied


def _one_line(error):
    text = ' '.join(str(error).split())
    return '%s: %s' % (type(error).__name__, text[:300]) if text else type(error).__name__


def _import_tensorflow():
    """The installed `tensorflow` module. Raises ShimError if there is none that can be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # releases before 1.14 warn about numpy at every import
            with without_lines(REMARKS):
                import tensorflow
    except Exception as error:  # a wheel that does not fit its protobuf or numpy raises TypeError, AttributeError, ...
        if isinstance(error, ModuleNotFoundError) and error.name == 'tensorflow':
            raise ShimError('TensorFlow is not installed in %s: pip install -r requirements.txt' % sys.executable)
        if isinstance(error.__cause__, KeyboardInterrupt):  # Ctrl-C while a native module started
            raise KeyboardInterrupt
        raise ShimError('TensorFlow cannot be imported (%s)' % _one_line(error))
    version = getattr(tensorflow, '__version__', None)
    if version is None:
        raise ShimError('the module tensorflow at %s is not TensorFlow' % list(getattr(tensorflow, '__path__', '?')))
    if release_of(version) < OLDEST:
        raise ShimError('TensorFlow %s is older than %d.%d, the oldest supported' % ((version,) + OLDEST))
    return tensorflow


def release_of(version):
    """'2.21.0-rc1' -> (2, 21)."""
    match = re.match(r'(\d+)\.(\d+)', version)
    if not match:
        raise ShimError('TensorFlow calls itself %r, which is no release number' % version)
    return int(match.group(1)), int(match.group(2))


def _as_tensorflow_1(tensorflow):
    """The namespace with TensorFlow 1 behaviour. Raises ShimError if eager mode cannot be left any more."""
    if RELEASE < (2, 0):
        if RELEASE >= (1, 7) and tensorflow.executing_eagerly():  # eager mode came with 1.7
            raise ShimError('eager execution was enabled before legacy.shim was imported: import legacy.shim first')
        return tensorflow
    from tensorflow.python.eager import context
    v1 = tensorflow.compat.v1
    if v1.executing_eagerly() and context.context()._context_handle is not None:
        raise ShimError('TensorFlow already executed eagerly in this process: import legacy.shim before any tensor')
    logger = logging.getLogger('tensorflow')
    level = logger.level
    logger.setLevel(logging.ERROR)  # disable_v2_behavior() announces itself
    try:
        v1.disable_v2_behavior()
    finally:
        logger.setLevel(level)
    return v1


settings = _apply_settings()
_started = time.perf_counter()
_tensorflow = _import_tensorflow()
IMPORT_SECONDS = time.perf_counter() - _started
VERSION = _tensorflow.__version__
RELEASE = release_of(VERSION)
tf = _as_tensorflow_1(_tensorflow)


def quiet():
    """No deprecation notices in this process: every call of the article is deprecated, as its reader knows."""
    logging.getLogger('tensorflow').setLevel(logging.ERROR)


def native_op_type(op_type):
    """The type that this release's `+` has where 1.15's has AddV2."""
    return 'Add' if op_type == 'AddV2' and RELEASE < (1, 15) else op_type


# Functions of TensorFlow that only pass a call on to what was called, as found in the stacks of 1.3 to 2.21: notices of
# deprecation, dispatch by type, the filter of error messages, tracing.
PASSING_ON = ('new_func', 'wrapper', 'op_dispatch_handler', 'error_handler', 'wrapped', '_wrapped')


def stack(op):
    """[(file, line number, function), ...]: the Python stack that created `op`, outermost first, without PASSING_ON."""
    frames = [(frame.filename, frame.lineno, frame.name) if hasattr(frame, 'filename') else frame[:3]  # 1.x: tuples
              for frame in op.traceback]
    return [tuple(frame) for frame in frames if frame[2] not in PASSING_ON]


def session_config():
    """Threads as in the environment. Releases before 1.15 do not read the variables themselves, so they go here."""
    def threads(name):
        value = os.environ.get(name, '0')
        if not value.isdigit():
            raise ShimError('%s=%s is not a number of threads' % (name, value))
        return int(value)
    return tf.ConfigProto(use_per_session_threads=True,  # two sessions in two Python threads do not wait for each other
                          intra_op_parallelism_threads=threads('TF_NUM_INTRAOP_THREADS'),
                          inter_op_parallelism_threads=threads('TF_NUM_INTEROP_THREADS'))


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


def op_seed_rule():
    """What this release derives an op seed from: 'nodes' that the graph has by then or, since 2.2, 'calls' before."""
    return 'nodes' if RELEASE < (2, 2) else 'calls'


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


def _float64_calls():
    """The article's calls that create a dtype, in float64: (owner, name, replacement). Sampling stays float32, then
    is cast, so that the initial weights are those of float32. Python numbers follow the tensors they meet, but for
    the learning rate: the optimizer makes it a float32 constant first, 0.0010000000474974513 in both arithmetics."""
    placeholder, zeros, ones, random_normal = tf.placeholder, tf.zeros, tf.ones, tf.random_normal
    return [
        (tf, 'placeholder', lambda dtype, shape=None, name=None: placeholder(
            tf.float64 if dtype == tf.float32 else dtype, shape, name)),
        (tf, 'zeros', functools.partial(zeros, dtype=tf.float64)),
        (tf, 'ones', functools.partial(ones, dtype=tf.float64)),
        (tf, 'random_normal', lambda *args, **kwargs: tf.cast(random_normal(*args, **kwargs), tf.float64)),
    ]


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
    if arithmetic == 'float64':
        replacements.extend(_float64_calls())
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
