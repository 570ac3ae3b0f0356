"""Where two graphs differ, node by node and formula by formula, grouped by the line that made the nodes."""
import bisect
import collections
import typing
from collections.abc import Iterator

from legacy.formats import signatures
from legacy.formats.graphtable import Node, Table, producer
from legacy.graph.align import align
from legacy.graph.samelines import renumbered
from legacy.judge.formulas import Formula, formulas

CHANGED = ('another op', 'other inputs', 'another value', 'other attributes')
RENAMED = 'another name'
KINDS = (*CHANGED, RENAMED)


class Change(typing.NamedTuple):
    """A node that is in both graphs, and not the same. text: what changed, in words."""
    kind: str
    a: Node
    b: Node
    text: str


class Difference(typing.NamedTuple):
    """only_a, only_b: nodes of one graph alone. both: how many are in both; changes: among them. moved: those that
    another line made. out_of_order: how many of both would have to move for the order of
    creation to be the same. formulas: those that differ, largest first; None where a graph does not say
    what they are told by."""
    a: Table
    b: Table
    only_a: list[Node]
    only_b: list[Node]
    both: int
    changes: list[Change]
    moved: list[Change]
    out_of_order: int
    formulas: list[Formula] | None

    @property
    def same(self) -> bool:
        """Whether the graphs are the same, down to names, order of inputs, small constants, seeds and attributes, where
        both know them. Which line made a node, and when, is not part of a graph."""
        return not (self.only_a or self.only_b or self.changes)

    @property
    def tally(self) -> dict[str, int]:
        """{'the same', 'changed', 'only renamed', 'only made by another line': nodes that are in both}"""
        kinds: dict[str, set[str]] = collections.defaultdict(set)
        for change in (*self.moved, *self.changes):
            kinds[change.a.name].add(change.kind)
        changed = sum(not found.isdisjoint(CHANGED) for found in kinds.values())
        renamed = sum(RENAMED in found and found.isdisjoint(CHANGED) for found in kinds.values())
        return {'the same': self.both - len(kinds), 'changed': changed, 'only renamed': renamed,
                'only made by another line': len(kinds) - changed - renamed}


def difference(a: Table, b: Table) -> Difference:
    """The Difference between two Tables. Lines are numbered as in `a`."""
    pairs = align(a, b)
    b = renumbered(b, a)
    there = set(pairs.values())
    names = {a.nodes[k].name: b.nodes[other].name for k, other in pairs.items()}
    changes: list[Change] = []
    moved: list[Change] = []
    for k, other in sorted(pairs.items()):
        one, two = a.nodes[k], b.nodes[other]
        changes.extend(_changes(one, two, names))
        if one.line and two.line and one.line != two.line:
            moved.append(Change('another line', one, two, f'{one.line} -> {two.line}'))
    return Difference(a, b, [node for k, node in enumerate(a.nodes) if k not in pairs],
                      [node for k, node in enumerate(b.nodes) if k not in there], len(pairs), changes, moved,
                      _out_of_order([other for _, other in sorted(pairs.items())]), _formulas(a, b))


def of_each(ours: dict[int, Table], theirs: dict[int, Table]) -> dict[int, Difference]:
    """{number: Difference} of two {number: Table}. Of two single graphs the numbers may differ; a graph that one side
    does not have counts as empty there."""
    if len(ours) == len(theirs) == 1:
        (number, a), (_, b) = *ours.items(), *theirs.items()
        return {number: difference(a, b)}
    empty = Table('', '', {}, [])
    return {number: difference(ours.get(number, empty), theirs.get(number, empty))
            for number in sorted({*ours, *theirs})}


