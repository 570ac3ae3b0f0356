"""What a script imports draws nothing from the generators that the script draws from. Runs on Python 3.6.

One release of a package draws from Python's or numpy's generator while it is loaded, and another does not (so does
`sklearn.datasets`): with one seed the script would go on with other numbers. A module of the script's own may draw and
seed on purpose, and an installed one may seed.
"""
import builtins
import importlib
import importlib.util
import os
import random
import sys
import threading
from typing import Any, Callable, Dict, Iterable, Mapping, Optional, Tuple

import numpy as np
from numpy import random as of_numpy  # numpy imports it when it is first asked for, which is watched here

MOST_TWISTS = 100  # of 624 words each: whoever has drawn more while it was loaded counts as one who seeded


def keep_generators(is_own: Callable[[str], bool]) -> None:
    """From now on the states of Python's and numpy's generator are the same after an import as before it.

    is_own: a function of a file that says whether it is of the script: what that draws counts."""
    imports = _Imports(is_own)
    imports.wrap(builtins, '__import__', imports.loads)
    imports.wrap(importlib, 'import_module', imports.loads_module)


class _Imports(object):
    def __init__(self, is_own: Callable[[str], bool]) -> None:
        self._is_own, self._inside = is_own, threading.local()
        self._known: Dict[str, bool] = {}

    def wrap(self, owner: Any, name: str, loads: Callable[..., str]) -> None:
        """Take the place of a function that imports. loads: a function of the same arguments, the name of what is
        loaded from without the script, or ''."""
        native = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if not loads(*args, **kwargs) or getattr(self._inside, 'now', False):
                return native(*args, **kwargs)
            self._inside.now, before = True, (random.getstate(), of_numpy.get_state())
            try:
                return native(*args, **kwargs)
            finally:
                self._inside.now = False
                _restore(*before)
        wrapped.__name__, wrapped.__doc__ = name, native.__doc__
        setattr(owner, name, wrapped)

    def loads(self, name: str, globals: Optional[Mapping[str, Any]] = None, locals: Any = None,
              fromlist: Optional[Iterable[str]] = (), level: int = 0) -> str:
        """As `__import__` takes it."""
        if level:
            package = (globals or {}).get('__package__') or ''
            name = '.'.join(filter(None, package.split('.')[:len(package.split('.')) - level + 1] + [name]))
        module = sys.modules.get(name)
        if module is not None and all(part in vars(module) for part in fromlist or () if part != '*'):
            return ''
        return self._from_without(name)

    def loads_module(self, name: str, package: Optional[str] = None) -> str:
        """As `importlib.import_module` takes it."""
        name = name if not name.startswith('.') else '%s.%s' % (package, name.lstrip('.'))
        return '' if name in sys.modules else self._from_without(name)

    def _from_without(self, name: str) -> str:
        top = name.partition('.')[0]
        if top not in self._known:
            self._known[top] = not self._is_own(_place(top))
        return name if self._known[top] else ''


def _place(top: str) -> str:
    """The file or folder that a package of this name would be loaded from; '' if that is not known."""
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):  # the import itself says what is wrong
        return ''
    if spec is None:
        return ''
    if spec.origin and os.path.isabs(spec.origin):
        return spec.origin
    return os.path.join((list(spec.submodule_search_locations or ()) or [''])[0], '__init__.py')


def _restore(python: Tuple[Any, ...], numpy: Any) -> None:
    """Set both generators back, but for one that was seeded meanwhile."""
    if random.getstate() != python and _has_drawn(python[1][:-1], random.getstate()[1][:-1]):
        random.setstate(python)
    now: Any = of_numpy.get_state()
    if not _same(now, numpy) and now[0] == numpy[0] and _has_drawn(numpy[1], now[1]):
        of_numpy.set_state(numpy)


def _same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other))


def _has_drawn(before: Any, after: Any) -> bool:
    """Whether the second key of a Mersenne twister comes from the first by drawing: each 624 words make a new one."""
    generator: Any = of_numpy.RandomState()
    after = np.asarray(after, 'u4')
    generator.set_state(('MT19937', np.asarray(before, 'u4'), 624))
    for _ in range(MOST_TWISTS + 1):
        if np.array_equal(generator.get_state()[1], after):
            return True
        generator.bytes(4 * 624)
    return False
