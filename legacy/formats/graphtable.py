"""The graph as a table: one row a node in the order of creation, one fingerprint, one file. Runs on Python 3.6.

A file such as `data/graph-1.15.5.tsv.gz` is tab-separated text, gzipped where the name ends in .gz. Lines that
begin with '# ' come first: tensorflow, arithmetic, nodes, fingerprint, and each line of ours that made nodes, with its
function and its text. Then a line of column names (`COLUMNS`), and the rows.
"""
import collections
import gzip
import hashlib
import io
import os
import struct
import zlib
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from legacy.formats import signatures
from legacy.formats.errors import LegacyError
from legacy.formats.places import PathLike

# What the text of a gzipped file may have beyond so many bytes, its own must carry: this many times as many. Of ours it
# is 12.
TAKEN_ON_TRUST, UNPACKED = 8 << 20, 60
SHORTEST_LINE = 8  # bytes of a line on average, at least: a row has ten tabs
LARGEST = 256 << 20  # bytes of text; the article's graph takes 0.3 MB, one of 12,000 nodes 4
ROLES = ('forward', 'gradient', 'update', 'moving average', 'variable', 'initialisation')

# op_type, name, inputs: as in a GraphDef, control inputs as '^name'. outputs: ['float32 (?, 30)', ...]. value: of a
# constant, or the seeds of a random op. network: plain, norm or both. layer: data, input, 1 to 7, output, cost, all.
# role: one of ROLES. line: key of Table.lines. call: what of that line made the node, as written there; for a gradient
# TensorFlow's gradient function. of: the op that a gradient is the gradient of. attributes: what says how the op
# computes, see `signatures.spelled`. Where unknown, ''.
class Node(NamedTuple):
    """A row of a Table."""
    op_type: str
    name: str
    inputs: List[str]
    outputs: List[str]
    value: str
    network: str
    layer: str
    role: str
    line: str
    call: str
    of: str
    attributes: str = ''


COLUMNS = Node._fields
OLD_COLUMNS = COLUMNS[:-1]  # of tables written before there were attributes
NodeFacts = Sequence[Any]  # op type, name, inputs
Lines = Dict[str, Tuple[str, str]]  # {'article.py:70': (function, text)}


class TableError(LegacyError):
    """A file that holds no graph, or a damaged one. The message is one line."""


class Table(object):
    """tensorflow, arithmetic: what built the graph, '' if unknown. Only read lines and
    nodes."""

    def __init__(self, tensorflow: str, arithmetic: str, lines: 'Lines', nodes: 'List[Node]') -> None:
        self.tensorflow, self.arithmetic, self.lines, self.nodes = tensorflow, arithmetic, lines, nodes

    @property
    def fingerprint(self) -> str:
        """As `fingerprint` below."""
        return fingerprint([(node.op_type, node.name, node.inputs) for node in self.nodes])


def file_and_number(key: str) -> Tuple[str, int]:
    """('train.py', 12) of 'train.py:12', a key of Table.lines, to sort lines by; 0 where no number is known."""
    file, _, number = key.rpartition(':')
    return file, int(number) if number.isdigit() else 0


def nodes(graph: Any) -> List[NodeFacts]:
    """Op type, name and inputs of each node in the order of creation; control inputs as '^name'."""
    return [[node.op, node.name, list(node.input)] for node in graph.as_graph_def().node]


def fingerprint(table: Iterable[NodeFacts]) -> str:
    """SHA-256 over `nodes(graph)`: equal where the same ops were created in the same order on the same inputs."""
    lines = ''.join('%s\t%s\t%s\n' % (op_type, name, ' '.join(inputs)) for op_type, name, inputs in table)
    return hashlib.sha256(lines.encode('utf-8')).hexdigest()


def producer(input_name: str) -> Tuple[str, int]:
    """(node name, output) of an input as a GraphDef names it; output -1 for a control input."""
    if input_name.startswith('^'):
        return input_name[1:], -1
    name, _, output = input_name.partition(':')
    return name, int(output or 0)


# ---- the file

def consumers(table: Table) -> Dict[str, List[Node]]:
    """{name of a node: the nodes that take what it gives, or wait for it}; [] of any other."""
    found: Dict[str, List[Node]] = collections.defaultdict(list)
    for node in table.nodes:
        for given in node.inputs:
            found[producer(given)[0]].append(node)
    return found