def _changes(one: Node, two: Node, names: dict[str, str]) -> Iterator[Change]:
    if one.op_type != two.op_type:
        yield Change('another op', one, two, f'{one.op_type} -> {two.op_type}')
    if one.name != two.name:
        yield Change(RENAMED, one, two, f'{one.name} -> {two.name}')
    expected = [_renamed(given, names) for given in one.inputs]
    if _in_order(expected) != _in_order(two.inputs):
        lost = [given for given, now in zip(one.inputs, expected) if now not in two.inputs]
        new = [given for given in two.inputs if given not in expected]
        yield Change('other inputs', one, two, f'{" ".join(lost) or "none"} -> {" ".join(new) or "none"}'
                     if lost or new else 'in another order')
    if one.value != two.value and one.op_type == two.op_type:
        yield Change('another value', one, two, f'{one.value} -> {two.value}')
    if one.attributes != two.attributes and one.op_type == two.op_type:
        found = [f'{name} {ours} -> {theirs}' for name, ours, theirs in _other_attributes(one, two)]
        if found:
            yield Change('other attributes', one, two, ', '.join(found))


def _other_attributes(one: Node, two: Node) -> list[tuple[str, str, str]]:
    """[(name, of the one, of the other)]; none where those of one node are not known."""
    sides = [signatures.read(node.attributes) for node in (one, two)]
    if sides[0] is None or sides[1] is None:
        return []
    default = {**sides[0].default, **sides[1].default}
    ours, theirs = ({**default, **side.own} for side in sides if side is not None)
    return [(name, ours.get(name, 'none'), theirs.get(name, 'none')) for name in sorted({*ours, *theirs})
            if ours.get(name) != theirs.get(name)]


def _renamed(given: str, names: dict[str, str]) -> str:
    name, output = producer(given)
    if name not in names:
        return 'A only: ' + given
    return given.replace(name, names[name], 1)


def _in_order(inputs: list[str]) -> tuple[list[str], list[str]]:
    """Inputs as they are, then control inputs, whose order means nothing."""
    return ([given for given in inputs if not given.startswith('^')],
            sorted(given for given in inputs if given.startswith('^')))


def _out_of_order(numbers: list[int]) -> int:
    """How many of these numbers, each there once, are left when as many as can stay where they are do."""
    last: list[int] = []  # of the rising rows of each length, the smallest end
    for number in numbers:
        place = bisect.bisect(last, number)
        last[place:place + 1] = [number]
    return len(numbers) - len(last)


def _formulas(a: Table, b: Table) -> list[Formula] | None:
    """A formula is told by line and by what computes floats; a GraphDef says neither."""
    if not all(table.lines and any(node.outputs for node in table.nodes) for table in (a, b)):
        return None
    return sorted(formulas(a, b), key=lambda formula: (
        bool(formula.of), -sum(formula.there.values()) - sum(formula.here.values()),
        not formula.attributes and not formula.constants))


# ---- grouping

class Place(typing.NamedTuple):
    """What made a node. line: as 'train.py:12', '' if not known. text: what the line says, or the name scope. of: the
    op type that a gradient is of, or ''."""
    line: str
    text: str
    of: str

    @property
    def title(self) -> str:
        return f'gradient of {self.of} in: {self.text}' if self.of else self.text


def places(table: Table) -> dict[str, Place]:
    """The Place of each node, by the node's name."""
    by_name = {node.name: node for node in table.nodes}
    found = {}
    for node in table.nodes:
        of = by_name.get(node.of) if node.role == 'gradient' else None
        line = (of or node).line
        if line in table.lines:
            found[node.name] = Place(line, table.lines[line][1], of.op_type if of else '')
        else:
            scope = node.name.rpartition('/')[0] or 'of the graph'
            found[node.name] = Place('', f'unknown line, name scope {scope}', '')
    return found


class Group(typing.NamedTuple):
    """Nodes of one graph alone that one Place made."""
    place: Place
    only_a: list[Node]
    only_b: list[Node]


def groups(found: Difference) -> list[Group]:
    """Return the largest net difference first."""
    grouped: dict[Place, tuple[list[Node], list[Node]]] = {}
    for side, (nodes, table) in enumerate([(found.only_a, found.a), (found.only_b, found.b)]):
        place_of = places(table)
        for node in nodes:
            grouped.setdefault(place_of[node.name], ([], []))[side].append(node)
    return sorted((Group(place, *sides) for place, sides in grouped.items()), key=lambda group: (
        -abs(len(group.only_a) - len(group.only_b)), -len(group.only_a) - len(group.only_b)))
