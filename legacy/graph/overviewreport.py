"""An overview of a graph as tables, short for a graph of any size, node by node, and as JSON values."""
import re
import textwrap
from collections.abc import Callable
from typing import TypedDict, TypeVar

from legacy.formats.graphtable import ROLES, Node, Table
from legacy.formats.values import JsonObject
from legacy.graph.overview import Layer, Line, layers, lines, scopes

HEADS = dict(zip(ROLES, ('forward', 'gradient', 'update', 'average', 'variable', 'initial')))
WIDTH = 118
ROWS = 24  # of a table; the smallest of the others are only counted
LONGEST_NAME = 24  # of a name scope
MANY_TYPES, MANY_VARIABLES = 24, 6  # that are spelled out
T = TypeVar('T')


class Row(TypedDict):
    """Layers that are alike but for their number and names. kind: what is alike. cells: nodes of each, then more."""
    network: str
    first: str
    last: str
    alike: int
    cells: list[str]
    kind: tuple[str, str, list[str]]


def as_text(nodes: list[Node], table: Table) -> str:
    """Two tables: layers, and lines; of a graph whose lines are not known one, name scopes."""
    count = f'{len(nodes)} of the ' if len(nodes) < len(table.nodes) else ''
    head = f'{count}{len(table.nodes)} nodes; {built_by(table)}'
    if not table.lines:
        return '\n'.join([f"{head}; not the article's graph, so listed by name scope", '',
                          *_scopes_in_words(nodes)]) + '\n'
    return '\n'.join([head, '', *_layers_in_words(nodes), '', *_lines_in_words(nodes, table)]) + '\n'


def built_by(table: Table) -> str:
    """'TensorFlow 2.21.0, float32'."""
    return f'TensorFlow {table.tensorflow}, {table.arithmetic}' if table.tensorflow else 'a GraphDef'


def _largest(rows: list[T], size: Callable[[T], int]) -> tuple[list[T], list[T]]:
    """(the ROWS largest, in the order that they have, the others)"""
    kept = {id(row) for row in sorted(rows, key=size, reverse=True)[:ROWS]}
    return [row for row in rows if id(row) in kept], [row for row in rows if id(row) not in kept]


# ---- by layer, or by name scope

def _layers_in_words(nodes: list[Node]) -> list[str]:
    networks = any(node.network for node in nodes)
    shown, rest = _largest(_layer_rows(layers(nodes)), lambda row: row['alike'] * int(row['cells'][0]))
    labels = [_label(row) for row in shown]
    width = 9 if networks else max(map(len, ['name scope', *labels])) + 2
    cells = (('{:<8}' if networks else '{}') + f'{{:<{width}}}' + '{:>8}' + '{:>9}' * len(ROLES) + '  {:<9} {}').format
    text = [cells(*(('network', 'layer') if networks else ('', 'name scope')), 'nodes', *HEADS.values(), 'output',
                  'variables')]
    for row, label in zip(shown, labels):
        first, *numbers, output, variables, ops = row['cells']
        text.append(cells(row['network'], label, f'{row["alike"]} x {first}' if row['alike'] > 1 else first, *numbers,
                          output, variables).rstrip())
        text += wrapped(ops, 26)
    if rest:
        count = sum(row['alike'] * int(row['cells'][0]) for row in rest)
        text.append(f'and {sum(row["alike"] for row in rest)} more with {count} nodes: --json has them')
    totals = [sum(node.role == role for node in nodes) for role in ROLES]
    return [*text, cells('', 'sum', len(nodes), *totals, '', '').rstrip()]


def _label(row: Row) -> str:
    """'2 to 7'."""
    names = [row['first'], row['last']] if row['alike'] > 1 else [row['first'] or '(none)' * (not row['network'])]
    return ' to '.join(_cut(name, LONGEST_NAME) for name in names)


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else name[:width - 3] + '...'


def _layer_rows(found: list[Layer]) -> list[Row]:
    rows: list[Row] = []
    for layer in found:
        trained = [variable for variable in layer['variables'] if not variable['moving_average']]
        averages = len(layer['variables']) - len(trained)
        shapes = [re.sub(', ', 'x', variable['shape'].partition(' ')[2][1:-1]) or '()' for variable in trained]
        variables = ' '.join(shapes) if len(shapes) <= MANY_VARIABLES else f'{len(shapes)} variables'
        cells = [str(layer['nodes']), *[str(layer['roles'][role] or '') for role in ROLES],
                 (layer['output'] or '').partition(' ')[2], variables + (f' + {averages} averages' if averages else ''),
                 _few(layer['forward'])]
        kind = layer['network'], re.sub(r'\d+', '0', layer['layer']), cells
        if rows and rows[-1]['kind'] == kind:
            rows[-1]['last'] = layer['layer']
            rows[-1]['alike'] += 1
        else:
            rows.append({'network': layer['network'], 'first': layer['layer'], 'last': layer['layer'], 'alike': 1,
                         'cells': cells, 'kind': kind})
    return rows


