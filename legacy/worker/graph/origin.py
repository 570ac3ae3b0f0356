"""Where every node of the article's graph comes from: network, layer, role, and the line and call that made it.

The line and the call are read off the Python stack that TensorFlow keeps with every op; the layer follows from the
order of creation, and for a gradient from the op whose gradient it is. Runs on Python 3.6.
"""
import ast
import collections
import functools
import linecache
import os
import re
from typing import Dict, List, Tuple

from legacy import article, shim
from legacy.formats.graphtable import Node, Table, producer
from legacy.formats.places import PACKAGE
from legacy.formats.signatures import spelled
from legacy.shim import Frame
from legacy.worker.experiment import NETWORKS, Experiment
from legacy.worker.graph.definition import attributes, output, value
from legacy.worker.tfobjects import Operation

PORT = os.path.abspath(article.__file__)
OPERATORS: Dict[type, str] = {ast.Add: '+', ast.Sub: '-', ast.Mult: '*', ast.Div: '/'}


def describe(experiment: Experiment) -> Table:
    """The Table of an Experiment's graph."""
    operations = experiment.built.get_operations()
    definitions = experiment.built.as_graph_def().node
    lines, found = {}, []
    stacks = [shim.stack(op) for op in operations]
    for op, definition, stack in zip(operations, definitions, stacks):
        key, function, text, called = _creation(stack)
        lines[key] = (function, text)
        found.append(Node(op.type, op.name, list(definition.input), [output(tensor) for tensor in op.outputs],
                          value(definition), '', '', '', key, _call(text, called), '', spelled(attributes(definition))))
    found = _with_roles(found, stacks)
    found = _with_layers(found, experiment)
    ordered = sorted(lines.items(), key=lambda item: [part.rjust(9) if part.isdigit() else part
                                                      for part in item[0].split(':')])
    return Table(shim.VERSION, 'float32', collections.OrderedDict(ordered), found)


# ---- line and call

def _creation(stack: List[Frame]) -> Tuple[str, str, str, List[Frame]]:
    """(key, function, text, frames of TensorFlow below) of the innermost line of ours in an op's stack, the port's if
    there is one. The key is 'article.py:70' or, in a file that is not frozen, 'experiment.py:__init__'."""
    ours = [k for k, (file, _, _) in enumerate(stack) if _is_ours(file)]
    port = [k for k in ours if _absolute(stack[k][0]) == PORT] or ours
    file, number, function = stack[port[-1]]
    below = [frame for frame in stack[port[-1] + 1:] if not _is_ours(frame[0])]
    key = '%s:%s' % (os.path.basename(file), number if _absolute(file) == PORT else function)
    return key, function, linecache.getline(file, number).strip(), below


def _is_ours(file: str) -> bool:
    return _absolute(file).startswith(PACKAGE + os.sep)


@functools.lru_cache(None)  # a few files, asked for in every frame of every op
def _absolute(file: str) -> str:
    return os.path.abspath(file)


def _call(text: str, below: List[Frame]) -> str:
    """The call of the statement `text` that leads to these frames of TensorFlow, as the statement spells it; for a
    gradient the functions that TensorFlow made it with."""
    functions = [name for _, _, name in below]
    if 'compute_gradients' in functions:
        made_by = [name for file, _, name in below if file.endswith('_grad.py')]
        return ' > '.join(made_by or [[name for file, _, name in below
                                       if os.path.basename(file).startswith('gradients')][-1]])
    entry = re.sub(r'_v\d$', '', functions[0])
    calls, operators = _calls_in(text)
    if entry.endswith('binary_op_wrapper'):
        calls = [OPERATORS.get(operator, entry) for operator in operators]
    elif entry in ('__call__', '__init__'):  # of a class
        calls = [call for call in calls if call.split('.')[-1][:1].isupper()]
    named = [call for call in calls if call.split('.')[-1] == entry]
    return (named or calls or [entry])[0]


@functools.lru_cache(None)  # a few lines make all ops
def _calls_in(text: str) -> Tuple[List[str], List[type]]:
    """What a statement calls, as it spells it, and the types of its operators."""
    nodes = list(ast.walk(ast.parse(text)))
    return ([_spelled(node.func) for node in nodes if isinstance(node, ast.Call)],
            [type(node.op) for node in nodes if isinstance(node, ast.BinOp)])


