"""What a script gets from TensorFlow 1.15.5's own Python files, known before it runs: whether it needs them."""
import io
import os
import pathlib
import re
import sys
import tokenize
import typing
from collections.abc import Callable

from legacy.check import sources
from legacy.formats import statements
from legacy.formats.places import PathLike
from legacy.machine import tensorflow1

if typing.TYPE_CHECKING:  # it imports this module
    from legacy.check.jobs import Job

# What a source says that takes something from there: tf.contrib, tf.layers, tf.keras, tf.estimator, private modules.
MENTIONS = re.compile(rb'\bcontrib\b|\blayers\b|\bkeras\b|\brnn_cell\b|\bestimator\b|\btensorflow_core\b|'
                      rb'\btensorflow\.(python|examples|core)\b')


def environment(job: 'Job', environments: PathLike | None = None,
                tell: Callable[[str], None] | None = None) -> dict[str, str]:
    """{variable: value} that tells a job's process where the files are; {} where it does without. They are fetched if
    they are needed and not there.

    job: a jobs.Job. environments, tell: see `tensorflow1.fetch`; a line on standard error unless given. Raises
    EnvironmentFault.
    """
    if job.python and _has_tensorflow_1(job.python):
        return {}
    path = tensorflow1.folder()
    if not tensorflow1.is_there(path):
        if not any(map(_mentions, sources.files(job))):
            return {}
        path = tensorflow1.fetch(tell or _say, environments)
    return {tensorflow1.FOLDER: str(path)}


def _mentions(file: pathlib.Path) -> bool:
    """Whether a source file takes something from there: its comments and docstrings do not count."""
    content = file.read_bytes()
    return bool(MENTIONS.search(content)) and bool(MENTIONS.search(_code(content)))


def _code(content: bytes) -> bytes:
    """The statements of Python source, without comments and docstrings; all of it where Python does not read it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        found = statements.of(content.decode(encoding))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return content
    return ' '.join(token for statement in found for token in statement.tokens).replace(' . ', '.').encode()


def _has_tensorflow_1(python: str) -> bool:
    """Whether the environment of an interpreter has TensorFlow 1, which has all of it itself."""
    packages = pathlib.Path(os.path.abspath(python)).parent.parent
    return any(packages.glob('lib/python*/site-packages/tensorflow-1.*.dist-info')) or \
        any(packages.glob('Lib/site-packages/tensorflow-1.*.dist-info'))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