def _scopes_in_words(nodes: list[Node]) -> list[str]:
    shown, rest = _largest(scopes(nodes), lambda entry: entry['nodes'])
    width = max(5, *[len(entry['scope']) for entry in shown])
    text = [f'{"scope":<{width}}{"nodes":>7}  op types']
    for entry in shown:
        first, *more = wrapped(_few(entry['ops']), width + 9)
        text += [f'{entry["scope"] or "none":<{width}}{entry["nodes"]:>7}  {first.lstrip()}', *more]
    if rest:
        text.append(f'and {len(rest)} more with {sum(entry["nodes"] for entry in rest)} nodes: --json has them')
    return [*text, f'{"sum":<{width}}{len(nodes):>7}']


# ---- by line

def _lines_in_words(nodes: list[Node], table: Table) -> list[str]:
    found = lines(nodes, table)
    width = max([17, *[len(_where(entry)) + 1 for entry in found]])
    cells = (f'{{:<{width}}}' + '{:>7}{:>7}{:>10}  {}').format
    networks = any(node.network for node in nodes)
    text = [cells('line', 'layers' if networks else 'scopes', 'nodes', 'gradient',
                  'what it says and makes; gradient nodes on its behalf')]
    shown, rest = _largest(found, lambda entry: entry['nodes'] + entry['gradient_nodes'])
    for entry in shown:
        text.append(cells(_where(entry), entry['layers'], entry['nodes'], entry['gradient_nodes'] or '', entry['text']))
        text += wrapped('; '.join(_call_in_words(call, types, entry['text'])
                                  for call, types in entry['calls'].items()), width + 28)
    known, gradients = (sum(entry[key] for entry in found) for key in ('nodes', 'gradient_nodes'))
    if rest:
        text.append(f'and {len(rest)} lines more with {sum(entry["nodes"] for entry in rest)} nodes and '
                    f'{sum(entry["gradient_nodes"] for entry in rest)} gradient nodes: --json has them')
    if known < len(nodes):
        text.append(cells('no line', '', len(nodes) - known, '', '').rstrip())
    return [*text, cells('sum', '', len(nodes), gradients, '').rstrip()]


def _where(entry: Line) -> str:
    return re.sub(r':\D.*', '', entry['line'])  # a file of ours, where it has no line number


def wrapped(text: str, indent: int, hanging: int = 0) -> list[str]:
    """`text` in lines of WIDTH; a count stays with what it counts."""
    text = re.sub(r'(\d) (?=[A-Z])', '\\1\xa0', text)
    return [line.replace('\xa0', ' ') for line in textwrap.wrap(
        text, WIDTH, initial_indent=' ' * indent, subsequent_indent=' ' * (indent + hanging), break_on_hyphens=False)]


def _call_in_words(call: str, types: dict[str, int], text: str) -> str:
    return _few(types, 8) if call == text else f'{call}: {_few(types, 8)}'


def _few(types: dict[str, int], most: int = MANY_TYPES) -> str:
    """As `counted`; of more op types than `most` those of most nodes."""
    if len(types) <= most:
        return counted(types)
    first = sorted(types, key=lambda op_type: types[op_type], reverse=True)[:most]
    others = sum(types.values()) - sum(types[op_type] for op_type in first)
    return counted({op_type: types[op_type] for op_type in first}) + f' and {others} of {len(types) - most} types more'


def counted(types: dict[str, int]) -> str:
    """'3 Const, Mul' of {op type: nodes}."""
    return ', '.join(f'{count} {op_type}' if count > 1 else op_type for op_type, count in types.items())


# ---- node by node, and for a program

def each_as_text(nodes: list[Node]) -> str:
    """One line a node: op type, name, what comes out, value, inputs, and where it is from."""
    def cells(node: Node) -> list[str]:
        where = ' '.join(filter(None, (node.network, node.layer, node.role))) + f', {node.line} {node.call}'
        return [node.op_type, node.name, ' '.join(node.outputs) + (f' = {node.value}' if node.value else ''),
                where if node.line else '', '(' + ', '.join(node.inputs) + ')']
    return '\n'.join('  '.join(cells(node)) for node in nodes) + '\n'


def as_json(nodes: list[Node], table: Table, each: bool) -> JsonObject:
    """All tables whole as JSON values. each: with every node."""
    found = {'tensorflow': table.tensorflow, 'arithmetic': table.arithmetic, 'fingerprint': table.fingerprint,
             'nodes_of_graph': len(table.nodes), 'nodes': len(nodes), 'layers': layers(nodes),
             'lines': lines(nodes, table), 'scopes': scopes(nodes)}
    if each:
        found['table'] = [node._asdict() for node in nodes]
    return found
