"""What cannot be found anywhere in TensorFlow 2 and has to be made, for tf.contrib and private modules. Runs on
Python 3.6."""
import contextlib
import importlib
import os
import types
import weakref
from typing import Any, Callable, Dict, Iterator, NoReturn, Optional, Tuple

from legacy.shim import tf
from legacy.worker.scripts import emulated, notsupplied
from legacy.worker.tfobjects import Graph, Operation


def find(module: str, name: str) -> Any:
    """The stand-in for a name of a private module of TensorFlow 1, or None."""
    made = NAMES.get((module, name))
    return made and made()


def of_native(module: str, name: str) -> Optional[Callable[..., NoReturn]]:
    """The same for a name of compiled code, which no file has."""
    return _native(name) if module in NATIVE else None


class RegisterShape(object):
    """Decorator that does nothing: shapes are inferred in C++ since TensorFlow 1.0."""

    def __init__(self, op_type: str) -> None:
        pass

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return function


class OpDefLibrary(object):
    """Makes ops, as the generated Python files of contrib ask for it: those that this release still has."""

    def add_op_list(self, op_list: Any) -> None:
        """Nothing to do: the release knows its own ops."""

    def _apply_op_helper(self, op_type_name: str, name: Optional[str] = None,
                         **keywords: Any) -> Tuple[Any, Any, Operation]:
        """(..., ..., the op), as 1.15.5's files take it. Raises NoKernel."""
        from tensorflow.python.framework import op_def_library, op_def_registry
        if op_type_name in emulated.OPS:
            return None, False, emulated.OPS[op_type_name](name=name, **keywords).op
        definition = op_def_registry.get(op_type_name)
        if definition is None:
            raise notsupplied.NoKernel(notsupplied.no_kernel(op_type_name))
        inferred = {name for item in definition.input_arg
                    for name in (item.type_attr, item.number_attr, item.type_list_attr)}
        for attribute in definition.attr:  # those that came later have the default that they came with
            kind = attribute.HasField('default_value') and attribute.default_value.WhichOneof('value')
            if kind in ('s', 'i', 'f', 'b', 'type') and attribute.name not in inferred \
                    and keywords.get(attribute.name) is None:
                keywords[attribute.name] = getattr(attribute.default_value, kind)
        found: Tuple[Any, Any, Operation] = op_def_library._apply_op_helper(op_type_name, name, **keywords)[:3]
        return found


NATIVE = ('tensorflow.python.pywrap_tensorflow', 'tensorflow.python.pywrap_tensorflow_internal')


def _native(name: str) -> Callable[..., NoReturn]:
    """A function in place of a compiled one of TensorFlow 1: to call it says that it is gone."""
    def gone(*args: Any, **kwargs: Any) -> NoReturn:
        raise notsupplied.NoKernel(notsupplied.no_kernel(name))
    return gone


class NoLibrary(types.ModuleType):
    """What load_op_library gives for a library of TensorFlow 1's ops: asking it for an op says that it is gone."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith('__'):
            raise AttributeError(name)
        raise notsupplied.NoSuchAttribute(notsupplied.no_kernel(name))


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Context manager, around the loading of a file of 1.15.5's: what registers a second time what TensorFlow has
    registered already does nothing, and what takes names out of other modules than contrib's leaves them there."""
    with _twice_registered(), _names_left():
        yield


@contextlib.contextmanager
def _names_left() -> Iterator[None]:
    from tensorflow.python.util import all_util
    native = all_util.remove_undocumented

    def remove_undocumented(module_name: str, *args: Any, **kwargs: Any) -> None:
        if module_name.startswith('tensorflow.contrib.'):
            native(module_name, *args, **kwargs)
    all_util.remove_undocumented = remove_undocumented
    try:
        yield
    finally:
        all_util.remove_undocumented = native


@contextlib.contextmanager
def _twice_registered() -> Iterator[None]:
    from tensorflow.python.framework import registry
    native = registry.Registry.register

    def register(self: Any, candidate: Any, name: Optional[str] = None) -> None:
        if (name or candidate.__name__) not in self._registry:
            native(self, candidate, name)
    registry.Registry.register = register
    try:
        yield
    finally:
        registry.Registry.register = native


def _is_sequence() -> Any:
    return importlib.import_module('tensorflow.python.util.nest').is_nested


