"""TensorFlow 1 behaviour on any release from 1.0 to the newest. Every test of a TensorFlow version is here.

    from legacy.shim import tf

gives the TensorFlow 1 namespace: the module itself on 1.x; on 2.x `tensorflow.compat.v1` after
`disable_v2_behavior()`, which turns eager mode off and brings back reference variables and `Dimension` objects
(`disable_eager_execution()` alone leaves resource variables and plain integers, and the article's
`get_shape()[1].value` fails). Importing this module imports TensorFlow; what TensorFlow reads from the process
environment is set just before (see `worker.settings`). Runs on Python 3.6.
"""
import logging
import os
import re
import sys
import warnings
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from legacy.formats.errors import LegacyError, not_installed
from legacy.formats.values import Array
from legacy.worker.garbage import none_collected
from legacy.worker.settings import apply as apply_settings
from legacy.worker.stderr import without_lines
from legacy.worker.tfobjects import Config, Fetches, Graph, Module, OpDef, Operation, Session, TensorProto

OLDEST = (1, 0)  # from 1.3 on the initial weights are 1.15's; before, its sampling kernel gave other last bits

# 2.20 and later say this of a machine without a GPU, twice, whatever the log level
REMARKS = b'Could not find cuda drivers|All log messages before absl::InitializeLog'


Frame = NamedTuple('Frame', [('file', str), ('line', int), ('function', str)])  # of a Python stack


class ShimError(LegacyError):
    """This TensorFlow, or the state it is in, cannot behave as TensorFlow 1. The message is one line."""


def _one_line(error: BaseException) -> str:
    text = ' '.join(str(error).split())
    return '%s: %s' % (type(error).__name__, text[:300]) if text else type(error).__name__


