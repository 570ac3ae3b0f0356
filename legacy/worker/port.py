"""Is the port still the article's? And which nodes does the article's own build here? Runs on Python 3.6.

`data/article.txt` is `legacy/article.py` as it was recorded. Whoever changes the port to learn something finds here
what was changed; nothing else runs that copy but `nodes`, which needs a graph to hold the changed one against: on the
same TensorFlow, so that what TensorFlow itself builds otherwise is on both sides.
"""
import ast
import collections
import os
import sys
from typing import Any, Dict, List, Tuple, Union

import numpy as np

from legacy.formats import statements
from legacy.formats.places import DATA, PACKAGE
from legacy.formats.values import JsonObject
from legacy.shim import tf

SOURCE = os.path.join(PACKAGE, 'article.py')
ARTICLES = os.path.join(DATA, 'article.txt')


def changes() -> List[JsonObject]:
    """[{'line', 'was', 'now'}, ...]: each statement of the port that is not the article's, with its line number in
    legacy/article.py; '' where there is none. Comments, docstrings and blank lines do not count. Line 0 is a number
    that a program gave the port while it ran, as in `article.N_LAYERS = 3`."""
    source, articles = _read(SOURCE), _read(ARTICLES)
    found = [] if source == articles else statements.changed(articles, source)
    port = sys.modules.get('legacy.article')
    written = _numbers(source)
    return found + [{'line': 0, 'was': '%s = %s' % (name, value), 'now': '%s = %s' % (name, getattr(port, name))}
                    for name, value in written.items() if port and getattr(port, name, value) != value]


def nodes() -> List[Tuple[str, str]]:
    """[(op type, name), ...] in the order of creation: both networks as the article's own port builds them on this
    TensorFlow, with the op seeds in force. Leaves numpy's generator as it is."""
    namespace: Dict[str, Any] = {'__name__': 'legacy.data.article'}
    exec(compile(_read(ARTICLES), ARTICLES, 'exec'), namespace)
    state = np.random.get_state()
    try:
        with tf.Graph().as_default() as graph:
            xs, ys = namespace['make_placeholders']()
            for norm in (False, True):
                namespace['built_net'](xs, ys, norm=norm)
    finally:
        np.random.set_state(state)
    return [(op.type, op.name) for op in graph.get_operations()]


def _read(path: str) -> str:
    with open(path, encoding='utf-8') as file:
        return file.read()


def _numbers(source: str) -> Dict[str, Union[int, float]]:
    """{name: number} of the numbers that the text sets at its top level."""
    found: Dict[str, Union[int, float]] = collections.OrderedDict()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                value = ast.literal_eval(statement.value)
            except ValueError:  # an expression
                continue
            if isinstance(value, (int, float)):
                found[statement.targets[0].id] = value
    return found
