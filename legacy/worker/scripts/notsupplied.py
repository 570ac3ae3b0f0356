"""What a script asks for and does not get: the errors, and what is said. Runs on Python 3.6."""
from legacy import shim
from legacy.formats.errors import in_one_line

FETCH = 'python compat_run.py fetch'


class NotSupplied(Exception):
    """What a script asked for is not to be had here. The message is one line, without the place in the script."""


class NoSuchAttribute(NotSupplied, AttributeError):
    """The same where the script reads an attribute, so that `hasattr` and `getattr` with a default work."""


class NoSuchModule(NotSupplied, ImportError):
    """The same where the script imports, so that its own `except ImportError` works."""


class NoKernel(NotSupplied, NotImplementedError):
    """The same where the script asks for an op that only TensorFlow 1 had."""


def no_such_thing(name: str) -> str:
    """The sentence for a part of tf, such as 'tf.contrib.learn.SWM', that 1.15.5 did not have."""
    return '%s: TensorFlow 1.15.5 had no such thing' % name


def no_sources(name: str) -> str:
    """The sentence for a part of TensorFlow 1 that is in 1.15.5's own Python files, which are not there."""
    return "%s comes from TensorFlow 1.15.5's own Python files, which are not on this machine: %s" % (name, FETCH)


def does_not_load(name: str, error: BaseException) -> str:
    """The sentence for a module of 1.15.5's whose import failed here."""
    return '%s cannot be had on TensorFlow %s (%s: %s); it ran under TensorFlow 1.15.5' % (
        name, shim.VERSION, type(error).__name__, in_one_line(error))


def no_kernel(op: str) -> str:
    """The sentence for an op, or a function of one, that needs a compiled library of TensorFlow 1."""
    return '%s needs a compiled kernel that TensorFlow %s does not have; it ran under TensorFlow 1.15.5' % (
        op, shim.VERSION)