def _spelled(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        owner = _spelled(node.value)
        return owner + '.' + node.attr if owner else node.attr
    return node.id if isinstance(node, ast.Name) else ''


# ---- role, layer and network

def _with_roles(found: List[Node], stacks: List[List[Frame]]) -> List[Node]:
    """What each node is for: the gradients and the update by the method of the optimizer that made them, the initial
    values by what reads them, the moving averages by their call, and the rest is the forward pass."""
    by_name = {node.name: node for node in found}
    initial, pending = set(), [node.name for node in found if node.op_type == 'Assign']
    while pending:
        name = pending.pop()
        if name not in initial and by_name[name].op_type != 'VariableV2':
            initial.add(name)
            pending.extend(producer(given)[0] for given in by_name[name].inputs)

    def role(node: Node, stack: List[Frame]) -> str:
        methods = {name for _, _, name in stack}
        if 'compute_gradients' in methods:
            return 'gradient'
        if 'apply_gradients' in methods:
            return 'update'
        if node.name in initial or node.call == 'tf.global_variables_initializer':
            return 'initialisation'
        of_variable = node.op_type == 'Identity' and by_name[producer(node.inputs[0])[0]].op_type == 'VariableV2'
        if node.op_type == 'VariableV2' or of_variable:
            return 'variable'
        return 'moving average' if node.call == 'ema.apply' else 'forward'
    return [node._replace(role=role(node, stack)) for node, stack in zip(found, stacks)]


def _with_layers(found: List[Node], experiment: Experiment) -> List[Node]:
    """Network and layer. A network's nodes lie between its predecessor's last and its own, a layer's between its input
    and its output; the output layer ends where the line of the cost begins."""
    places: Dict[int, Tuple[str, str]] = {}  # network and layer by a node's number
    first = _index(found, experiment.ys.op) + 1
    for network in NETWORKS:
        train_op, cost, layers_inputs = experiment.nets[network]
        cost_line = found[_index(found, cost.op)].line
        edges = [_index(found, tensor.op) + 1 for tensor in layers_inputs]
        layers = ['input'] + [str(k) for k in range(1, len(layers_inputs))]
        begin = first
        for layer, end in zip(layers, edges):
            places.update((k, (network, layer)) for k in range(begin, end))
            begin = max(begin, end)
        end = _index(found, train_op) + 1
        for k in range(begin, end):
            if found[k].role in ('gradient', 'update'):
                places[k] = network, ''
            else:
                places[k] = network, 'cost' if found[k].line == cost_line else 'output'
        first = end
    placed = []
    for k, node in enumerate(found):
        network, layer = places.get(k, ('both', 'data' if node.op_type == 'Placeholder' else 'all'))
        placed.append(node._replace(network=network, layer=layer))
    return _with_backward_layers(placed)


def _index(found: List[Node], op: Operation) -> int:
    return next(k for k, node in enumerate(found) if node.name == op.name)


def _with_backward_layers(found: List[Node]) -> List[Node]:
    """The layer of a gradient is that of the op whose gradient it is, of an update that of its variable; a sum of
    gradients goes to the layer that takes it, and what belongs to no layer is everybody's."""
    layer_of = {node.name: node.layer for node in found}
    placed = []
    for node in found:
        if node.role == 'gradient':
            of = forward_op(node.name)
            of = of if of in layer_of else ''
            placed.append(node._replace(of=of, layer=layer_of[of] if of else 'cost'))
        elif node.role == 'update':
            placed.append(node._replace(layer=layer_of[node.inputs[0]] if len(node.inputs) == 3 and
                                        node.op_type.startswith('Apply') else 'all'))
        else:
            placed.append(node)
    takers = {producer(given)[0]: node.layer for node in placed for given in node.inputs if node.of}
    return [node._replace(layer=takers.get(node.name, node.layer)) if node.op_type == 'AddN' else node
            for node in placed]


def forward_op(name: str) -> str:
    """'gradients_1/moments/mean_grad/Fill' -> 'moments/mean'; '' if the name is not that of a gradient."""
    match = re.match(r'gradients(?:_\d+)?/(.+?)_grad(?:_\d+)?/', name)
    return match.group(1) if match else ''