def to_bytes(table: Table, compressed: bool) -> bytes:
    """The content of a table's file; equal tables give equal bytes."""
    lines = ['# tensorflow\t' + table.tensorflow, '# arithmetic\t' + table.arithmetic,
             '# nodes\t%d' % len(table.nodes), '# fingerprint\t' + table.fingerprint]
    lines += ['# line\t%s\t%s\t%s' % (key, function, text) for key, (function, text) in table.lines.items()]
    lines.append('\t'.join(COLUMNS))
    lines += ['\t'.join([node.op_type, node.name, ' '.join(node.inputs), '; '.join(node.outputs), *node[4:]])
              for node in table.nodes]
    text = ('\n'.join(lines) + '\n').encode('utf-8')
    if not compressed:
        return text
    content = io.BytesIO()
    with gzip.GzipFile('', 'wb', 9, content, mtime=0) as file:
        file.write(text)
    return content.getvalue()


def load(path: PathLike) -> Table:
    """The Table in the file at `path`. Raises TableError, with the path, for anything else."""
    try:
        with (gzip.open if str(path).endswith('.gz') else open)(str(path), 'rb') as file:
            return _read(file, os.path.getsize(str(path)))
    except EOFError:
        raise TableError('%s: ends too early' % path)
    except (OSError, zlib.error, UnicodeDecodeError, struct.error) as error:
        raise TableError('%s: %s' % (path, getattr(error, 'strerror', None) or error))
    except TableError as error:
        raise TableError('%s: %s' % (path, error))


def _read(file: io.BufferedIOBase, size: int) -> Table:
    """size: bytes of the file as it is on disk."""
    largest = min(LARGEST, max(TAKEN_ON_TRUST, UNPACKED * size))
    content = file.read(largest + 1)
    if len(content) > largest:
        raise TableError('too large for a graph')
    return parsed(content)


def uncompressed(content: bytes) -> Table:
    """The Table of the bytes of a gzipped file. Raises TableError."""
    try:
        with gzip.GzipFile('', 'rb', fileobj=io.BytesIO(content)) as file:
            return _read(file, len(content))
    except (EOFError, OSError, zlib.error, UnicodeDecodeError, struct.error) as error:
        raise TableError('a damaged graph (%s)' % error)


def parsed(content: bytes) -> Table:
    """The Table of a file's content, not compressed. Raises TableError."""
    content = content.replace(b'\r\n', b'\n')  # of a checkout on Windows
    if content.count(b'\n') * SHORTEST_LINE > len(content):
        raise TableError('not a table of a graph: lines without nodes')
    rows = [line.split('\t') for line in content.decode('utf-8').split('\n')]
    if rows[-1] == ['']:
        rows.pop()
    header = [row for row in rows if row[0].startswith('# ')]
    facts = {row[0][2:]: row[1] for row in header if len(row) == 2}
    missing = {'tensorflow', 'arithmetic', 'nodes', 'fingerprint'} - set(facts)
    body = rows[len(header):]
    if missing or not body or tuple(body[0]) not in (COLUMNS, OLD_COLUMNS):
        raise TableError('not a table of a graph, as `graph export FILE.tsv` writes it')
    if any(len(row) != len(body[0]) for row in body):
        raise TableError('a line does not have %d columns' % len(body[0]))
    found = [Node(row[0], row[1], row[2].split(), row[3].split('; ') if row[3] else [], *row[4:]) for row in body[1:]]
    lines = collections.OrderedDict((row[1], (row[2], row[3])) for row in header if len(row) == 4)
    table = Table(facts['tensorflow'], facts['arithmetic'], lines, found)
    _check_attributes(found)
    check_inputs(table)
    if table.fingerprint != facts['fingerprint'] or facts['nodes'] != str(len(found)):
        raise TableError('damaged: the nodes are not those of its fingerprint')
    return table


def _check_attributes(found: Sequence[Node]) -> None:
    """Raises TableError for attributes that cannot be read."""
    for text in {node.attributes for node in found}:
        try:
            signatures.read(text)
        except (ValueError, TypeError, AttributeError) as error:
            raise TableError('damaged attributes (%s)' % error)


def check_inputs(table: Table) -> None:
    """Raises TableError if a name is there twice or an input is not there, or if a name or an op type is empty or has
    white space in it."""
    for node in table.nodes:
        for text in (node.name, node.op_type):
            if text.split() != [text]:
                raise TableError('%r is no name of a node or of its type' % text)
    names = {node.name for node in table.nodes}
    if len(names) < len(table.nodes):
        raise TableError('two nodes of one name')
    for node in table.nodes:
        for given in node.inputs:
            name, output = given.lstrip('^').partition(':')[::2]
            if name not in names or not output.isdigit() and output:
                raise TableError('%s has the input %s, which is not there' % (node.name, ' '.join(given.split())))
