"""A model, fed with arrays from files, as a script like any other: `worker/scripts/served.py` in a folder of its own.

In that folder the model and the files stand as links, so that none of them is copied, and the script's arguments are
the same wherever they lie.
"""
import contextlib
import os
import pathlib
import re
import shutil
import typing
from collections.abc import Mapping, Sequence

import numpy as np

from legacy.check.stage import Staged
from legacy.formats import modelpaths
from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import TableError
from legacy.formats.places import PACKAGE
from legacy.formats.values import Array
from legacy.judge.findings import listed
from legacy.machine import here, scratch

PROGRAM = pathlib.Path(PACKAGE, 'worker', 'scripts', 'served.py')
DEFAULT_SIGNATURE, SERVE = 'serving_default', 'serve'
TEXT = ('S', 'U')  # kinds of numpy's dtypes that a tensor of strings takes
LARGEST = 2 << 30  # bytes of a model's file, which is what a protocol buffer may have
SHOWN = 8  # names in a message


# Of the worker's `graph.modelfiles`, which this side does not import: a Held, a Signature, a Takes.
Held: typing.TypeAlias = typing.Any
Signature: typing.TypeAlias = typing.Any
Takes: typing.TypeAlias = typing.Any


class ModelFault(LegacyError):
    """The model, the files of arrays or what was asked of them is at fault. The message is one line."""


class Asked(typing.NamedTuple):
    """What a user says of a model. model: path. feeds: paths of .npz files, one run each. signature: its name, or None
    for the one for serving. fetch: names of tensors in place of a signature's, or none."""
    model: str
    feeds: tuple[str, ...]
    signature: str | None = None
    fetch: tuple[str, ...] = ()


class Served(typing.NamedTuple):
    """What is fed and fetched. feeds: {name of an array: a modelfiles.Takes}. fetches: [tensor name]."""
    feeds: dict[str, Takes]
    fetches: list[str]


@contextlib.contextmanager
def staged(asked: Asked) -> typing.Iterator[Staged]:
    """Context manager: the Staged of an Asked, whose folder is gone at the end. Raises LegacyError where there is no
    such model, or it does not take what is in the files."""
    found = modelpaths.find(asked.model)
    graph = _graph(found)
    served = _served(asked, found, graph)
    for path in asked.feeds:
        _check_arrays(path, served, graph)
    of_model = [found.graph]
    if found.kind != 'frozen' and here.worker('graph.modelfiles').has_variables(graph):
        of_model += modelpaths.variables_of(found.checkpoint)
    links = _links([found.path] if found.kind != 'checkpoint' else of_model, asked.feeds)
    top = os.path.dirname(found.path)
    with scratch.temporary('model') as folder:
        script = 'serve_' + re.sub(r'\W', '_', os.path.splitext(os.path.basename(found.path))[0]) + '.py'
        shutil.copyfile(PROGRAM, folder / script)
        for name, path in links.items():
            os.symlink(path, folder / name)
        names = [os.path.basename(path) for path in asked.feeds]
        yield Staged(script, _arguments(found, graph, served, names), [
            *sorted(os.path.relpath(path, top).replace(os.sep, '/') for path in of_model), *names], str(folder),
            tuple(links), [*of_model, *map(os.path.abspath, asked.feeds)])


def _links(of_model: Sequence[str], feeds: Sequence[str]) -> dict[str, str]:
    """{name: absolute path} of what stands in the folder."""
    found: dict[str, str] = {}
    for path in map(os.path.abspath, [*of_model, *feeds]):
        name = os.path.basename(path)
        if found.setdefault(name, path) != path:
            raise ModelFault(f'{path} and {found[name]} have one name: give one of them another')
    return found


def _arguments(found: modelpaths.ModelPaths, graph: Held, served: Served, feeds: Sequence[str]) -> list[str]:
    return [found.kind, os.path.basename(found.path), *(['--tags', *graph.tags] if found.kind == 'saved' else []),
            '--feed', *[f'{name}={takes.tensor}' for name, takes in served.feeds.items()],
            '--fetch', *served.fetches, '--feeds', *feeds]


def _graph(found: modelpaths.ModelPaths) -> Held:
    """The modelfiles.Held that is for serving, or the only one."""
    if os.path.getsize(found.graph) > LARGEST:
        raise ModelFault(f'{found.graph} has more than {LARGEST >> 30} GB: too large for a graph')
    try:
        graphs: list[Held] = here.worker('graph.modelfiles').held(pathlib.Path(found.graph).read_bytes(), found.graph)
    except TableError as error:
        raise ModelFault(f'{found.graph}: {error}') from None
    serving = [graph for graph in graphs if SERVE in graph.tags] or graphs
    if len(serving) > 1 and not any(graph.tags == [SERVE] for graph in serving):
        raise ModelFault(f'{found.graph} has {len(graphs)} graphs, and none whose only tag is {SERVE}: '
                         f'{"; ".join(" ".join(graph.tags) for graph in graphs)}')
    return min(serving, key=lambda graph: len(graph.tags))


# ---- what is fed and fetched