def _import_tensorflow() -> Module:
    """The installed `tensorflow` module. Raises ShimError if there is none that can be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # releases before 1.14 warn about numpy at every import
            with without_lines(REMARKS), none_collected():  # an eighth of the time
                import tensorflow
    except Exception as error:  # a wheel that does not fit its protobuf or numpy raises TypeError, AttributeError, ...
        if isinstance(error, ModuleNotFoundError) and error.name == 'tensorflow':
            raise ShimError('TensorFlow is not installed in %s: pip install -r requirements.txt' % sys.executable)
        if isinstance(error.__cause__, KeyboardInterrupt):  # Ctrl-C while a native module started
            raise KeyboardInterrupt
        raise ShimError('TensorFlow cannot be imported (%s)' % (not_installed(error) or _one_line(error)))
    version = getattr(tensorflow, '__version__', None)
    if version is None:
        raise ShimError('the module tensorflow at %s is not TensorFlow' % list(getattr(tensorflow, '__path__', '?')))
    if release_of(version) < OLDEST:
        raise ShimError('TensorFlow %s is older than %d.%d, the oldest supported' % ((version,) + OLDEST))
    return tensorflow


def release_of(version: str) -> Tuple[int, int]:
    """'2.21.0-rc1' -> (2, 21)."""
    match = re.match(r'(\d+)\.(\d+)', version)
    if not match:
        raise ShimError('TensorFlow calls itself %r, which is no release number' % version)
    return int(match.group(1)), int(match.group(2))


def _as_tensorflow_1(tensorflow: Module) -> Module:
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


def _give_keras_back() -> None:
    """Where `TF_USE_LEGACY_KERAS` is ours: take it away again from 2.15, which knows it and needs it for nothing, since
    its keras is the legacy one; from 2.16 on say, where keras is first used, what the setting asks for."""
    if settings['TF_USE_LEGACY_KERAS']['from'] != 'default':
        return
    if RELEASE < (2, 16):
        del os.environ['TF_USE_LEGACY_KERAS']
        return
    from tensorflow.python.util.lazy_loader import KerasLazyLoader
    find = KerasLazyLoader._initialize

    def initialize(loader: Any) -> None:
        try:
            find(loader)
        except ImportError:
            loader.__dict__.update(_initialized=False, _tfll_initialized=False)  # or the next use recurses for ever
            raise ImportError('legacy.shim sets TF_USE_LEGACY_KERAS=1, and tf_keras is not installed in %s: '
                              'pip install tf_keras==%d.%d.*, or set TF_USE_LEGACY_KERAS=0 for keras 3, which has no '
                              'tf.layers' % ((sys.executable,) + RELEASE))
    KerasLazyLoader._initialize = initialize


settings = apply_settings()
_tensorflow = _import_tensorflow()
VERSION = _tensorflow.__version__
RELEASE = release_of(VERSION)
DoRun = Callable[..., Any]  # of a session, a handle, targets, fetches, feeds, options and metadata
tf = _as_tensorflow_1(_tensorflow)
_give_keras_back()


def quiet() -> None:
    """No deprecation notices in this process: every call of the article is deprecated, as its reader knows."""
    logging.getLogger('tensorflow').setLevel(logging.ERROR)


def make_ndarray(tensor: TensorProto) -> Array:
    """The numpy array of a TensorProto; `tf.make_ndarray` came with 1.3."""
    from tensorflow.python.framework import tensor_util
    array: Array = tensor_util.MakeNdarray(tensor)
    return array


# Functions of TensorFlow that only pass a call on to what was called, as found in the stacks of 1.3 to 2.21: notices of
# deprecation, dispatch by type, the filter of error messages, tracing.
PASSING_ON = ('new_func', 'wrapper', 'op_dispatch_handler', 'error_handler', 'wrapped', '_wrapped')


def stack(op: Operation) -> List[Frame]:
    """Return the Python stack that created `op`, outermost first, without PASSING_ON. Empty for an op of an
    imported graph where the release keeps none."""
    # Until 2.0 `traceback` reads every line of source, which takes milliseconds; behind it are tuples that begin alike.
    frames = [(frame.filename, frame.lineno, frame.name) if hasattr(frame, 'filename') else frame[:3]
              for frame in (op._traceback if RELEASE < (2, 0) else op.traceback) or ()]
    return [Frame(*frame) for frame in frames if frame[2] not in PASSING_ON]


def op_definition(op_type: str) -> Optional[OpDef]:
    """The OpDef of an op type, or None where this release has no such op."""
    from tensorflow.python.framework import op_def_registry
    if hasattr(op_def_registry, 'get'):  # newer releases; the other may be an old private name
        return op_def_registry.get(op_type)
    return op_def_registry.get_registered_ops().get(op_type)


def session_config() -> Config:
    """Threads as in the environment. Releases before 1.15 do not read the variables themselves, so they go here."""
    def threads(name: str) -> int:
        value = os.environ.get(name, '0')
        if not value.isdigit():
            raise ShimError('%s=%s is not a number of threads' % (name, value))
        return int(value)
    return tf.ConfigProto(use_per_session_threads=True,  # two sessions in two Python threads do not wait for each other
                          intra_op_parallelism_threads=threads('TF_NUM_INTRAOP_THREADS'),
                          inter_op_parallelism_threads=threads('TF_NUM_INTEROP_THREADS'))


def fetcher(sess: Session, fetches: Fetches) -> Callable[[], Any]:
    """A function that runs `fetches`, which are looked up once where the release can: since 1.2."""
    return sess.make_callable(fetches) if RELEASE >= (1, 2) else lambda: sess.run(fetches)


def caller(session: Session, fetches: List[str], targets: List[str],
           feeds: List[str]) -> Callable[[Sequence[Array]], List[Array]]:
    """A function of a list of arrays, one for each of `feeds`, that makes a run of the session and returns the values
    of `fetches`; all three are lists of names, and no tensor is both fed and fetched. Where the release can, the names
    are looked up once: that takes longer than to run a thousand small ops. 1.8 can, but what it returns ends the
    process when it is deleted after its session; a session elsewhere (its target says where) may know of no such
    function."""
    if RELEASE >= (1, 12) and not session.sess_str:
        from tensorflow.core.protobuf.config_pb2 import CallableOptions
        run = session._make_callable_from_options(CallableOptions(feed=feeds, fetch=fetches, target=targets))
        return lambda arrays: [np.array(value) for value in run(*arrays)]  # what comes may be a variable's own memory
    return lambda arrays: [np.array(value) if isinstance(value, np.ndarray) else value
                           for value in tf.Session.run(session, [fetches, targets], dict(zip(feeds, arrays)))[0]]


def name_scope(graph: Graph) -> str:
    """The name scope that is open in a graph, '' outside of all."""
    found: str = graph.get_name_scope() if RELEASE >= (1, 2) else graph._name_stack
    return found


def graph_of_names() -> Graph:
    """A tf.Graph whose tensors are only named: what is imported into it gets no Python objects of its ops, which would
    take most of the time. For `caller` alone; a whole graph where the release has runs look these up."""
    return _GraphOfNames() if RELEASE >= (1, 12) else tf.Graph()


class _GraphOfNames(tf.Graph):  # type: ignore[misc, name-defined]

    def _add_new_tf_operations(self, compute_devices: bool = True) -> List[Operation]:
        return []  # the import asks for these, to work out on which devices they are


def do_run_of_elements(native: DoRun) -> DoRun:
    """A session's own `_do_run` as a function of operations and tensors, which it is since 1.3; before, of names."""
    if RELEASE >= (1, 3):
        return native

    def do_run(session: Session, handle: Any, targets: Any, fetches: Any, feeds: Any, *rest: Any) -> Any:
        return native(session, handle, _names(targets), _names(fetches),
                      dict(zip(_names(feeds), feeds.values())), *rest)
    return do_run


