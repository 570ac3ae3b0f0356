"""TensorFlow 1 behaviour on any release from 1.0 to the newest. Every test of a TensorFlow version is here.

    from legacy.shim import tf

gives the TensorFlow 1 namespace: the module itself on 1.x; on 2.x `tensorflow.compat.v1` after
`disable_v2_behavior()`, which turns eager mode off and brings back reference variables and `Dimension` objects
(`disable_eager_execution()` alone leaves resource variables and plain integers, and the article's
`get_shape()[1].value` fails). Importing this module imports TensorFlow; what TensorFlow reads from the process
environment is set just before (`SETTINGS`). Runs on Python 3.6.
"""
import collections
import importlib
import importlib.util
import logging
import os
import re
import sys
import time
import types
import warnings

from legacy.formats.errors import LegacyError
from legacy.worker.stderr import without_lines

OLDEST = (1, 0)  # from 1.3 on the initial weights are 1.15's; before, its sampling kernel gave other last bits

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


def op_seed_rule():
    """What this release derives an op seed from: 'nodes' that the graph has by then or, since 2.2, 'calls' before."""
    return 'nodes' if RELEASE < (2, 2) else 'calls'


# ---- what a TensorFlow 1 script needs beside the namespace

def keras_package():
    """The package that Keras 2 has to come from, or None while TensorFlow itself brings it (2.16 moved to Keras 3)."""
    return 'tf_keras' if RELEASE >= (2, 16) else None


def keras_module():
    """The module that is tf.keras as TensorFlow 1 had it, or None where tf.keras of the namespace is."""
    return 'tf_keras.api._v1.keras' if RELEASE >= (2, 16) else None


def has_estimator():
    """Whether this release's namespace has tf.estimator. 2.16 took it out."""
    return RELEASE < (2, 16)


class _Gone(types.ModuleType):
    """A module that TensorFlow no longer has: whatever is imported from it is a class that does nothing."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return type(name, (), {})


def import_estimator():
    """tf.estimator of the package tensorflow_estimator, which ended with 2.15, on a later release."""
    from tensorflow.python.util import tf_export
    for attributes, kind in ((tf_export.API_ATTRS, ''), (tf_export.API_ATTRS_V1, '_v1')):  # 2.16 dropped its entries
        attributes.setdefault('estimator', type(attributes['keras'])('_estimator_api_names' + kind,
                                                                     '_estimator_api_constants' + kind))
    if not hasattr(tf_export, 'ESTIMATOR_API_NAME'):
        tf_export.ESTIMATOR_API_NAME = 'estimator'
    for name in ('distribute.estimator_training', 'tpu.session_support', 'tpu.tpu_embedding',
                 'tpu.tpu_embedding_gradient'):  # imported there, and used on clusters and TPUs only
        if importlib.util.find_spec('tensorflow.python.' + name) is None:
            package, _, last = ('tensorflow.python.' + name).rpartition('.')
            module = sys.modules['tensorflow.python.' + name] = _Gone('tensorflow.python.' + name)
            setattr(importlib.import_module(package), last, module)
    return importlib.import_module('tensorflow_estimator._api.v1.estimator')


# Names that 1.15's private modules had, where scripts of the time and tf_slim take them, and where the namespace has
# them. Releases from 2.1 on moved one after the other; 2.21 has none of them there.
MOVED_NAMES = (
    ('framework.ops', '', 'Tensor IndexedSlices register_tensor_conversion_function'),
    ('framework.graph_util', 'graph_util', 'convert_variables_to_constants'),
    ('ops.array_ops', '', 'stack unstack'),
    ('ops.control_flow_ops', '', 'Assert case cond while_loop'),
    ('ops.nn', 'nn', 'bidirectional_dynamic_rnn dynamic_rnn raw_rnn static_rnn'),
    ('ops.random_ops', '', 'random_crop'),
    ('ops.variable_scope', '', 'variable=Variable'),
    ('ops.variables', '', 'VariableV1=Variable is_variable_initialized'),
    ('pywrap_tensorflow', 'train', 'NewCheckpointReader'),
)


def give_back_moved_names():
    """Put MOVED_NAMES into TensorFlow's private modules again where this release does not have them."""
    for module, public, names in MOVED_NAMES:
        owner = importlib.import_module('tensorflow.python.' + module)
        source = getattr(tf, public) if public else tf
        for old, _, new in (name.partition('=') for name in names.split()):
            if not hasattr(owner, old):
                setattr(owner, old, getattr(source, new or old))


def moved_modules():
    """{a module's name before: its name now} of what packages still import under the old name."""
    # tensorflow.python.layers of 2.16 and later looks for tf_keras's layers where they were in 2.15
    return {'tf_keras.legacy_tf_layers': 'tf_keras.src.legacy_tf_layers'} if RELEASE >= (2, 16) else {}


def is_the_trusted_release():
    """Whether this is 1.15, the last TensorFlow 1, whose numbers are the ones to keep."""
    return RELEASE == (1, 15)
