"""What a script asks for and does not get: the errors, and the packages that would help. Runs on Python 3.6."""
import importlib
import importlib.util
import io
import os

from legacy import shim

PACKAGES = os.path.join(os.path.dirname(os.path.abspath(shim.__file__)), 'data', 'script_packages.tsv')
# What is said of parts of tf.contrib that people look for most.
ADVICE = {
    'learn': 'its estimators live on, changed, as tf.estimator',
    'crf': 'TensorFlow Addons had it until TensorFlow 2.14',
    'seq2seq': 'TensorFlow Addons had it until TensorFlow 2.14',
    'image': 'TensorFlow Addons had it until TensorFlow 2.14',
    'opt': 'TensorFlow Addons had some of it until TensorFlow 2.14',
    'cudnn_rnn': 'it needs a GPU and a TensorFlow built with it',
    'eager': 'a graph script does not need it',
    'tensor_forest': 'TensorFlow Decision Forests is another program',
}


class NotSupplied(Exception):
    """What a script asked for is not to be had here. The message is one line, without the place in the script."""


class NoSuchAttribute(NotSupplied, AttributeError):
    """The same where the script reads an attribute, so that `hasattr` and `getattr` with a default work."""


class NeedsPackage(NoSuchAttribute):
    """An optional package that is not installed would have it."""


class NoSuchModule(NotSupplied, ImportError):
    """The same where the script imports, so that its own `except ImportError` works."""


def cannot_be_had(name):
    """The sentence for a part of TensorFlow 1, such as 'tf.contrib.learn.SVM', that nothing here supplies."""
    parts = name.split('.')
    advice = ADVICE.get(parts[2]) if parts[1] == 'contrib' and len(parts) > 2 else None
    return '%s cannot be had on TensorFlow %s%s; it ran under TensorFlow 1.15.5' % (
        name, shim.VERSION, ' (%s)' % advice if advice else '')


def needs(name, package):
    """The sentence for a part of TensorFlow 1 that `package`, which is not installed, would supply."""
    return '%s needs the package %s: pip install %s' % (name, package, requirement(package))


def requirement(package):
    """What to ask pip for, such as 'tf_keras~=2.21.0'. KeyError for a package that is not in the table."""
    return _requirements()[package].format(release='%d.%d' % shim.RELEASE)


def is_optional(package):
    """Whether the table has the package."""
    return package in _requirements()


def is_installed(package):
    """Whether `package` can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def _requirements():
    with io.open(PACKAGES, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]
    return {package: wanted for package, wanted, _ in rows[1:]}
