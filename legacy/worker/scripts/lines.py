"""Which line of a script made what: its files, statements, and its graph as a table. Runs on Python 3.6."""
import ast
import bisect
import collections
import io
import os
import re
import sys
import types
import weakref
from typing import Any, Dict, Iterable, List, MutableMapping, NamedTuple, Optional, Set, Tuple

from legacy import shim
from legacy.formats.graphtable import Node, Table
from legacy.formats.signatures import spelled
from legacy.worker.graph.definition import attributes, output, value
from legacy.worker.rewriting.optypes import VARIABLES
from legacy.worker.scripts.tracebacks import is_ours
from legacy.worker.tfobjects import Operation

# isort: split
from tensorflow.python.framework.ops import Graph

LONGEST_TEXT = 120  # of a statement
COMMENT = re.compile(r'\s+#[^\'"]*$')  # at the end of a statement
INSTALLED = ('site-packages', 'dist-packages')


Statement = NamedTuple('Statement', [('line', str), ('text', str)])  # line: as in 'train.py:12'; '' for none
Chain = Tuple[str, ...]  # lines that called each other, outermost first


class Lines(object):
    """The lines of a script: of its file, and of all files in its folder and below.

    A statement that goes over several lines is named by its first, since Python releases differ in which one they tell.
    data: paths in the script's folder of further files that count as the script's own.
    """

    def __init__(self, file: str, data: Iterable[str] = ()) -> None:
        self.folder = os.path.dirname(os.path.abspath(file)) + os.sep
        self.data = [os.path.join(self.folder, name) for name in data]
        self._statements: Dict[str, Tuple[List[int], List[str]]] = {}
        self._known: Dict[str, bool] = {}
        self._named: Dict[Tuple[str, int], Statement] = {}
        # of each graph the statement that imported an op
        self._imported: MutableMapping[Graph, Dict[str, Statement]] = weakref.WeakKeyDictionary()
        self._library = os.path.dirname(os.path.abspath(os.__file__)) + os.sep

    def is_of_script(self, file: str) -> bool:
        if file not in self._known:
            # <frozen runpy>, which runs a module, and <string> are no files
            self._known[file] = not file.startswith('<') and self._is_of_script(os.path.abspath(file))
        return self._known[file]

    def _is_of_script(self, file: str) -> bool:
        return (file.startswith(self.folder) and not is_ours(file) and not file.startswith(self._library)
                and not any(name in file[len(self.folder):] for name in INSTALLED))

    def here(self) -> str:
        """'train.py:12', the innermost line of the script on the stack of the caller; '' if there is none."""
        return self._here().line

    def _here(self) -> Statement:
        """The same with the text of the statement."""
        frame: Optional[types.FrameType] = sys._getframe(2)
        while frame is not None:
            if self.is_of_script(frame.f_code.co_filename):
                return self.statement(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return Statement('', '')

    def statement(self, file: str, number: int) -> Statement:
        """The Statement that line `number` is in."""
        if (file, number) not in self._named:  # a graph has many ops from one line
            self._named[file, number] = self._statement(file, number)
        return self._named[file, number]

    def _statement(self, file: str, number: int) -> Statement:
        starts, lines = self._of(os.path.abspath(file))
        at = bisect.bisect_right(starts, number)
        first = starts[at - 1] if at else number
        after = starts[at] if at < len(starts) else len(lines) + 1
        code = [line for line in lines[first - 1:max(after - 1, first)] if not line.lstrip().startswith('#')]
        text = COMMENT.sub('', ' '.join(' '.join(code).split()))
        name = os.path.relpath(os.path.abspath(file), self.folder).replace(os.sep, '/')
        return Statement('%s:%d' % (name, first), text[:LONGEST_TEXT])

    def _of(self, file: str) -> Tuple[List[int], List[str]]:
        if file not in self._statements:
            try:
                with open(file, 'rb') as source:
                    content = source.read()
                tree = ast.parse(content)
                text = io.StringIO(content.decode('utf-8', 'replace'), newline=None).read().split('\n')  # as Python
                starts = sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)})
            except (OSError, SyntaxError, ValueError):
                starts, text = [], []
            self._statements[file] = starts, text
        return self._statements[file]

    def files(self) -> List[str]:
        """Paths of the script's files that are imported."""
        found = [getattr(module, '__dict__', {}).get('__file__')  # some modules load when they are asked
                 for module in list(sys.modules.values())]
        return sorted({os.path.abspath(file) for file in found if isinstance(file, str) and file.endswith('.py')
                       and self.is_of_script(file) and os.path.isfile(file)})

    # ---- the graph

    def watch_imports(self) -> None:
        """Note from now on where a graph is imported: of the ops that come so, newer releases keep no Python stack. The
        oldest, up to 1.5, make these ops in Python."""
        if not hasattr(Graph, '_add_new_tf_operations'):
            return
        native, lines = Graph._add_new_tf_operations, self

        def add(graph: Graph, *args: Any, **kwargs: Any) -> List[Operation]:
            new: List[Operation] = native(graph, *args, **kwargs)
            place = lines._here()
            if place.line:
                lines._imported.setdefault(graph, {}).update((op.name, place) for op in new)
            return new
        Graph._add_new_tf_operations = add

    def table(self, graph: Graph) -> Table:
        """The graphtable.Table of a tf.Graph: layers are outermost name scopes, calls are the script's statements."""
        return self.described(graph)[0]

    def described(self, graph: Graph) -> Tuple[Table, List[Chain]]:
        """The Table of a tf.Graph, and of each of its nodes the lines from which that of the node was called."""
        operations, definitions = graph.get_operations(), graph.as_graph_def().node
        lines: Dict[str, Tuple[str, str]] = collections.OrderedDict()
        found: List[Node] = []
        callers: List[Chain] = []
        initial = _initial(operations)
        names = {op.name for op in operations}
        for op, definition in zip(operations, definitions):
            key, text, methods, chain = self._creation(op)
            callers.append(chain)
            if key:
                lines[key] = '', _plain(text)
            role = _role(op, methods, initial)
            of = _forward_op(op.name) if role == 'gradient' else ''
            scope = op.name.partition('/')[0] if '/' in op.name else ''
            found.append(Node(op.type, op.name, list(definition.input), [output(tensor) for tensor in op.outputs],
                              _plain(value(definition)), '', scope, role, key, _plain(text),
                              of if of in names else '', spelled(attributes(definition))))
        return Table(shim.VERSION, 'float32', lines, found), callers

    def of(self, op: Operation) -> str:
        """'train.py:12', the line of the script that made a tf.Operation; '' if there is none."""
        return self._creation(op)[0]

    def _creation(self, op: Operation) -> Tuple[str, str, Set[str], Chain]:
        """(key, text, names of all functions on the stack, keys of the lines that called, outermost first)"""
        stack = shim.stack(op)
        ours = [frame for frame in stack if self.is_of_script(frame.file)]
        key, text = self.statement(ours[-1].file, ours[-1].line) if ours else self._imported.get(op.graph, {}).get(
            op.name, Statement('', ''))
        callers = tuple(self.statement(frame.file, frame.line).line for frame in ours[:-1])
        return key, text, {frame.function for frame in stack}, callers


