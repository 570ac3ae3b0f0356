"""Graphs by the words that a user has for them, and questions to the TensorFlow here or in another environment."""
import os
import pathlib
import re

from legacy.formats import graphtable, modelpaths, recordings
from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import Table
from legacy.formats.places import DATA
from legacy.formats.values import Json
from legacy.graph.align import align
from legacy.machine import environments, here, scratch

THIS = 'this'
ALIKE = 0.75  # share of nodes, of either graph, that have a like in the other
DEFINITIONS, TABLES = ('.pb', '.pbtxt', '.meta'), ('.tsv', '.tsv.gz')
LARGEST = 512 << 20  # bytes of a GraphDef file


class SourceError(LegacyError):
    """No graph goes by that word. The message is one line."""


def ask(task: str, python: str | None = None, **settings: Json) -> bytes:
    """The bytes that `tasks.answer` gives, here or under the interpreter `python`. Raises LegacyError."""
    if python is None:
        answer: bytes = here.worker('graph.tasks').answer(task, settings)
        return answer
    with scratch.temporary('graph') as folder:
        out = folder / 'answer'
        environments.run_worker(python, {**settings, 'graph': task, 'out': str(out)})
        return out.read_bytes()


def graphs(word: str, python: str | None = None, number: int | None = None) -> dict[int, Table]:
    """Return the graphs that `word` names by number: as `load`, or all that a recording or a SavedModel holds. number:
    of the only one that is wanted. Raises LegacyError."""
    if os.path.isdir(word) or word.endswith(DEFINITIONS) and os.path.isfile(word):
        found = dict(enumerate(_of_definitions(modelpaths.graph_of(word))))
    elif os.path.isfile(word) and not word.endswith(TABLES):
        found = _of_recording(word)
    else:
        found = {0: load(word, python)}
    if number is None:
        return found
    if number not in found:
        raise SourceError(f'{word}: there is no graph {number}, only {", ".join(map(str, found))}')
    return {number: found[number]}


def load(word: str, python: str | None = None) -> Table:
    """The Table that `word` names: a table's file, `this` for what the TensorFlow here (or under `python`) builds of
    the article, or a recorded release. Raises LegacyError."""
    if os.path.isfile(word):
        return graphtable.load(word)
    if word == THIS:
        return graphtable.parsed(ask('as_table', python))
    path = recorded_path(word)
    if path.exists():
        return graphtable.load(path)
    if re.fullmatch(r'\d+\.\d+(\.\d+)?\S*', word):
        releases = ', '.join(sorted({path.name[len('graph-'):-len('.tsv.gz')] for path in recorded_paths()}))
        raise SourceError(f'no graph of TensorFlow {word} is recorded, only of {releases}: write one with '
                          f'`graph export {word}.tsv --python PATH` and name that file')
    raise SourceError(f'{word}: no such file; other words for a graph are `{THIS}` and a recorded release')


def recorded_path(release: str) -> pathlib.Path:
    """Where the graph of a release is, or would be."""
    return pathlib.Path(DATA, f'graph-{release}.tsv.gz')


def recorded_paths() -> list[pathlib.Path]:
    """Of all graphs that are recorded."""
    return sorted(pathlib.Path(DATA).glob('graph-*.tsv.gz'))


def _of_definitions(path: str) -> list[Table]:
    """Return the graphs in a file of TensorFlow's: a GraphDef, a MetaGraph, a SavedModel."""
    definition = here.worker('graph.definition')
    size = os.path.getsize(path)
    if size > LARGEST:
        raise SourceError(f'{path}: {size} bytes: too large for a graph, of which {LARGEST} are read')
    try:
        return [placed(found) for found in definition.from_bytes(pathlib.Path(path).read_bytes(), path)]
    except graphtable.TableError as error:
        raise graphtable.TableError(f'{path}: {error}') from None


def _of_recording(path: str) -> dict[int, Table]:
    """Return the graphs that a script built, by number. Raises SourceError if the recording has none."""
    recorded = recordings.load(path)
    try:
        found = {k: graphtable.uncompressed(recorded.arrays[f'graph/{k}'].tobytes())
                 for k in range(recorded.header['graphs'])}
    except graphtable.TableError as error:
        raise graphtable.TableError(f'{path}: {error}') from None
    if not found:
        raise SourceError(f'{path}: the script built no graph')
    return found


# ---- where the nodes of a GraphDef come from

def placed(found: Table) -> Table:
    """The Table with the places of the recorded graph that it has most nodes in common with, if the two are ALIKE
    enough: a node that has a like there takes its place, any other that of a neighbour. Else as it is: somebody else's
    graph, in which some layers may well be like the article's."""
    names = {(node.op_type, node.name) for node in found.nodes}
    likes = [graphtable.load(path) for path in recorded_paths()]
    like = max(likes, key=lambda known: (len(names & {(node.op_type, node.name) for node in known.nodes}),
                                         -len(known.nodes)))
    pairs = align(found, like)
    if len(pairs) < ALIKE * max(len(found.nodes), len(like.nodes)):
        return found
    places = {found.nodes[k].name: like.nodes[other] for k, other in pairs.items()}
    takers = {graphtable.producer(given)[0]: node.name for node in found.nodes for given in node.inputs}
    for node in found.nodes:
        near = [takers.get(node.name), *(graphtable.producer(given)[0] for given in node.inputs)]
        known = next((places[name] for name in near if name in places), None)
        if node.name not in places and known:
            places[node.name] = known._replace(call='')
    columns = ('network', 'layer', 'role', 'line', 'call', 'of')
    return Table(found.tensorflow, found.arithmetic, like.lines, [
        node._replace(**{column: getattr(places[node.name], column) for column in columns})
        if node.name in places else node for node in found.nodes])
