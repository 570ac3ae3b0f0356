"""Where each part of tf.contrib comes from, as far as it is to be had. Runs on Python 3.6."""
import types

from legacy.worker.scripts import missing
from legacy.worker.scripts.supplied import Supplied

# Sources as `Supplied` takes them.
PARTS = {
    'autograph': ['tf:autograph'],
    'cluster_resolver': ['tf:distribute.cluster_resolver'],
    'data': ['tf:data.experimental'],
    'distributions': ['tf:distributions'],
    'framework': ['tf_slim.ops.arg_scope', 'tf_slim.ops.variables', 'tf_slim.ops.framework_ops', 'tf:train', 'tf:'],
    'keras': ['tf:keras'],
    'layers': ['tf_slim.layers', 'tf_slim.layers.utils'],
    'learn': [],
    'learn.datasets': [],
    'learn.datasets.mnist': ['own:mnist'],
    'legacy_seq2seq': ['own:legacy_seq2seq'],
    'lookup': ['tf:lookup'],
    'losses': ['tf_slim.losses'],
    'metrics': ['tf_slim.metrics'],
    'rnn': ['own:rnn', 'tf:nn', 'tf:nn.rnn_cell', 'own:rnn_wrappers'],
    'seq2seq': ['own:seq2seq'],
    'signal': ['tf:signal'],
    'slim': ['tf_slim', 'tf_slim.layers', 'tf_slim.ops.framework_ops'],
    'tensorboard': [],
    'tensorboard.plugins': ['tensorboard.plugins'],
    'tpu': ['tf:tpu'],
    'training': ['own:training', 'tf_slim.training.training', 'tf_slim.training.evaluation'],
    'util': ['tf:'],
}


def root(namespace):
    """The module tf.contrib of the namespace, a module that is tf."""
    return _Part('', [], namespace)


class _Part(Supplied):
    """tf.contrib.<path>, with the PARTS below it.

    TensorFlow 1 also had every name in the private module that defined it, and scripts used those ways:
    contrib.rnn.python.ops.rnn_cell. Below `python`, whatever is no name of the part is a module with all its names.
    """

    def __init__(self, path, sources, namespace):
        super(_Part, self).__init__('.'.join(filter(None, ['tensorflow.contrib', path])), sources, namespace)
        self.__dict__['_path'] = path

    def _found(self, name):
        below = '.'.join(filter(None, [self._path, name]))
        if below in PARTS:
            return _Part(below, PARTS[below], self._namespace)
        if name != 'python' and '.python' not in self._path:
            return super(_Part, self)._found(name)
        try:
            value = super(_Part, self)._found(name)
        except missing.NeedsPackage:
            if not name.islower():  # a class or a function for certain
                raise
            value = None
        except missing.NoSuchAttribute:
            value = None
        if value is None or isinstance(value, types.ModuleType):
            value = _Part(below, self._sources_below(below), self._namespace)
        return value

    def _sources_below(self, path):
        """learn.python.learn.datasets.mnist has what learn.datasets.mnist has."""
        top, _, private = path.partition('.python')
        names = private.split('.')[2:]
        return PARTS.get('.'.join([top] + names), self._sources)
