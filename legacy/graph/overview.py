"""A graph by layer, or name scope, and by line."""
import collections
import difflib
from typing import TypedDict

from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import ROLES, Node, Table

NETWORKS = ('both', 'plain', 'norm')
VARIABLES = ('Variable', 'VariableV2', 'VarHandleOp')


class Variable(TypedDict):
    name: str
    shape: str
    moving_average: bool


class Layer(TypedDict):
    """Nodes of one layer; of a script, of one name scope. roles: {role: nodes}. output: what its last op gives.
    forward: {op type: nodes}."""
    network: str
    layer: str
    nodes: int
    roles: dict[str, int]
    output: str | None
    forward: dict[str, int]
    variables: list[Variable]


class Scope(TypedDict):
    """Nodes by the first part of their names; '' for those outside any name scope. ops: {op type: nodes}."""
    scope: str
    nodes: int
    ops: dict[str, int]


class Line(TypedDict):
    """What a line made. layers: in how many it made nodes. calls: {call: {op type: nodes}}. gradient_nodes: how many of
    the nodes of the line that minimises are on its behalf."""
    line: str
    function: str
    text: str
    layers: int
    nodes: int
    calls: dict[str, dict[str, int]]
    gradient_nodes: int


class OverviewError(LegacyError):
    """Nothing to show. The message is one line."""


def under(scope: str, name: str) -> bool:
    """Whether a node's name is a name scope's, or in it."""
    return name == scope.rstrip('/') or name.startswith(scope.rstrip('/') + '/')


def chosen_of(tables: dict[int, Table], network: str | None = None, scope: str | None = None, line: str | None = None,
              layer: str | None = None) -> dict[int, tuple[list[Node], Table]]:
    """{number: (nodes, Table)} of those of {number: Table} that have such nodes; see `chosen`. Raises OverviewError."""
    found: dict[int, tuple[list[Node], Table]] = {}
    missing: OverviewError | None = None
    for number, table in tables.items():
        try:
            found[number] = chosen(table, network, scope, line, layer), table
        except OverviewError as error:
            missing = missing or error
    if missing and not found:
        raise missing
    return found


def chosen(table: Table, network: str | None = None, scope: str | None = None, line: str | None = None,
           layer: str | None = None) -> list[Node]:
    """The nodes of a network, of a name scope, of a line and on its behalf, of a layer, or of all these. Raises
    OverviewError if there are none."""
    owners = {node.name: node.line for node in table.nodes}
    found = [node for node in table.nodes if network in (None, node.network)
             and (scope is None or under(scope, node.name)) and layer in (None, node.layer)
             and (line is None or line in (node.line, owners.get(node.of)))]
    if not found:
        raise OverviewError(_no_layer(table, network, layer) or _missing(table, network, scope, line))
    return found


def _no_layer(table: Table, network: str | None, layer: str | None) -> str | None:
    """What is wrong with a layer that no node of the network has; None if one has it."""
    there = list(dict.fromkeys(node.layer for node in table.nodes if network in (None, node.network) and node.layer))
    if layer is None or layer in there:
        return None
    return f'no node is of layer {layer}; there are {", ".join(there)}' if there else (
        'this graph does not say which layer a node is of')


def _missing(table: Table, network: str | None, scope: str | None, line: str | None) -> str:
    if line is not None and line not in table.lines:
        like = difflib.get_close_matches(line, table.lines, 5, 0.5) or list(table.lines)[:5]
        return f'no node was made by {line}' + (f'; there are {", ".join(like)}, ...' if like else
                                                ': this graph does not say which line made a node')
    if scope is not None:
        scopes = sorted({node.name.split('/')[0] for node in table.nodes if network in (None, node.network)})
        like = difflib.get_close_matches(scope, scopes, 5) or scopes[:5]
        return f'no node under the name scope {scope}' + (f' and of {line}' if line else '') + (
            f'; there are {", ".join(like)}, ...')
    return f'the graph has no node of the network {network}' if network else 'the graph has no node'


# ---- by layer

def layers(nodes: list[Node]) -> list[Layer]:
    """Return the layers in the order of the networks."""
    grouped: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        grouped.setdefault((node.network, node.layer), []).append(node)
    averages = {node.name for node in nodes if node.call == 'ema.apply'}
    found: list[Layer] = []
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
                          for node in members if node.op_type in VARIABLES]})
    return found


def _in_reading_order(item: tuple[tuple[str, str], list[Node]]) -> tuple[int, int, int]:
    """Layers of the article from its data to its costs; name scopes as they were created."""
    network, layer = item[0]
    if network not in NETWORKS:
        return len(NETWORKS), 0, 0
    return (NETWORKS.index(network), {'data': -2, 'input': -1, 'output': 1000, 'cost': 1001, 'all': 1002}.get(layer, 0),
            int(layer) if layer.isdigit() else 0)


# ---- by name scope

def scopes(nodes: list[Node]) -> list[Scope]:
    """Return the name scopes in the order of creation."""
    grouped: dict[str, list[Node]] = {}
    for node in nodes:
        grouped.setdefault(node.name.partition('/')[0] if '/' in node.name else '', []).append(node)
    return [{'scope': scope, 'nodes': len(members),
             'ops': dict(collections.Counter(node.op_type for node in members).most_common())}
            for scope, members in grouped.items()]


# ---- by line

def lines(nodes: list[Node], table: Table) -> list[Line]:
    """Return the lines in the order of creation."""
    owners = {node.name: node.line for node in table.nodes}
    found: dict[str, Line] = {
        key: {'line': key, 'function': function, 'text': text, 'layers': 0, 'nodes': 0, 'calls': {},
              'gradient_nodes': 0} for key, (function, text) in table.lines.items()}
    in_layers: dict[str, set[tuple[str, str]]] = {key: set() for key in found}
    calls: dict[str, dict[str, collections.Counter[str]]] = {key: {} for key in found}
    for node in nodes:
        if node.line not in found:
            continue
        entry = found[node.line]
        entry['nodes'] += 1
        in_layers[node.line].add((node.network, node.layer))
        call = 'gradients' if node.role == 'gradient' else node.call
        calls[node.line].setdefault(call, collections.Counter())[node.op_type] += 1
        if node.role == 'gradient':
            owner = owners.get(node.of)
            on_behalf_of = owner if owner in found else node.line
            found[on_behalf_of]['gradient_nodes'] += 1
    for key, entry in found.items():
        entry['layers'] = len(in_layers[key])
        entry['calls'] = {call: dict(types) for call, types in calls[key].items()}
    return [entry for entry in found.values() if entry['nodes'] or entry['gradient_nodes']]
