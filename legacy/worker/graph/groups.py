"""Names that group a graph's nodes by what they are for, in a copy: the port's own names stay the listing's.

`moments_3/mean` becomes `layer3/batch_norm/moments/mean`, and `gradients_1/moments_3/mean_grad/Fill`
`gradients/layer3/batch_norm/moments/mean_grad/Fill`.
"""
import re
from typing import Dict, Iterable, Mapping

from legacy.formats.errors import LegacyError
from legacy.formats.graphtable import Node, Table, producer
from legacy.worker.tfobjects import GraphDef

# What a line of the port makes, by what it assigns; where one name is assigned twice, by its call.
PARTS = {'Weights': 'weights', 'biases': 'biases', 'scale': 'batch_norm/scale', 'shift': 'batch_norm/shift',
         'fc_mean, fc_var': 'batch_norm/moments', 'ema_apply_op': 'batch_norm/moving_averages', 'outputs': '',
         'cost': '', 'train_op': '', 'ys': '', 'self.initializer': ''}
CALLS = {'tf.nn.batch_normalization': 'batch_norm/normalise', 'tf.identity': 'batch_norm/updated_moments',
         'tf.matmul': 'linear', '+': 'linear', 'tf.placeholder': ''}
PLACES = {'data': '', 'all': ''}  # layers without a group of their own
SCOPES = ('moments', 'batchnorm', 'Variable', 'ExponentialMovingAverage', 'GradientDescent')  # said by the group


class GroupsError(LegacyError):
    """A line of the port that has no part. The message is one line."""


def grouped(table: Table, definition: GraphDef, network: str) -> GraphDef:
    """A GraphDef of one network's nodes, and of those that it shares, under new names.

    table: of the graph that the GraphDef `definition` holds. Colocation follows; a control input from the other network
    is left out.
    """
    nodes = {node.name: node for node in table.nodes if node.network in (network, 'both')}
    names = new_names(table, nodes.values())
    copy = type(definition)(versions=definition.versions)
    for original in definition.node:
        if original.name not in nodes:
            continue
        node = copy.node.add()
        node.CopyFrom(original)
        node.name = names[original.name]
        del node.input[:]
        node.input.extend(_renamed(given, names) for given in original.input if producer(given)[0] in names)
        if '_class' in node.attr:
            places = node.attr['_class'].list.s
            places[:] = [b'loc:@' + names[place[len('loc:@'):].decode()].encode() for place in places]
    return copy


def _renamed(given: str, names: Mapping[str, str]) -> str:
    name, output = producer(given)
    return '^' + names[name] if output < 0 else names[name] + (f':{output}' if output else '')


def new_names(table: Table, nodes: Iterable[Node]) -> Dict[str, str]:
    """{name: new name}, all different, for some nodes of a Table. Raises GroupsError."""
    by_name = {node.name: node for node in table.nodes}
    names, taken = {}, set()
    for node in nodes:
        group = [part for part in (_group(node, table, by_name), _own_name(node, table)) if part]
        name = wanted = '/'.join(group)
        count = 0
        while name in taken:
            count += 1
            name = f'{wanted}_{count}'
        taken.add(name)
        names[node.name] = name
    return names


def _group(node: Node, table: Table, by_name: Mapping[str, Node]) -> str:
    if node.role == 'gradient':
        return '/'.join(filter(None, ['gradients', _layer(node), _part(by_name[node.of], table) if node.of else '']))
    if node.role == 'update':
        parts = [_part(by_name[node.inputs[0]], table)] if node.op_type.startswith('Apply') else []
        return '/'.join(filter(None, ['update', _layer(node), *parts]))
    return '/'.join(filter(None, [_layer(node), _part(node, table)]))


def _layer(node: Node) -> str:
    return PLACES.get(node.layer, f'layer{node.layer}' if node.layer.isdigit() else node.layer)


def _part(node: Node, table: Table) -> str:
    text = table.lines[node.line][1]
    assigned = text.partition(' = ')[0]
    if assigned in PARTS:
        return PARTS[assigned]
    if node.call not in CALLS:
        raise GroupsError(f'{node.line}: no name for what is made by: {text}')
    return CALLS[node.call]


def _own_name(node: Node, table: Table) -> str:
    """What is left to say after the group: the name without its first scope where the group says that, and without the
    number that TensorFlow gave the first scope; a placeholder is called as the port calls it."""
    if node.op_type == 'Placeholder':
        return table.lines[node.line][1].partition(' = ')[0]
    if node.role == 'gradient':
        scopes = re.sub(r'^gradients(_\d+)?/', '', node.name).split('/')
    else:
        scopes = node.name.split('/')
    scopes[0] = re.sub(r'_\d+(?=(_grad)?$)', '', scopes[0]) if node.role != 'gradient' or node.of else scopes[0]
    return '/'.join(scopes[1:] if scopes[0] in SCOPES and len(scopes) > 1 else scopes)
