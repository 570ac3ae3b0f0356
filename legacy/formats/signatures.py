"""In what some ops of one graph are others than those of another: types, attributes, constants. Runs on Python 3.6.

The one mechanism that says what a formula is: the rung *formulas* and `graph diff` ask it of tables of graphs, the
search for a cause of graphs that TensorFlow has. An attribute that an op leaves at its default counts with that value,
also where the other release has no such attribute.
"""
import collections
import json
import typing
from typing import Counter, Dict, Iterable, List, Optional, Set, Tuple

# One kernel under several names.
SAME = {'Add': 'AddV2', 'BatchMatMul': 'BatchMatMulV3', 'BatchMatMulV2': 'BatchMatMulV3', 'Select': 'SelectV2'}
DIAGONALS = ('MatrixDiag', 'MatrixDiagPart', 'MatrixSetDiag')  # and V2 and V3, which are told the diagonal, too
SAME.update({name + version: name + 'V3' for name in DIAGONALS for version in ('', 'V2')})
# Attributes that say nothing of what is computed: names, shapes that are known beforehand, how many inputs there are.
SILENT = frozenset('container shared_name use_locking validate_shape shape _class output_shapes N Index out_type '
                   'seed seed2 grad_a grad_b frame_name parallel_iterations is_constant value'.split())
# Ops that give the values they are given, moved, repeated or under another name: {op type: which input that is}.
PASS = {**dict.fromkeys('Identity Cast Enter Reshape ExpandDims PlaceholderWithDefault Squeeze Tile BroadcastTo '
                        'StopGradient PreventGradient Snapshot'.split(), 0), 'Fill': 1}

OF_SHAPES = frozenset(['keep_dims'])  # attributes that say nothing in a gradient, which is given its shape afterwards

Attributes = typing.NamedTuple('Attributes', [('own', Dict[str, str]), ('default', Dict[str, str])])
Edge = Tuple[str, int]


class Graph(object):
    """What a signature asks of a graph. inputs: {node name: [(node name, output)]} without control inputs. constants:
    names of Const ops."""

    inputs = {}  # type: Dict[str, List[Edge]]
    constants = set()  # type: Set[str]

    def op_type(self, name: str) -> str:
        """'' of a node that is not there."""
        raise NotImplementedError

    def attributes(self, name: str) -> Optional[Attributes]:
        """None where nothing is known of them."""
        raise NotImplementedError

    def is_gradient(self, name: str) -> bool:
        """Whether a node is part of a gradient."""
        raise NotImplementedError

    def value(self, name: str) -> str:
        """Of a Const op."""
        raise NotImplementedError

    def constant(self, name: str) -> Optional[str]:
        """The Const op that a node's values come from, through others that only pass them on; or None."""
        while name not in self.constants:
            given, which = self.inputs.get(name), PASS.get(self.op_type(name))
            if not given or which is None or which >= len(given):
                return None
            name = given[which][0]
        return name


# types, attributes, constants: Counters, of op type, (op type, name, value) and (op type, value). default: {(op type,
# name): value} of attributes that have one. unknown: op types of which attributes of some op are not known.
Signature = typing.NamedTuple('Signature', [
    ('types', Counter[str]), ('attributes', Counter[Tuple[str, ...]]), ('constants', Counter[Tuple[str, ...]]),
    ('default', Dict[Tuple[str, str], str]), ('unknown', Set[str])])


def signature(graph: Graph, names: Iterable[str]) -> Signature:
    """The Signature of some ops of a Graph."""
    found = Signature(collections.Counter(), collections.Counter(), collections.Counter(), {}, set())
    for name in names:
        op_type = SAME.get(graph.op_type(name), graph.op_type(name))
        if op_type == 'Const' or op_type in PASS:
            continue
        found.types[op_type] += 1
        if op_type.startswith(DIAGONALS):
            continue
        attributes = graph.attributes(name)
        if attributes is None:
            found.unknown.add(op_type)
        else:
            silent = OF_SHAPES if graph.is_gradient(name) else ()
            found.attributes.update((op_type, key, value) for part in attributes for key, value in part.items()
                                    if key not in silent)
            found.default.update({(op_type, key): value for key, value in attributes.default.items()
                                  if key not in silent})
        for given, _ in graph.inputs[name]:
            constant = graph.constant(given)
            held = '' if constant is None else graph.value(constant)
            if held:  # not so of a constant without elements
                found.constants[op_type, held] += 1
    return found


def constants_of(graph: Graph, names: Iterable[str]) -> Dict[str, Set[str]]:
    """{value: names of the Const ops} that some ops take, through others that only pass them on."""
    found = collections.defaultdict(set)  # type: Dict[str, Set[str]]
    for name in names:
        for given, _ in graph.inputs[name]:
            constant = graph.constant(given)
            if constant is not None:
                found[graph.value(constant)].add(constant)
    return found


# What one side has and the other has not. there, here: {op type: how many more}. attributes, constants: [(op type,
# name, values there, values here)] and the same without name.
Difference = typing.NamedTuple('Difference', [
    ('there', Dict[str, int]), ('here', Dict[str, int]), ('attributes', List[Tuple[typing.Any, ...]]),
    ('constants', List[Tuple[typing.Any, ...]])])


def difference(there: Signature, here: Signature) -> Difference:
    """The Difference of two Signatures. Attributes and constants are compared of op types of which both have as many:
    those of one op more are no difference by themselves."""
    both = {op_type for op_type, count in there.types.items() if here.types[op_type] == count}
    known = both - there.unknown - here.unknown
    default = {**there.default, **here.default}
    attributes = [_filled(side, default, known) for side in (there, here)]
    return Difference(dict(there.types - here.types), dict(here.types - there.types), _values(attributes, known),
                      _values([there.constants, here.constants], both))


def _filled(side: Signature, default: Dict[Tuple[str, str], str], types: Set[str]) -> Counter[Tuple[str, ...]]:
    """The attributes of one side, with the default of each that its ops do not have."""
    found = collections.Counter(side.attributes)  # type: Counter[Tuple[str, ...]]
    having = collections.Counter()  # type: Counter[Tuple[str, ...]]
    for key, count in side.attributes.items():
        having[key[:2]] += count
    for key, value in default.items():
        if key[0] in types and side.types[key[0]] > having[key]:
            found[key + (value,)] += side.types[key[0]] - having[key]
    return found


def _values(sides: List[Counter[Tuple[str, ...]]], types: Set[str]) -> List[Tuple[typing.Any, ...]]:
    """[(*key, values there, values here)] of what ops of these types have otherwise."""
    found = collections.OrderedDict()  # type: Dict[Tuple[str, ...], Tuple[List[str], List[str]]]
    for which, (ours, theirs) in enumerate((sides, sides[::-1])):
        for key in sorted(ours - theirs):
            if key[0] in types:
                found.setdefault(key[:-1], ([], []))[which].append(key[-1])
    return [key + tuple(values) for key, values in sorted(found.items())]


def differs(found: Difference) -> bool:
    """Whether a Difference is one."""
    return any(found)


# ---- attributes of a node, as a table of a graph has them

def spelled(attributes: Attributes) -> str:
    """As a text without tabs and line ends."""
    return json.dumps(attributes, sort_keys=True, separators=(',', ':'))


def read(text: str) -> Optional[Attributes]:
    """The Attributes again; None of '', where nothing is known of them. Raises ValueError."""
    if not text:
        return None
    own, default = json.loads(text)
    if not all(isinstance(value, str) for part in (own, default) for value in part.values()):
        raise ValueError('attributes that are no text')
    return Attributes(own, default)
