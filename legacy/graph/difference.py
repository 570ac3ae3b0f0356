"""Where two graphs differ, node by node, grouped by the call of the port that made the nodes."""
import collections
import typing

from legacy.formats.graphtable import Node, producer
from legacy.graph.align import align
from legacy.graph.overview import built_by, counted, wrapped

KINDS = ('another op', 'another name', 'other inputs', 'another value')
FEW = 12  # changes of a kind that are listed one by one


class Change(typing.NamedTuple):
    """A node that is in both graphs, and not the same. text: what changed, in words."""
    kind: str
    a: Node
    b: Node
    text: str


class Difference(typing.NamedTuple):
    """only_a, only_b: nodes of one graph alone. both: how many are in both; changes: [Change] among them."""
    a: object
    b: object
    only_a: list
    only_b: list
    both: int
    changes: list

    @property
    def same(self):
        """Whether the graphs are the same, down to names, order of inputs, small constants and seeds."""
        return not (self.only_a or self.only_b or self.changes)


def difference(a, b):
    """The Difference between two Tables."""
    pairs = align(a, b)
    there = set(pairs.values())
    names = {a.nodes[k].name: b.nodes[other].name for k, other in pairs.items()}
    changes = []
    for k, other in sorted(pairs.items()):
        changes.extend(_changes(a.nodes[k], b.nodes[other], names))
    return Difference(a, b, [node for k, node in enumerate(a.nodes) if k not in pairs],
                      [node for k, node in enumerate(b.nodes) if k not in there], len(pairs), changes)


def _changes(one, two, names):
    if one.op_type != two.op_type:
        yield Change('another op', one, two, f'{one.op_type} -> {two.op_type}')
    if one.name != two.name:
        yield Change('another name', one, two, f'{one.name} -> {two.name}')
    expected = [_renamed(given, names) for given in one.inputs]
    if _in_order(expected) != _in_order(two.inputs):
        lost = [given for given, now in zip(one.inputs, expected) if now not in two.inputs]
        new = [given for given in two.inputs if given not in expected]
        yield Change('other inputs', one, two, f'{" ".join(lost) or "none"} -> {" ".join(new) or "none"}'
                     if lost or new else 'in another order')
    if one.value != two.value and one.op_type == two.op_type:
        yield Change('another value', one, two, f'{one.value} -> {two.value}')


def _renamed(given, names):
    name, output = producer(given)
    if name not in names:
        return 'A only: ' + given
    return given.replace(name, names[name], 1)


def _in_order(inputs):
    """Inputs as they are, then control inputs, whose order means nothing."""
    return ([given for given in inputs if not given.startswith('^')],
            sorted(given for given in inputs if given.startswith('^')))


# ---- grouping

def places(table):
    """{node name: (line's text, op type that a gradient is of or '')}; the name scope where the line is not known."""
    by_name = {node.name: node for node in table.nodes}
    found = {}
    for node in table.nodes:
        of = by_name.get(node.of) if node.role == 'gradient' else None
        line = (of or node).line
        if line in table.lines:
            found[node.name] = table.lines[line][1], of.op_type if of else ''
        else:
            found[node.name] = 'unknown line, name scope ' + (node.name.rpartition('/')[0] or 'of the graph'), ''
    return found


def groups(found):
    """[(place, nodes only in A, nodes only in B)], the largest net difference first."""
    grouped = collections.OrderedDict()
    for side, (nodes, table) in enumerate([(found.only_a, found.a), (found.only_b, found.b)]):
        place_of = places(table)
        for node in nodes:
            grouped.setdefault(place_of[node.name], ([], []))[side].append(node)
    return sorted(((key, *sides) for key, sides in grouped.items()),
                  key=lambda group: (len(group[2]) - len(group[1]), -len(group[1])))


def made_by(nodes):
    """'_AddGrad: 16 Sum, 16 Reshape; ...': nodes by the call that made them and by op type."""
    calls = collections.OrderedDict()
    for node in nodes:
        calls.setdefault(node.call or 'call not known', collections.Counter())[node.op_type] += 1
    return '; '.join(f'{call}: ' + counted(dict(types.most_common()))
                     for call, types in sorted(calls.items(), key=lambda item: -sum(item[1].values())))


def title(key):
    """A place in words."""
    text, of = key
    return f'gradient of {of} in: {text}' if of else text


# ---- for a person, for a program

def as_text(found, names, each=False):
    """The report. names: what to call A and B. each: with every node by its name."""
    width = max(len(name) for name in names)
    lines = [f'{letter} = {name:<{width}}  {len(table.nodes)} nodes, {built_by(table)}'
             for letter, name, table in zip('AB', names, (found.a, found.b))]
    if found.same:
        return '\n'.join([*lines, 'the same graph']) + '\n'
    if found.only_a or found.only_b:
        lines += ['', 'only A only B  A - B  made by']
    for key, only_a, only_b in groups(found):
        lines.append(f'{len(only_a):6} {len(only_b):6} {len(only_a) - len(only_b):6}  {title(key)}')
        for letter, nodes in (('A', only_a), ('B', only_b)):
            if nodes:
                lines += wrapped(f'{letter}  {made_by(nodes)}', 22, 3)
                lines += [f'{"":26}{node.op_type} {node.name}' for node in nodes if each]
    net = len(found.only_a) - len(found.only_b)
    lines += [f'{len(found.only_a):6} {len(found.only_b):6} {net:6}  in all = '
              f'{len(found.a.nodes)} - {len(found.b.nodes)}; {found.both} nodes are in both']
    for kind in KINDS:
        lines += _changes_in_words(kind, [change for change in found.changes if change.kind == kind], found.a, each)
    return '\n'.join(lines) + '\n'


def _changes_in_words(kind, changes, table, each):
    if not changes:
        return []
    lines = ['', f'{len(changes)} of them with {kind}:']
    if each or len(changes) <= FEW:
        return lines + [f'  {change.a.name}: {change.text}' for change in changes]
    place_of = places(table)
    counts = collections.Counter((title(place_of[change.a.name]), change.text if kind == 'another op' else '')
                                 for change in changes)
    return lines + [f'{count:6}  {where}' + (f'  ({what})' if what else '')
                    for (where, what), count in counts.most_common()]


def as_json(found, names):
    """The report as JSON values: every node and every change by name."""
    def named(nodes):
        return [{'name': node.name, 'op_type': node.op_type, 'call': node.call, 'network': node.network,
                 'layer': node.layer, 'role': node.role} for node in nodes]
    return {
        'same': found.same,
        **{letter: {'name': name, 'tensorflow': table.tensorflow, 'arithmetic': table.arithmetic,
                    'nodes': len(table.nodes), 'fingerprint': table.fingerprint}
           for letter, name, table in zip('ab', names, (found.a, found.b))},
        'both': found.both, 'only_a': len(found.only_a), 'only_b': len(found.only_b),
        'groups': [{'line': key[0], 'gradient_of': key[1] or None, 'only_a': named(only_a), 'only_b': named(only_b)}
                   for key, only_a, only_b in groups(found)],
        'changes': [{'kind': change.kind, 'a': change.a.name, 'b': change.b.name, 'text': change.text}
                    for change in found.changes]}
