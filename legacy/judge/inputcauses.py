"""What was put into a script's runs otherwise than recorded, as causes.Cause values: seeds, feeds, initial values, and
what sources gave."""
import typing

import numpy as np

from legacy.formats import callers, causes
from legacy.formats.graphtable import Node
from legacy.formats.opseeds import NO_OP
from legacy.formats.values import Array, Json, JsonObject
from legacy.judge import runorder
from legacy.judge.findings import alike, bits
from legacy.judge.pairing import Pairing
from legacy.judge.side import Side

OF_DATASETS = 'get_seed'  # the function by which datasets ask for seeds, which they keep as constants


def place(pairing: Pairing, graph: int, name: str, here: str = '') -> JsonObject:
    """What a Cause says of where an op is: its line here and there, the statement, the callers, its type. here: its
    name on this side, where it is another."""
    node, namesake = pairing.there.node(graph, name), pairing.here.node(graph, here or name)
    recorded = node or namesake
    if recorded is None:
        return {'op': name}
    found = {'line': recorded.line} if namesake is None else _line_of(pairing.here, graph, namesake)
    return {**found, 'recorded_line': recorded.line, 'op': name, 'types': [recorded.op_type]}


def _line_of(side: Side, graph: int, node: Node) -> JsonObject:
    table = side.tables[graph]
    at = next(k for k, other in enumerate(table.nodes) if other.name == node.name)
    return {'line': node.line, 'text': table.lines.get(node.line, ('', ''))[1],
            'callers': list(callers.of_recording(side, graph, len(table.nodes))[at])}


def apart(ours: Array, theirs: Array | None) -> tuple[list[Json], list[Json]]:
    """(values, ways) of a Cause: the first element in which two arrays differ."""
    if theirs is None:
        return [], [['missing', '']]
    if not alike(ours, theirs):
        return [['its type', *[f'{side.dtype} {side.shape}' for side in map(np.asarray, (ours, theirs))]]], []
    first = bits('', [('', ours, theirs)]).first
    if first is None:
        return [], [['unseen', '']]
    at = tuple(first['element'])
    return [[f'element {list(at)}' if at else 'it', str(ours[at]), str(theirs[at])]], []


# ---- seeds

def of_seeds(pairing: Pairing) -> causes.Cause | None:
    """The Cause that a random op asks for another seed than recorded: its line, function and both pairs of seeds."""
    _, ours, theirs = runorder.other_seeds(pairing)
    if ours is None and theirs is None:
        return None
    found: JsonObject = {}
    for side, call in ((pairing.here, theirs), (pairing.there, ours)):
        graph, node = _seeded(side, call)
        if node is not None and side is pairing.here:
            found.update(_line_of(side, graph, node))
        elif node is not None:
            found['recorded_line'] = node.line
            found.setdefault('line', node.line)
    functions = [call['function'] for call in (ours, theirs) if call]
    if ours and theirs and ours['function'] != theirs['function']:
        functions.reverse()
    values = ['none' if call is None else f'{call["graph_seed"]}, {call["op_seed"]} ({call["function"]})'
              for call in (ours, theirs)]
    return causes.cause('seed', types=functions[:1], values=[['it', *values]], **{'line': '', **found})


def _seeded(side: Side, call: JsonObject | None) -> tuple[int, Node | None]:
    """(graph, the first op there that has the seeds of a call); (0, None) where none has."""
    if call is not None and call['graph_seed'] is not None:
        seeds = f'seeds {call["graph_seed"]} {call["op_seed"]}'
        for graph, table in side.tables.items():
            for node in table.nodes:
                if node.value == seeds and node.name.startswith(call['scope']):
                    return graph, node
    return 0, None


def draws_in_functions(side: Side) -> bool:
    """Whether a random op is in a function of a graph's library, as that of Dataset.map: it asked for a seed, and is in
    no graph."""
    calls = side.header['seeds']['calls']
    return any(call['function'] not in (*NO_OP, OF_DATASETS) and call['graph_seed'] is not None
               and _seeded(side, call)[1] is None for call in calls)


# ---- initial values

def of_initial_values(pairing: Pairing,
                      rounding: typing.Collection[tuple[int, str]] = ()) -> causes.Cause | None:
    """The Cause that some variables start from other values: the line that makes the first of them. rounding: see
    `runorder.initial_values`."""
    if runorder.initial_values(pairing, rounding).passed is not False:
        return None
    there, here, first_values = pairing.there, pairing.here, pairing.here.initial
    found: dict[str, list[str]] = {}
    for (graph, name), noted in there.initial.items():
        item = first_values.get((graph, name))
        if (item is None or item.digest != noted.digest) and (graph, name) not in rounding \
                and pairing.baseline.varies_since('variable', -1, graph, name) is None:
            node = here.node(graph, name) or there.node(graph, name)
            found.setdefault(node.line if node else '', []).append(name)
    line = next(iter(found), '')
    table = here.tables.get(0)
    return causes.cause('initial value', line, text=table.lines.get(line, ('', ''))[1] if table else '',
                        tensors=[[name, place] for place, names in found.items() for name in names])
