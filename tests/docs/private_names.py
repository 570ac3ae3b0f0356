"""Writes the table of what TensorFlow 1.15.5's private modules had, and where TensorFlow 2 has it, from both wheels.

    python -m tests.docs.private_names FOLDER_OF_1_15_5

The folder is one that `compat_run.py fetch` prints. The other side is the TensorFlow installed here. No code of either
is run: what a module defines and imports is read from its source.
"""
import ast
import collections
import contextlib
import functools
import importlib.util
import pathlib
import re
import sys
import typing

from tests.conftest import DATA

TABLE = DATA / 'private_names.tsv'
HEAD = """\
# Names that TensorFlow 1.15.5's private modules had and 2.21.0's have not, and where they are now. Made from both
# wheels by `python -m tests.docs.private_names`. Modules are below tensorflow.python. now: 'tf:train' is tf.train of
# the namespace, all else a module. names: old=new where it is called otherwise.
"""
DEFINITION = re.compile(r'(class|def)\s+(\w+)')
PRIVATE, KERAS = 'tensorflow.python', 'tensorflow.python.keras'


class Module(typing.NamedTuple):
    """What a source file has. defined: {name: 'class', 'function' or 'value'}. imported: {name: (module, name there)};
    the latter is None for a module. stars: modules of which it has all. exported: {name: path in tf}."""
    defined: dict
    imported: dict
    stars: list
    exported: dict


class Wheel:
    """The modules below one package, by name, read when they are asked for. name: of the package."""

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.files = {}
        for path in self.folder.rglob('*.py'):
            parts = path.relative_to(self.folder).with_suffix('').parts
            parts = parts[:-1] if parts[-1] == '__init__' else parts
            if not parts or not parts[-1].endswith(('_test', '_pb2', '_pb2_grpc')):
                self.files['.'.join([name, *parts])] = path

    def __contains__(self, name):
        return name in self.files

    @functools.lru_cache(None)  # noqa: B019 - there are two wheels
    def module(self, name):
        """The Module, or None."""
        if name not in self.files:
            return None
        found = Module({}, {}, [], {})
        package = name if self.files[name].name == '__init__.py' else name.rpartition('.')[0]
        _read(_statements(self.files[name].read_text(encoding='utf-8')), found, package)
        return found

    @functools.lru_cache(None)  # noqa: B019
    def names(self, name):
        """All names that a module has."""
        found, module = set(), self.module(name)
        if module:
            found = {*module.defined, *module.imported}
            module.stars and found.update(*(self._starred(star) for star in module.stars if star != name))
        return frozenset(found)

    def _starred(self, name):
        return {item for item in self.names(name) if not item.startswith('_')}

    def origin(self, name, item, seen=()):
        """(module, name there) where it is defined; (module, None) if it is a module; None if that is elsewhere."""
        module = self.module(name)
        if module is None or name in seen:
            return None
        if item in module.defined:
            return name, item
        if item in module.imported:
            where, there = module.imported[item]
            if there is None or f'{where}.{there}' in self:
                return f'{where}.{there}' if there else where, None
            return self.origin(where, there, (*seen, name))
        star = next((star for star in module.stars if item in self.names(star)), None)
        return self.origin(star, item, (*seen, name)) if star else None

    @functools.cached_property
    def places(self):
        """{name: [(module, kind)]} of all definitions."""
        found = collections.defaultdict(list)
        for name in sorted(self.files):
            for item, kind in self.module(name).defined.items():
                found[item].append((name, kind))
        return found


def _statements(text):
    """The statements of a source file. Functions and classes at its top have nothing in them: to parse that takes most
    of the time, and nobody reads it."""
    kept, in_text, in_body = [], False, False
    for line in text.split('\n'):
        if not in_text and line[:1] not in ('', ' ', '\t', '#', ')', ']', '}'):  # not what goes on from the line before
            head = DEFINITION.match(line)
            in_body = bool(head)
            if head:
                kept.append('class %s: pass' % head[2] if head[1] == 'class' else 'def %s(): pass' % head[2])
        if not in_body:
            kept.append(line)
        in_text ^= (line.count('"""') + line.count("'''")) % 2 == 1
    if not in_text:
        with contextlib.suppress(SyntaxError):
            return ast.parse('\n'.join(kept)).body
    return ast.parse(text).body