def _plain(text: str) -> str:
    return ' '.join(text.split())


def _initial(operations: Iterable[Operation]) -> Set[str]:
    """Names of the ops whose results the variables start from."""
    initial: Set[str] = set()
    pending: List[Operation] = []
    for op in operations:
        if op.type in ('Assign', 'AssignVariableOp') and op.name.startswith(op.inputs[0].op.name + '/'):
            pending.append(op)
    while pending:
        op = pending.pop()
        if op.name not in initial and op.type not in VARIABLES:
            initial.add(op.name)
            pending.extend(tensor.op for tensor in op.inputs)
    return initial


def _role(op: Operation, methods: Set[str], initial: Set[str]) -> str:
    if 'compute_gradients' in methods or 'gradients' in methods:
        return 'gradient'
    if 'apply_gradients' in methods:
        return 'update'
    if op.name in initial:
        return 'initialisation'
    if op.type in VARIABLES or op.type in ('ReadVariableOp', 'Identity') and op.inputs[0].op.type in VARIABLES:
        return 'variable'
    return 'forward'


def _forward_op(name: str) -> str:
    """'train/gradients_1/moments/mean_grad/Fill' -> 'moments/mean'; '' if the name is not that of a gradient."""
    match = re.match(r'(?:.*/)?gradients(?:_\d+)?/(.+?)_grad(?:_\d+)?/', name)
    return match.group(1) if match else ''