def _served(asked: Asked, found: modelpaths.ModelPaths, graph: Held) -> Served:
    """The Served of an Asked."""
    signature = _signature(asked, graph)
    fetches = [_tensor(name, graph, asked.model) for name in asked.fetch] or (
        sorted(set(signature.outputs.values())) if signature else [])
    if not fetches and found.kind != 'frozen':
        raise ModelFault(f'{asked.model} has no signature: name what is fetched, --fetch NAME')
    fetches = fetches or here.worker('graph.modelfiles').ends(graph)
    if not fetches:
        raise ModelFault(f'{asked.model}: there is no tensor that nothing takes: name what is fetched, --fetch NAME')
    keys = signature.inputs if signature else {}
    feeds = {name: _takes(name, keys, graph, asked) for name in _arrays(asked.feeds[0])}
    for takes in here.worker('graph.modelfiles').needed(graph, fetches, [item.tensor for item in feeds.values()]):
        name = next((key for key, item in keys.items() if item.tensor == takes.tensor), takes.tensor)
        raise ModelFault(f'{asked.feeds[0]} has no array {name}, which is needed for {listed(fetches, SHOWN)}')
    return Served(feeds, fetches)


def _signature(asked: Asked, graph: Held) -> Signature | None:
    """The modelfiles.Signature that is meant, or None where tensors are named."""
    known = graph.signatures
    if asked.signature is None:
        only = known[next(iter(known))] if len(known) == 1 else None
        found = known.get(DEFAULT_SIGNATURE, only)
        if known and found is None and not asked.fetch:
            raise ModelFault(f'{asked.model} has several signatures, and none is {DEFAULT_SIGNATURE}: name one, '
                             f'--signature {" or ".join(sorted(known))}')
        return found
    if asked.signature not in known:
        there = f'only {listed(sorted(known), SHOWN)}' if known else 'nor any other'
        raise ModelFault(f'{asked.model} has no signature {asked.signature}, {there}')
    return known[asked.signature]


def _tensor(name: str, graph: Held, model: str) -> str:
    """'x:0' of 'x' or 'x:0', if there is such a node."""
    node, _, output = name.partition(':')
    if node not in graph.nodes or output and not output.isdigit():
        raise ModelFault(f'{model} has no tensor {name}: `graph list {model} --nodes` shows what it has')
    return f'{node}:{output or 0}'


def _takes(name: str, keys: Mapping[str, Takes], graph: Held, asked: Asked) -> Takes:
    """The Takes of what an array of this name is fed to."""
    if name in keys:
        return keys[name]
    node = name.partition(':')[0]
    if node not in graph.nodes:
        inputs = f', which are {listed(sorted(keys), SHOWN)},' if keys else ''
        raise ModelFault(f'{asked.feeds[0]}: {name} is neither an input of the signature{inputs} nor a tensor of '
                         f'{asked.model}')
    tensor = _tensor(name, graph, asked.model)
    known = graph.nodes[node].takes
    return known or here.worker('graph.modelfiles').Takes(tensor, None, None)


# ---- the files of arrays

def _arrays(path: str) -> dict[str, Array]:
    """{name: array} of a .npz file."""
    try:
        with np.load(path, allow_pickle=False) as found:
            if not isinstance(found, np.lib.npyio.NpzFile):
                raise ModelFault(f'{path} is one array: numpy.savez(file, name=array) gives it a name')
            return {name: found[name] for name in found.files}
    except FileNotFoundError:
        raise ModelFault(f'there is no file {path}') from None
    except OSError:
        raise
    except ModelFault:
        raise
    except Exception as error:  # zipfile and numpy raise a dozen kinds for what is none
        text = ' '.join(str(error).split())
        raise ModelFault(f'{path} is no .npz file of plain arrays ({type(error).__name__}: {text})') from None


def _check_arrays(path: str, served: Served, graph: Held) -> None:
    """Raises ModelFault unless the arrays of a file are those that are fed, each as its tensor takes it."""
    arrays = _arrays(path)
    if set(arrays) != set(served.feeds):
        other = sorted(set(arrays) ^ set(served.feeds))
        raise ModelFault(f'{path} has other arrays than the first file: {listed(other, SHOWN)}')
    for name, array in arrays.items():
        takes = served.feeds[name]
        if takes.dtype is not None and not _fits_dtype(array.dtype, takes.dtype):
            raise ModelFault(f'{path}: {name} is {array.dtype}, and {takes.tensor} takes {takes.dtype}')
        if takes.shape is not None and not _fits_shape(array.shape, takes.shape):
            raise ModelFault(f'{path}: {name} has the shape {_sizes(array.shape)}, and {takes.tensor} takes '
                             f'{_sizes(takes.shape)}')


def _fits_dtype(given: np.dtype[typing.Any], taken: str) -> bool:
    if given.kind in TEXT or taken == 'string':
        return given.kind in TEXT and taken == 'string'
    try:
        return np.can_cast(given, np.dtype(taken), 'same_kind')
    except TypeError:  # a type that numpy does not know: TensorFlow says what is wrong
        return True


def _fits_shape(given: Sequence[int], taken: Sequence[int | None]) -> bool:
    """Whether sizes are those that are taken; the first may be missing, for a batch of one."""
    return any(len(sizes) == len(taken) and all(wanted in (None, size) for size, wanted in zip(sizes, taken))
               for sizes in (given, (1, *given)))


def _sizes(shape: Sequence[int | None]) -> str:
    return '(' + ', '.join('?' if size is None else str(size) for size in shape) + ')'