def _read(body, found, package):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.defined[node.name] = 'class' if isinstance(node, ast.ClassDef) else 'function'
            path = _exported(node.decorator_list)
            if path:
                found.exported[node.name] = path
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        found.defined.setdefault(part.id, 'value')
            _read_export_call(node.value, node, found)
        elif isinstance(node, ast.ImportFrom):
            _read_import(node, found, package)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found.imported[alias.asname or alias.name.split('.')[0]] = alias.name, None
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ('body', 'orelse', 'finalbody'):
                _read(getattr(node, part, []), found, package)
            for handler in getattr(node, 'handlers', []):
                _read(handler.body, found, package)


def _read_import(node, found, package):
    module = node.module or ''
    if node.level:
        base = package.split('.')[:len(package.split('.')) - node.level + 1]
        module = '.'.join([*base, *([module] if module else [])])
    module = module.replace('tensorflow_core', 'tensorflow', 1)
    for alias in node.names:
        if alias.name == '*':
            found.stars.append(module)
        else:
            found.imported[alias.asname or alias.name] = module, alias.name


def _exported(decorators):
    """'train.Saver' of @tf_export('train.Saver') or of its v1 names, if there is one."""
    for call in decorators:
        if isinstance(call, ast.Call) and getattr(call.func, 'id', getattr(call.func, 'attr', '')) in (
                'tf_export', 'keras_export', 'estimator_export'):
            v1 = next((keyword.value for keyword in call.keywords if keyword.arg == 'v1'), None)
            names = [ast.literal_eval(name) for name in (call.args if v1 is None else v1.elts)]
            return names[0] if names else None
    return None


def _read_export_call(value, node, found):
    """softmax = tf_export(...)(dispatch(...)) has its path, too."""
    if isinstance(value, ast.Call) and isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        path = _exported([value.func])
        if path:
            found.exported[node.targets[0].id] = path


def _nearest(there, old, kind, places):
    """The module, of those that define something of this kind, whose path is most like the old one; or None."""
    def likeness(name):
        ours, others = old.split('.'), name.split('.')
        same = next((i for i, (a, b) in enumerate(zip(ours, others)) if a != b), min(len(ours), len(others)))
        return same + 2 * (ours[-1] == others[-1]) + (ours[-1] in others[-1] or others[-1] in ours[-1])
    fitting = [name for name, there_kind in places if kind in (there_kind, 'value')
               or there_kind == 'value' and '.gen_' not in name]  # raw ops are values
    return max(fitting, key=likeness) if fitting else None


def place(item, name, old, new):
    """(where, name there) of what `name`, a module of the wheel `old`, had; None if that is nowhere."""
    found = old.origin(name, item)
    if found is None:
        return None
    where, there = found
    if there is None:
        return None  # a module: the files of 1.15.5 say which
    exported = old.module(where).exported.get(there)
    if exported:
        path, _, last = exported.rpartition('.')
        return 'tf:' + path, last
    if where.startswith(KERAS):  # its files are taken whole
        return None
    if there in new.names(where):
        now = where
    else:
        now = _nearest(new, where, old.module(where).defined[there],
                       [found for found in new.places.get(there, ()) if not found[0].startswith(KERAS)])
    return (now, there) if now else None


def rows(old, new):
    """[(module, place, [name or 'old=new', ...])], sorted."""
    found = collections.defaultdict(list)
    for name in sorted(name for name in old.files if not name.startswith(f'{KERAS}.api')):
        have = () if name.startswith(KERAS) else new.names(name)
        for item in sorted(old.names(name)):
            if item.startswith('__') or item.endswith('_eager_fallback') or item in have:
                continue
            if f'{name}.{item}' in new:
                continue
            now = place(item, name, old, new)
            if now and now != (name, item) and now[0].split('.')[-1] != 'all_util':
                found[name, now[0]].append(item if now[1] == item else f'{item}={now[1]}')
    return [(name, where, items) for (name, where), items in sorted(found.items())]


def text(folder):
    """The table's text. folder: with tensorflow_core in it."""
    old = Wheel(pathlib.Path(folder, 'tensorflow_core', 'python'), PRIVATE)
    new = Wheel(pathlib.Path(importlib.util.find_spec('tensorflow').origin).parent / 'python', PRIVATE)
    lines = ['\t'.join([name.removeprefix(PRIVATE).lstrip('.'), where.removeprefix(PRIVATE + '.'), ' '.join(items)])
             for name, where, items in rows(old, new)]
    return HEAD + '\n'.join(['module\tnow\tnames', *lines, ''])


if __name__ == '__main__':
    TABLE.write_text(text(sys.argv[1]), encoding='utf-8')