def in_place_of_do_run(made: DoRun) -> DoRun:
    """A function of operations and tensors as one that a session can call as its `_do_run`."""
    if RELEASE >= (1, 3):
        return made

    def do_run(session: Session, handle: Any, targets: Any, fetches: Any, feeds: Any, *rest: Any) -> Any:
        targets, fetches, keys = (
            [session.graph.as_graph_element(name.decode() if isinstance(name, bytes) else name) for name in names]
            for names in (targets, fetches, feeds))
        return made(session, handle, targets, fetches, dict(zip(keys, feeds.values())), *rest)
    return do_run


def _names(elements: Any) -> List[bytes]:
    return [element.name.encode() for element in elements]


def op_seed_rule() -> str:
    """What this release derives an op seed from: 'nodes' that the graph has by then or, since 2.2, 'calls' before."""
    return 'nodes' if RELEASE < (2, 2) else 'calls'


def derives_op_seeds_as_1_15() -> bool:
    """Whether this is TensorFlow 1.15, which needs no record of the op seeds that it derives."""
    return RELEASE[:2] == (1, 15)


def has_identity_n() -> bool:
    """Whether there is an op that hands on several tensors at once: since 1.4."""
    return RELEASE >= (1, 4)


def has_float64_convolutions() -> bool:
    """Whether convolutions have float64 kernels: since 1.7."""
    return RELEASE >= (1, 7)


def has_stateless_random_ops() -> bool:
    """Whether there are random ops that take their seeds as an input and draw the same each time: since 1.5."""
    return RELEASE >= (1, 5)


def without_optimizers(config: Config) -> Config:
    """The ConfigProto, with everything off that makes another graph of a graph before it runs: what is rewritten
    already is to run as it is. Which switches there are depends on the release; all that it has are turned."""
    config.graph_options.optimizer_options.opt_level = -1  # L0: no folding of constants, no common subexpressions
    if RELEASE < (1, 1):  # it rewrites nothing else
        return config
    rewriting = config.graph_options.rewrite_options
    for field in rewriting.DESCRIPTOR.fields:
        if field.name == 'disable_meta_optimizer':
            rewriting.disable_meta_optimizer = True
        elif field.enum_type is not None and field.enum_type.name == 'Toggle':
            setattr(rewriting, field.name, field.enum_type.values_by_name['OFF'].number)
    return config
