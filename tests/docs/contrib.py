"""Writes what of tf.contrib can be had on the TensorFlow installed here, for the manual's table.

    python -m tests.docs.contrib

Each package of TensorFlow 1.15.5's files is imported as a script would. A public name that reaches, through functions
and classes of contrib, an op which this TensorFlow has not is counted as missing: the files say which these are.
"""
import csv
import importlib
import inspect
import os
import re
import sys
import types

from tests.conftest import DATA

TABLE = DATA / 'contrib.tsv'
HEAD = '# What of tf.contrib can be had, by `python -m tests.docs.contrib` under TensorFlow {}.\n'
OP = re.compile(r'_apply_op_helper\(\s*"(\w+)"')
DEEPEST = 6  # calls from a public name to an op


def ops_of(function):
    """Names of the ops that a function of a generated module makes."""
    try:
        return set(OP.findall(inspect.getsource(function)))
    except (OSError, TypeError):
        return set()


def codes(value):
    """The code objects of a function, or of a class's methods, and of functions inside them."""
    value = inspect.unwrap(value) if callable(value) and not isinstance(value, type) else value
    pending = [value.__code__] if isinstance(value, types.FunctionType) else [
        inspect.unwrap(item).__code__ for item in vars(value).values()
        if isinstance(item, types.FunctionType) and isinstance(inspect.unwrap(item), types.FunctionType)] \
        if isinstance(value, type) else []
    while pending:
        code = pending.pop()
        yield code
        pending += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


class Reach:
    """Which ops that this TensorFlow has not a value of contrib comes to."""

    def __init__(self, has_op, library):
        """library: the class of what stands in for a compiled library."""
        self._has_op, self._library, self._known = has_op, library, {}

    def __call__(self, value, depth=0):
        """A set of op names."""
        module = getattr(value, '__module__', None) or ''
        if depth > DEEPEST or not module.startswith('tensorflow.contrib') or not (
                isinstance(value, type) or hasattr(value, '__code__') or hasattr(value, '__wrapped__')):
            return frozenset()
        key = (module, getattr(value, '__qualname__', repr(value)))
        if key in self._known:
            return self._known[key]
        self._known[key] = frozenset()  # while it is looked at
        if module.rpartition('.')[2].startswith('gen_'):
            function = inspect.unwrap(value)
            found = {op for op in ops_of(function) if not self._has_op(op)}
        else:
            found = {op for other in self._named(value, module) for op in self(other, depth + 1)}
            found.update(self._of_libraries(value, module))
        self._known[key] = frozenset(found)
        return self._known[key]

    def _of_libraries(self, value, module):
        """Names that the code of a value reads of a library in its module: the next that it names."""
        names = vars(sys.modules[module])
        for code in codes(value):
            yield from (after for name, after in zip(code.co_names, code.co_names[1:])
                        if isinstance(names.get(name), self._library))

    def _named(self, value, module):
        """What the code of a value names in its module, and in modules that are names there."""
        names = vars(sys.modules[module])
        for code in codes(value):
            named = [names[name] for name in code.co_names if name in names]
            yield from (item for item in named if not isinstance(item, types.ModuleType))
            for item in named:
                if isinstance(item, types.ModuleType):
                    yield from (vars(item)[name] for name in code.co_names if name in vars(item))


def public(module):
    """{name: value} of what a package is for."""
    names = getattr(module, '__all__', None) or [name for name in dir(module) if not name.startswith('_')]
    found = {name: getattr(module, name, None) for name in names}
    return {name: value for name, value in found.items() if not isinstance(value, types.ModuleType)}


def row(contrib, package, reach, not_supplied):
    """[package, names, names that cannot be had, why]"""
    try:
        names = public(getattr(contrib, package))
    except not_supplied as error:
        return [package, 0, 0, str(error)]
    reached = {name: ops for name, ops in ((name, reach(value)) for name, value in names.items()) if ops}
    why = sorted({op for ops in reached.values() for op in ops})
    return [package, len(names), len(reached), ', '.join(why)]


def main():
    from legacy.machine import tensorflow1
    os.environ[tensorflow1.FOLDER] = str(tensorflow1.fetch(print))
    namespace = importlib.import_module('legacy.worker.scripts.namespace')
    for module in ('numpy1', 'python3'):
        importlib.import_module('legacy.worker.scripts.' + module).give_back()
    tf = namespace.install()
    shim = importlib.import_module('legacy.shim')
    missing = importlib.import_module('legacy.worker.scripts.notsupplied')
    registry = importlib.import_module('tensorflow.python.framework.op_def_registry')
    emulated = importlib.import_module('legacy.worker.scripts.emulated')
    reach = Reach(lambda op: op in emulated.OPS or registry.get(op) is not None,
                  importlib.import_module('legacy.worker.scripts.standins').NoLibrary)
    rows = [row(tf.contrib, package, reach, missing.NotSupplied) for package in dir(tf.contrib)]
    with open(TABLE, 'w', encoding='utf-8', newline='') as file:
        file.write(HEAD.format(shim.VERSION))
        csv.writer(file, delimiter='\t', lineterminator='\n').writerows([['package', 'names', 'missing', 'why'], *rows])


if __name__ == '__main__':
    main()
