"""A log folder for TensorBoard of a recording: its graphs, and the series of what the script fetched.

The first run has the recording's own series, each point at the number of its run of a session; further runs those of
the whole runs with noise, which draw the band that rounding makes. Runs on Python 3.6.
"""
import os
from typing import Dict, List, Optional, Tuple

import numpy as np

from legacy import shim
from legacy.formats import articlerun, graphtable, recordings
from legacy.formats.folders import whole_folder
from legacy.formats.graphtable import Table
from legacy.formats.places import PathLike
from legacy.formats.recordings import Recording, Series, is_number
from legacy.formats.values import Array
from legacy.shim import tf
from legacy.worker.graph import articleevents, eventfile
from legacy.worker.graph.eventfile import EventFile
from legacy.worker.tfobjects import GraphDef, Histogram, Message

BINS = 15
RECORDED, NOISY = 'recorded', 'noise %d'
SAID = '%s, which the script fetched at %s; as recorded under TensorFlow %s. A step is a run of a session.'


def write(logdir: PathLike, path: Optional[PathLike] = None) -> str:
    """Write the folder `logdir`, which must not be there or be empty, from the recording at `path`, by default the
    article's under TensorFlow 1.15.5. Returns what to tell: what is in it, and how to open it. Raises FolderError,
    RecordingError, TableError, OSError."""
    path = path or articlerun.RECORDING
    recorded = recordings.load(str(path))
    shim.quiet()
    with whole_folder(logdir, None, '--logdir') as folder:
        if articlerun.is_article(recorded):
            nodes = articleevents.write(str(folder), recorded)
            said = ['%s: the graph of TensorFlow %s (%s), the costs and layer inputs of %s (TensorFlow %s)' % (
                logdir, shim.VERSION, ', '.join('%s %d nodes' % item for item in nodes.items()), path,
                recorded.header['environment']['tensorflow'])]
        else:
            said = _write(str(folder), logdir, recorded, path)
    return '\n'.join(said + eventfile.how_to_open(logdir)) + '\n'


def _write(folder: str, logdir: PathLike, recorded: Recording, path: PathLike) -> List[str]:
    """Of any script. Returns [line] that say what was written."""
    tables = [_table(recorded, number, path) for number in range(recorded.header['graphs'])]
    for number, table in enumerate(tables[1:], 1):
        with eventfile.EventFile(os.path.join(folder, 'graph %d' % number), recorded.header['created']) as file:
            file.add_graph(definition(table))
    noisy = recorded.noisy()
    for name, series in [(RECORDED, recorded.series())] + [(NOISY % (k + 1), series) for k, series in enumerate(noisy)]:
        with eventfile.EventFile(os.path.join(folder, name), recorded.header['created']) as file:
            if name == RECORDED and tables:
                file.add_graph(definition(tables[0]))
            _write_series(file, recorded, series)
    return _said(logdir, path, recorded, tables, noisy)


def _table(recorded: Recording, number: int, path: PathLike) -> Table:
    try:
        return graphtable.uncompressed(recorded.arrays['graph/%d' % number].tobytes())
    except graphtable.TableError as error:
        raise graphtable.TableError('%s: %s' % (path, error))


def _said(logdir: PathLike, path: PathLike, recorded: Recording, tables: List[Table],
          noisy: List[Series]) -> List[str]:
    series = recorded.series()
    scalars = sum(is_number(values) for values in series.values())
    fetches = sum(len(kind['fetches']) for kind in recorded.kinds)
    said = ['%s: of %s (%s under TensorFlow %s) %s' % (
        logdir, path, recorded.header['script']['name'], recorded.header['environment']['tensorflow'],
        ', '.join(['graph %d (%d nodes)' % (k, len(table.nodes)) for k, table in enumerate(tables)] + [
            '%d series of scalars' % scalars, '%d of histograms' % (len(series) - scalars),
            '%d runs with noise' % len(noisy)]))]
    if fetches > len(series):
        said.append('%d fetches are left out: large, no floats, or not of one shape, they are recorded as hashes'
                    % (fetches - len(series)))
    return said


# ---- series

def _write_series(file: EventFile, recorded: Recording, series: Series) -> None:
    """Of a run with noise as far as the recording goes: what comes later has no run to stand at."""
    tags = tags_of(recorded)
    for (number, fetch), values in sorted(series.items()):
        kind = recorded.kinds[number]
        said = SAID % (kind['fetches'][fetch], kind['place'] or 'no line of its own',
                       recorded.header['environment']['tensorflow'])
        for step, value in zip(np.flatnonzero(recorded.runs == number).tolist(), np.asarray(values, 'f8')):
            if is_number(values):
                file.add_scalar(step, tags[number, fetch], said, float(value.reshape(())))
            else:
                file.add_histogram(step, tags[number, fetch], said, _histogram(value))


def tags_of(recorded: Recording) -> Dict[Tuple[int, int], str]:
    """{(kind, fetch): 'train.py:12/loss'}, all different: the line groups them. What one line fetches in several kinds
    of run, for instance with and without training, has the number of the kind, too."""
    tags = {(number, fetch): '%s/%s' % (kind['place'] or 'kind %d' % number, _name(name))
            for number, kind in enumerate(recorded.kinds) for fetch, name in enumerate(kind['fetches'])}
    taken = list(tags.values())
    return {(number, fetch): tag if taken.count(tag) == 1 else '%s (kind %d, fetch %d)' % (tag, number, fetch)
            for (number, fetch), tag in tags.items()}


def _name(tensor: str) -> str:
    return tensor[:-len(':0')] if tensor.endswith(':0') else tensor


def _histogram(value: Array) -> Histogram:
    finite = value[np.isfinite(value)]
    counts, edges = np.histogram(finite, BINS) if finite.size else (np.zeros(1), np.array([0., 1.]))
    return eventfile.histogram(edges, counts.astype('f8'))


# ---- the graph

def definition(table: Table) -> GraphDef:
    """The tf.GraphDef of a Table: ops, names, inputs and shapes as they are. Attributes, which a table lacks, are what
    it knows: the line of the script (`line`), a small constant or seeds (`recorded_value`), dtypes (`outputs`)."""
    graph = tf.GraphDef()
    for node in table.nodes:
        copy = graph.node.add(name=node.name, op=node.op_type, input=node.inputs)
        for output in node.outputs:
            _add_shape(copy.attr['_output_shapes'].list.shape.add(), output)
        line = '%s %s' % (node.line, table.lines[node.line][1]) if node.line in table.lines else node.line
        for name, text in (('line', line), ('recorded_value', node.value), ('outputs', '; '.join(node.outputs))):
            if text:
                copy.attr[name].s = text.encode('utf-8')
    return graph


def _add_shape(shape: Message, output: str) -> None:
    """output: as a table says it, 'float32 (?, 30)' or 'float32 ?'."""
    sizes = output.partition(' ')[2]
    if not sizes.startswith('('):
        shape.unknown_rank = True
        return
    for size in filter(None, sizes[1:-1].split(', ')):
        shape.dim.add(size=-1 if size == '?' else int(size))
