"""Do two graphs compute the same formulas? Call by call of the source that built them, and by name where not.

A call's formula is told by the ops that compute floats for it, by their attributes and the constants that they take
(`formats.signatures`), and in the forward pass by what each of them takes. Ops that only move or make values are left
out, and so is the order of creation: releases differ in those and compute the same.
"""
import collections
import typing

from legacy.formats import signatures
from legacy.formats.causes import Cause
from legacy.formats.graphtable import Node, Table, producer
from legacy.formats.signatures import SAME
from legacy.judge.side import UPDATES

# Ops that give the values they are given, moved, repeated or under another name.
MOVES = {*signatures.PASS, 'Placeholder', 'VariableV2', 'Variable', 'VarHandleOp', 'ReadVariableOp', 'Assign',
         'AssignVariableOp', 'NoOp'}
FORWARD = ('forward', 'moving average')
FEW = 3  # calls that a sentence names
FLOATS = ('float', 'double', 'half', 'bfloat')


class Formula(typing.NamedTuple):
    """One call that computes otherwise. line: as in 'article.py:75'. of: the op type that it is the gradient of, ''
    in the forward pass. there, here: {op: how many more than on the other side}, of the reference and the candidate.
    attributes, constants: as of a causes.Cause."""
    line: str
    call: str
    of: str
    there: dict[str, int]
    here: dict[str, int]
    attributes: list[list[typing.Any]] = []
    constants: list[list[typing.Any]] = []

    @property
    def words(self) -> str:
        place = f'{self.call}, {self.line}' + (f', gradient of {self.of}' if self.of else '')
        return f'{place}: {self.ops("recorded", "here")}'

    def ops(self, there: str, here: str) -> str:
        """What is computed otherwise, in words. there, here: what the two sides are called."""
        return '; '.join(differences(self, there, here))


class Graph(signatures.Graph):
    """A graphtable.Table, as `signatures` asks for it."""

    def __init__(self, table: Table) -> None:
        self.nodes = {node.name: node for node in table.nodes}
        self.inputs = {node.name: [producer(given) for given in node.inputs if not given.startswith('^')]
                       for node in table.nodes}
        self.constants = {node.name for node in table.nodes if node.op_type == 'Const'}
        self._read = {node.attributes: signatures.read(node.attributes) for node in table.nodes}

    def op_type(self, name: str) -> str:
        return self.nodes[name].op_type

    def attributes(self, name: str) -> signatures.Attributes | None:
        return self._read[self.nodes[name].attributes]

    def is_gradient(self, name: str) -> bool:
        return self.nodes[name].role == 'gradient'

    def value(self, name: str) -> str:
        return self.nodes[name].value


class Call(typing.NamedTuple):
    """names: of the ops that compute for a call. joined: of those of the forward pass, what they take. alone: values of
    constants that no op takes."""
    names: list[str]
    joined: typing.Counter[tuple[str, ...]]
    alone: typing.Counter[str]


def formulas(reference: Table, candidate: Table) -> list[Formula]:
    """[Formula, ...] of the calls in which two graphtable.Tables differ: the forward pass first, then gradients."""
    graphs = Graph(reference), Graph(candidate)
    calls = [_by_call(graph) for graph in graphs]
    found = []
    for key in dict.fromkeys([*calls[0], *calls[1]]):
        there, here = (side.get(key, Call([], collections.Counter(), collections.Counter())) for side in calls)
        apart = signatures.difference(*[signatures.signature(graph, call.names)
                                        for graph, call in zip(graphs, (there, here))])
        alone = [('Const', sorted(there.alone - here.alone), sorted(here.alone - there.alone))] \
            if there.alone != here.alone else []
        if signatures.differs(apart) or there.joined != here.joined or alone:
            found.append(Formula(*key, apart.there, apart.here, *[[list(item) for item in items] for items in (
                apart.attributes, [*apart.constants, *alone])]))
    return sorted(found, key=lambda formula: bool(formula.of))


def knows_attributes(table: Table) -> bool:
    """Whether a Table says how its ops compute: those of old recordings do not."""
    return any(node.attributes for node in table.nodes)


def _by_call(graph: Graph) -> dict[tuple[str, str, str], Call]:
    """{(line, call, op type that it is a gradient of): Call}"""
    found: dict[tuple[str, str, str], Call] = {}
    taken = {given for inputs in graph.inputs.values() for given, _ in inputs}
    for node in graph.nodes.values():
        if not _computes(node) or node.role == 'initialisation':  # initial values are compared bit for bit
            continue
        of = graph.nodes.get(node.of) if node.role == 'gradient' else None
        owner = of or node
        call = owner.call if of or node.role != 'gradient' else 'gradients'
        key = owner.line, call, _type(of) if of else 'a sum of gradients' if node.role == 'gradient' else ''
        names, joined, alone = found.setdefault(key, Call([], collections.Counter(), collections.Counter()))
        if node.op_type != 'Const':
            names.append(node.name)
        elif node.name not in taken and node.role in FORWARD:
            alone[node.value] += 1
        if node.role in FORWARD and node.op_type != 'Const':
            given = (_type(node), *[_source(name, graph) for name, _ in graph.inputs[node.name]])
            joined[given] += 1
    return found


def _computes(node: Node) -> bool:
    floats = any(output.startswith(FLOATS) for output in node.outputs)
    is_empty = node.op_type == 'Const' and not node.value  # it holds no floats
    return (floats and not is_empty and node.op_type not in MOVES) or bool(UPDATES.match(node.op_type))


def _type(node: Node) -> str:
    return SAME.get(node.op_type, node.op_type)


def _source(name: str, graph: Graph) -> str:
    """The op type that an input comes from, through ops that only move values."""
    node = graph.nodes[name]
    while node.op_type in MOVES and graph.inputs[node.name]:
        node = graph.nodes[graph.inputs[node.name][0][0]]
    return _type(node) if _computes(node) or node.op_type in MOVES else 'integers'


# ---- in words

def differences(found: 'Formula | Cause', there: str, here: str) -> list[str]:
    """[what is otherwise in a Formula or in a causes.Cause, in words], the likeliest first. there, here: what the two
    sides are called; here may be ''."""
    also = f' {here}' * bool(here)
    said = [f'{name} of {op_type} is {_values(ours)}{also}, {there} {_values(theirs)}'
            for op_type, name, theirs, ours in found.attributes]
    said += [f'the constant of {op_type} is {_values(ours)}{also}, {there} {_values(theirs)}'
             for op_type, theirs, ours in found.constants]
    if found.there or found.here:
        said.insert(0, f'{_counted(found.there)} {there}; {_counted(found.here)} {here or "here"}')
    return said or ['the same ops, joined otherwise']


def _counted(ops: dict[str, int]) -> str:
    return ', '.join(f'{count} {op}' if count > 1 else op for op, count in ops.items()) or 'nothing'


def _values(values: list[str]) -> str:
    return ' and '.join(dict.fromkeys(map(str, values))) or 'none'


def in_words(found: list[Formula]) -> str:
    """The first FEW of them, and how many more. Calls with other ops come first: that others are joined otherwise may
    follow from these."""
    found = sorted(found, key=lambda formula: not (
        formula.there or formula.here or formula.attributes or formula.constants))
    more = f'; and {len(found) - FEW} calls more' if len(found) > FEW else ''
    return '; '.join(formula.words for formula in found[:FEW]) + more
