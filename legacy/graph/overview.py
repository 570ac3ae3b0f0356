"""The graph as a person can read it: by layer, by line of the port, or node by node."""
import collections
import difflib
import re
import textwrap

from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import ROLES

HEADS = dict(zip(ROLES, ('forward', 'gradient', 'update', 'average', 'variable', 'initial')))
NETWORKS = ('both', 'plain', 'norm')
WIDTH = 118


class OverviewError(LegacyError):
    """Nothing to show. The message is one line."""


def chosen(table, network=None, scope=None):
    """The nodes of a network, of a name scope, or both. Raises OverviewError if there are none."""
    found = [node for node in table.nodes if network in (None, node.network)
             and (scope is None or node.name == scope.rstrip('/') or node.name.startswith(scope.rstrip('/') + '/'))]
    if not found and scope is None:
        raise OverviewError(f'the graph has no node of the network {network}' if network else 'the graph has no node')
    if not found:
        scopes = sorted({node.name.split('/')[0] for node in table.nodes if network in (None, node.network)})
        like = difflib.get_close_matches(scope, scopes, 5) or scopes[:5]
        raise OverviewError(f'no node under the name scope {scope}; there are {", ".join(like)}, ...')
    return found


# ---- by layer

def layers(nodes):
    """[{'network', 'layer', 'nodes', 'roles': {role: nodes}, 'output', 'forward': {op type: nodes}, 'variables':
    [{'name', 'shape', 'moving_average'}]}] in the order of the networks."""
    grouped = collections.OrderedDict()
    for node in nodes:
        grouped.setdefault((node.network, node.layer), []).append(node)
    averages = {node.name for node in nodes if node.call == 'ema.apply'}
    found = []
    for (network, layer), members in sorted(grouped.items(), key=_in_reading_order):
        forward = [node for node in members if node.role == 'forward']
        joined = [node for node in forward if node.inputs]
        found.append({
            'network': network, 'layer': layer, 'nodes': len(members),
            'roles': {role: sum(node.role == role for node in members) for role in ROLES},
            'output': (joined or forward)[-1].outputs[0] if forward and (joined or forward)[-1].outputs else None,
            'forward': dict(collections.Counter(node.op_type for node in forward)),
            'variables': [{'name': node.name, 'shape': node.outputs[0] if node.outputs else '',
                           'moving_average': node.name in averages}
                          for node in members if node.op_type == 'VariableV2']})
    return found


def _in_reading_order(item):
    network, layer = item[0]
    return (NETWORKS.index(network) if network in NETWORKS else len(NETWORKS),
            {'data': -2, 'input': -1, 'output': 1000, 'cost': 1001, 'all': 1002}.get(layer, 0),
            int(layer) if layer.isdigit() else 0)


def _layer_rows(found):
    """Rows of cells; layers that are alike but for their number and names share one."""
    rows = []
    for layer in found:
        trained = [variable for variable in layer['variables'] if not variable['moving_average']]
        averages = len(layer['variables']) - len(trained)
        variables = ' '.join(re.sub(', ', 'x', variable['shape'].partition(' ')[2][1:-1]) for variable in trained)
        cells = [str(layer['nodes']), *[str(layer['roles'][role] or '') for role in ROLES],
                 (layer['output'] or '').partition(' ')[2], variables + (f' + {averages} averages' if averages else ''),
                 counted(layer['forward'])]
        if rows and rows[-1]['network'] == layer['network'] and rows[-1]['cells'] == cells:
            rows[-1]['last'] = layer['layer']
            rows[-1]['alike'] += 1
        else:
            rows.append({'network': layer['network'], 'first': layer['layer'], 'last': layer['layer'], 'alike': 1,
                         'cells': cells})
    return rows


# ---- by name scope, where no line is known

def scopes(nodes):
    """[{'scope', 'nodes', 'ops': {op type: nodes}}] by the first part of the name, in the order of creation; '' for
    nodes outside any scope."""
    grouped = collections.OrderedDict()
    for node in nodes:
        grouped.setdefault(node.name.partition('/')[0] if '/' in node.name else '', []).append(node)
    return [{'scope': scope, 'nodes': len(members),
             'ops': dict(collections.Counter(node.op_type for node in members).most_common())}
            for scope, members in grouped.items()]


# ---- by line

def lines(nodes, table):
    """[{'line', 'function', 'text', 'layers', 'nodes', 'calls': {call: {op type: nodes}}, 'gradient_nodes'}] in the
    order of the port. layers: in how many layers the line made nodes. gradient_nodes: how many of the nodes of the line
    that minimises are on its behalf."""
    owners = {node.name: node.line for node in table.nodes}
    found = collections.OrderedDict(
        (key, {'line': key, 'function': function, 'text': text, 'layers': set(), 'nodes': 0, 'calls': {},
               'gradient_nodes': 0}) for key, (function, text) in table.lines.items())
    for node in nodes:
        if node.line not in found:
            continue
        entry = found[node.line]
        entry['nodes'] += 1
        entry['layers'].add((node.network, node.layer))
        call = 'gradients' if node.role == 'gradient' else node.call
        entry['calls'].setdefault(call, collections.Counter())[node.op_type] += 1
        if node.role == 'gradient':
            owner = owners.get(node.of)
            found[owner if owner in found else node.line]['gradient_nodes'] += 1
    return [dict(entry, layers=len(entry['layers'])) for entry in found.values()
            if entry['nodes'] or entry['gradient_nodes']]


