"""TensorFlow 1.15.5's own Python files, from which scripts get what later releases dropped. Runs on Python 3.6.

Somebody else has fetched them into a folder (`machine.tensorflow1`); its path is in the environment, so that processes
which the script starts find it too.
"""
import ast
import importlib
import importlib.machinery
import importlib.util
import os
import types
import warnings
from typing import Any, Optional

FOLDER = 'LEGACY_TENSORFLOW_1'  # environment variable: the folder with tensorflow_core and tensorflow_estimator in it
TOP = {'tensorflow': 'tensorflow_core', 'tensorflow_estimator': 'tensorflow_estimator',
       'keras_applications': 'keras_applications', 'keras_preprocessing': 'keras_preprocessing'}


def folder() -> Optional[str]:
    """The folder, or None where there is none."""
    path = os.environ.get(FOLDER)
    return path if path and os.path.isdir(path) else None


def path_of(name: str) -> Optional[str]:
    """The path of the file of a module of 1.15.5, such as 'tensorflow.contrib.rnn', or None."""
    root = folder()
    first, _, rest = name.partition('.')
    if root is None or first not in TOP:
        return None
    base = os.path.join(root, TOP[first], *filter(None, rest.split('.')))
    return next((path for path in (base + '.py', os.path.join(base, '__init__.py')) if os.path.isfile(path)), None)


def has(file: Optional[str]) -> bool:
    """Whether a file, or None, is one of 1.15.5's."""
    root = folder()
    return root is not None and file is not None and file.startswith(root + os.sep)


def spec_of(name: str, file: Optional[str] = None) -> Optional[importlib.machinery.ModuleSpec]:
    """The ModuleSpec of a module that is loaded from 1.15.5's file, or None. name: what it is to be called. file: its
    path, if it is to be called something else than it was."""
    file = file or path_of(name)
    if file is None:
        return None
    loader = (_ProtocolBuffers if name.endswith('_pb2') else Loader)(name, file)
    spec = importlib.machinery.ModuleSpec(name, loader, origin=file, is_package=file.endswith('__init__.py'))
    spec.has_location = True
    spec.cached = importlib.util.cache_from_source(file)
    if spec.submodule_search_locations is not None:
        spec.submodule_search_locations.append(os.path.dirname(file))
    return spec


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a file of 1.15.5, without warnings about what was allowed when it was written."""

    def source_to_code(  # type: ignore[override]  # as SourceLoader has it, whose other base has a static method
            self, data: Any, path: Any, *args: Any, **kwargs: Any) -> types.CodeType:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return super(Loader, self).source_to_code(data, path, *args, **kwargs)


class _ProtocolBuffers(Loader):
    """Loads a file that an older protoc generated: where this protobuf refuses it, its messages are built anew from the
    description in it, which is the same in every release."""

    def exec_module(self, module: types.ModuleType) -> None:
        try:
            super(_ProtocolBuffers, self).exec_module(module)
        except TypeError:
            _build(module, self.get_data(self.path))


def _build(module: types.ModuleType, source: bytes) -> None:
    from google.protobuf import descriptor_pool
    from google.protobuf.internal import builder
    serialized: Optional[ast.expr] = None
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            if node.names[0].name.endswith('_pb2'):  # what it builds on
                importlib.import_module('%s.%s' % (node.module, node.names[0].name))
        elif isinstance(node, ast.keyword) and node.arg == 'serialized_pb':
            serialized = serialized or next(part.args[0] for part in ast.walk(node.value) if isinstance(part, ast.Call))
    assert serialized is not None, module.__name__
    content = ast.literal_eval(serialized)
    content = content if isinstance(content, bytes) else content.encode('latin1')
    names = vars(module)
    names['DESCRIPTOR'] = descriptor_pool.Default().AddSerializedFile(content)
    builder.BuildMessageAndEnumDescriptors(names['DESCRIPTOR'], names)
    builder.BuildTopDescriptorsAndMessages(names['DESCRIPTOR'], module.__name__, names)
