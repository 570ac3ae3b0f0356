"""What a TensorFlow 1 script needs beside the namespace, and which release lost it: the shim's tests of versions that
concern scripts alone. Runs on Python 3.6."""
import importlib
from typing import Dict, Tuple

from legacy.shim import RELEASE

LEFT = (2, 16)  # from here on TensorFlow has no Keras 2 and no Estimator
API = {'feature_column': 'tensorflow._api.v1.feature_column', 'keras': 'tensorflow.python.keras.api._v1.keras',
       'layers': 'tensorflow._api.v1.layers', 'nn.rnn_cell': 'tensorflow._api.v1.nn.rnn_cell',
       'estimator': 'tensorflow_estimator._api.v1.estimator'}
# Below tensorflow.python. Of each there are remains in 2.16 and later, which are not TensorFlow 1's.
MODULES = ('feature_column', 'keras', 'layers', 'ops.rnn_cell', 'ops.rnn_cell_impl', 'ops.rnn_cell_wrapper_impl',
           'training.tracking.layer_utils')


def api_of_1_15() -> Dict[str, str]:
    """{public module below tf: module whose file lists its names} of what is taken from 1.15.5's files here."""
    return API if RELEASE >= LEFT else {}


def modules_of_1_15() -> Tuple[str, ...]:
    """Private modules that are taken from 1.15.5's files here, whatever this release has under their names."""
    return tuple('tensorflow.python.' + name for name in MODULES) if RELEASE >= LEFT else ()


def tensor_classes() -> Dict[str, type]:
    """{name in tf: class} where the class of a graph's own tensors is another than the one that the release names."""
    ops = importlib.import_module('tensorflow.python.framework.ops')
    symbolic = getattr(ops, 'SymbolicTensor', None)  # since 2.14, where it is a subclass
    return {'Tensor': symbolic} if symbolic is not None else {}


def is_the_trusted_release() -> bool:
    """Whether this is 1.15, the last TensorFlow 1, whose numbers are the ones to keep."""
    return RELEASE == (1, 15)