# ---- for a person, for a program

def as_text(nodes, table):
    """Two tables: layers, and lines of the port; of a graph that is not the article's one, name scopes."""
    count = f'{len(nodes)} of the ' if len(nodes) < len(table.nodes) else ''
    head = f'{count}{len(table.nodes)} nodes; {built_by(table)}'
    if not table.lines:
        return '\n'.join([f"{head}; not the article's graph, so listed by name scope", '',
                          *_scopes_in_words(nodes)]) + '\n'
    return '\n'.join([head, '', *_layers_in_words(nodes), '', *_lines_in_words(nodes, table)]) + '\n'


def built_by(table):
    """'TensorFlow 2.21.0, float32'."""
    return f'TensorFlow {table.tensorflow}, {table.arithmetic}' if table.tensorflow else 'a GraphDef'


def _layers_in_words(nodes):
    cells = ('{:<8}{:<9}{:>8}' + '{:>9}' * len(ROLES) + '  {:<9} {}').format
    text = [cells('network', 'layer', 'nodes', *HEADS.values(), 'output', 'variables')]
    for row in _layer_rows(layers(nodes)):
        first, *numbers, output, variables, ops = row['cells']
        alike = row['alike'] > 1
        text.append(cells(row['network'], f'{row["first"]} to {row["last"]}' if alike else row['first'],
                          f'{row["alike"]} x {first}' if alike else first, *numbers, output, variables).rstrip())
        text += wrapped(ops, 26)
    totals = [sum(node.role == role for node in nodes) for role in ROLES]
    return [*text, cells('', 'sum', len(nodes), *totals, '', '').rstrip()]


def _scopes_in_words(nodes):
    found = scopes(nodes)
    width = max(5, *[len(entry['scope']) for entry in found])
    text = [f'{"scope":<{width}}{"nodes":>7}  op types']
    for entry in found:
        first, *rest = wrapped(counted(entry['ops']), width + 9)
        text += [f'{entry["scope"] or "none":<{width}}{entry["nodes"]:>7}  {first.lstrip()}', *rest]
    return [*text, f'{"sum":<{width}}{len(nodes):>7}']


def _lines_in_words(nodes, table):
    cells = '{:<17}{:>7}{:>7}{:>10}  {}'.format
    text = [cells('line', 'layers', 'nodes', 'gradient', 'what it says and makes; gradient nodes on its behalf')]
    found = lines(nodes, table)
    for entry in found:
        line = re.sub(r':\D.*', '', entry['line'])  # a file of ours, where it has no line number
        text.append(cells(line, entry['layers'], entry['nodes'], entry['gradient_nodes'] or '', entry['text']))
        text += wrapped('; '.join(_call_in_words(*item) for item in entry['calls'].items()), 45)
    return [*text, cells('sum', '', sum(entry['nodes'] for entry in found),
                         sum(entry['gradient_nodes'] for entry in found), '').rstrip()]


def wrapped(text, indent, hanging=0):
    """`text` in lines of WIDTH; a count stays with what it counts."""
    text = re.sub(r'(\d) (?=[A-Z])', '\\1\xa0', text)
    return [line.replace('\xa0', ' ') for line in textwrap.wrap(
        text, WIDTH, initial_indent=' ' * indent, subsequent_indent=' ' * (indent + hanging), break_on_hyphens=False)]


def _call_in_words(call, types):
    if len(types) > 8:
        return f'{call}: {sum(types.values())} nodes of {len(types)} types'
    return f'{call}: ' + counted(types)


def counted(types):
    """'3 Const, Mul' of {op type: nodes}."""
    return ', '.join(f'{count} {op_type}' if count > 1 else op_type for op_type, count in types.items())


def each_as_text(nodes):
    """One line a node: op type, name, what comes out, value, inputs, and where it is from."""
    def cells(node):
        where = f'{node.network} {node.layer} {node.role}, {node.line} {node.call}' if node.line else ''
        return [node.op_type, node.name, ' '.join(node.outputs) + (f' = {node.value}' if node.value else ''), where,
                '(' + ', '.join(node.inputs) + ')']
    return '\n'.join('  '.join(cells(node)) for node in nodes) + '\n'


def as_json(nodes, table, each):
    """The same as JSON values. each: with every node."""
    found = {'tensorflow': table.tensorflow, 'arithmetic': table.arithmetic, 'fingerprint': table.fingerprint,
             'nodes_of_graph': len(table.nodes), 'nodes': len(nodes), 'layers': layers(nodes),
             'lines': lines(nodes, table), 'scopes': [] if table.lines else scopes(nodes)}
    if each:
        found['table'] = [node._asdict() for node in nodes]
    return found
