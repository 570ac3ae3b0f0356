"""What a TensorFlow 1 script needs beside the namespace, and which release lost it: the shim's tests of versions that
concern scripts alone. Runs on Python 3.6."""
import importlib
import importlib.util
import sys
import types

from legacy.shim import RELEASE, tf


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