def _defun(func: Optional[Callable[..., Any]] = None, input_signature: Any = None, autograph: bool = True,
           experimental_autograph_options: Any = None) -> Any:
    from tensorflow.python.eager import def_function
    return def_function.function(func, input_signature=input_signature, autograph=autograph)


def _saver(obj: Any) -> Any:
    from tensorflow.python.checkpoint import checkpoint, graph_view
    return checkpoint.TrackableSaver(graph_view.ObjectGraphView(weakref.ref(obj)))


def _checkpoint_reader() -> Any:
    return importlib.import_module('tensorflow.python.training.py_checkpoint_reader').NewCheckpointReader


def _iterator() -> Any:
    return importlib.import_module('tensorflow.python.data.ops.iterator_ops').OwnedIterator


def _registered_ops() -> Dict[str, Any]:
    from tensorflow.python.framework import c_api_util
    return {op.name: op for op in c_api_util.get_all_op_protos()} if hasattr(c_api_util, 'get_all_op_protos') else {}


_F = 'tensorflow.python.framework.'
NAMES = {
    (_F + 'ops', 'RegisterShape'): lambda: RegisterShape,
    (_F + 'op_def_library', 'OpDefLibrary'): lambda: OpDefLibrary,
    (_F + 'op_def_registry', 'register_op_list'): lambda: lambda op_list: None,
    (_F + 'ops', 'register_dense_tensor_like_type'): lambda: lambda tensor_type: None,
    (_F + 'op_def_registry', 'get_registered_ops'): lambda: _registered_ops,
    (_F + 'common_shapes', 'call_cpp_shape_fn'): lambda: lambda op, *args, **kwargs: None,
    ('tensorflow.python.data.ops.iterator_ops', 'IteratorV2'): _iterator,
    ('tensorflow.python.eager.function', 'defun'): lambda: _defun,
    ('tensorflow.python.training.tracking.util', 'saver_with_op_caching'): lambda: _saver,
    ('tensorflow.python.ops.variable_scope', 'variable'): lambda: tf.Variable,
    ('tensorflow.python.util.nest', 'is_sequence'): _is_sequence,
    ('tensorflow.python.pywrap_tensorflow', 'NewCheckpointReader'): _checkpoint_reader,
}


def _without_libraries(loader: Any) -> None:
    """contrib's compiled libraries were built for 1.15.5 alone: loaded into another TensorFlow they end the process."""
    loader.load_op_library = lambda path: NoLibrary(path.rpartition('/')[2])


def _without_downloads(base: Any) -> None:
    def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
        path = os.path.join(work_directory, filename)
        if not os.path.isfile(path):
            raise notsupplied.NotSupplied('%r is not in the folder %r, and nothing is downloaded' % (
                filename, work_directory))
        return path
    base.maybe_download = maybe_download


def after(name: str) -> Optional[Callable[[Any], None]]:
    """A function of a module of 1.15.5's, called when that has been loaded; or None."""
    return _of_generated if name.rpartition('.')[2].startswith('gen_') else AFTER.get(name)


class _Execute(object):
    """tensorflow.python.eager.execute for generated files, which note gradients for eager mode with other arguments
    from release to release; a graph needs none."""

    def record_gradient(self, *args: Any) -> None:
        """Nothing to do."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module('tensorflow.python.eager.execute'), name)


class _Dispatch(object):
    """What generated files ask when an op refuses its arguments: nobody else takes them, so that its error goes on."""

    class OpDispatcher(object):
        NOT_SUPPORTED = object()

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return self.OpDispatcher.NOT_SUPPORTED


def _of_generated(module: Any) -> None:
    module._execute, module._dispatch = _Execute(), _Dispatch()


# {module of 1.15.5: function of it}
AFTER = {'tensorflow.contrib.util.loader': _without_libraries,
         'tensorflow.contrib.learn.python.learn.datasets.base': _without_downloads}


def give_back_methods() -> None:
    """Methods and properties of TensorFlow's classes that 1.15.5's own files call."""
    from tensorflow.python.framework import ops
    for owner, name, value in ((ops.Graph, '_enable_auto_casting_variables', _no_auto_cast),
                               (ops.Graph, '_cast_dtype', None)):
        if not hasattr(owner, name):
            setattr(owner, name, value)


@contextlib.contextmanager
def _no_auto_cast(graph: Graph, dtype: Any) -> Iterator[None]:
    yield
