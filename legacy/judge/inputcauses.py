"""What was put into a script's runs otherwise than recorded, as causes.Cause values: seeds, feeds, initial values, and
what sources gave."""
import typing

import numpy as np

from legacy.formats import callers, causes
from legacy.formats.graphtable import Node
from legacy.formats.opseeds import NO_OP
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, Json, JsonObject
from legacy.judge import runorder
from legacy.judge.findings import alike, bits
from legacy.judge.noted import digest_of
from legacy.judge.recordedside import Recorded

OF_DATASETS = 'get_seed'  # the function by which datasets ask for seeds, which they keep as constants


def place(recorded: Recorded, candidate: Recording, graph: int, name: str, here: str = '') -> JsonObject:
    """What a Cause says of where an op is: its line here and there, the statement, the callers, its type. here: its
    name on this side, where it is another."""
    view = recorded.view(candidate)
    nodes = [node for node in (view.node(graph, here or name), recorded.node(graph, name)) if node is not None]
    if not nodes:
        return {'op': name}
    found = _line_of(view, candidate, graph, nodes[0]) if view.node(graph, here or name) else {'line': nodes[0].line}
    return {**found, 'recorded_line': nodes[-1].line, 'op': name, 'types': [nodes[-1].op_type]}


def _line_of(view: Recorded, candidate: Recording, graph: int, node: Node) -> JsonObject:
    table = view.tables[graph]
    at = next(k for k, other in enumerate(table.nodes) if other.name == node.name)
    return {'line': node.line, 'text': table.lines.get(node.line, ('', ''))[1],
            'callers': list(callers.of_recording(candidate, graph, len(table.nodes))[at])}


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

def of_seeds(recorded: Recorded, candidate: Recording) -> causes.Cause | None:
    """The Cause that a random op asks for another seed than recorded: its line, function and both pairs of seeds."""
    _, ours, theirs = runorder.other_seeds(recorded, candidate)
    if ours is None and theirs is None:
        return None
    view = recorded.view(candidate)
    found: JsonObject = {}
    for side, call in ((view, theirs), (recorded, ours)):
        graph, node = _seeded(side, call)
        if node is not None and side is view:
            found.update(_line_of(view, candidate, graph, node))
        elif node is not None:
            found['recorded_line'] = node.line
            found.setdefault('line', node.line)
    functions = [call['function'] for call in (ours, theirs) if call]
    if ours and theirs and ours['function'] != theirs['function']:
        functions.reverse()
    values = ['none' if call is None else f'{call["graph_seed"]}, {call["op_seed"]} ({call["function"]})'
              for call in (ours, theirs)]
    return causes.cause('seed', types=functions[:1], values=[['it', *values]], **{'line': '', **found})


def _seeded(side: Recorded, call: JsonObject | None) -> tuple[int, Node | None]:
    """(graph, the first op there that has the seeds of a call); (0, None) where none has."""
    if call is not None and call['graph_seed'] is not None:
        seeds = f'seeds {call["graph_seed"]} {call["op_seed"]}'
        for graph, table in side.tables.items():
            for node in table.nodes:
                if node.value == seeds and node.name.startswith(call['scope']):
                    return graph, node
    return 0, None


def draws_in_functions(recorded: Recorded) -> bool:
    """Whether a random op is in a function of a graph's library, as that of Dataset.map: it asked for a seed, and is in
    no graph."""
    calls = recorded.recording.header['seeds']['calls']
    return any(call['function'] not in (*NO_OP, OF_DATASETS) and call['graph_seed'] is not None
               and _seeded(recorded, call)[1] is None for call in calls)


# ---- initial values

def of_initial_values(recorded: Recorded, candidate: Recording,
                      rounding: typing.Collection[tuple[int, str]] = ()) -> causes.Cause | None:
    """The Cause that some variables start from other values: the line that makes the first of them. rounding: see
    `runorder.initial_values`."""
    if runorder.initial_values(recorded, candidate, rounding).passed is not False:
        return None
    view, here = recorded.view(candidate), {}
    found: dict[str, list[str]] = {}
    for item in candidate.header['initial']:
        here[item['graph'], item['name']] = digest_of(item['noted'])
    for item in recorded.recording.header['initial']:
        key = item['graph'], item['name']
        if here.get(key) != digest_of(item['noted']) and key not in rounding \
                and recorded.varies_since('variable', -1, *key) is None:
            node = view.node(*key) or recorded.node(*key)
            found.setdefault(node.line if node else '', []).append(item['name'])
    line = next(iter(found), '')
    table = view.tables.get(0)
    return causes.cause('initial value', line, text=table.lines.get(line, ('', ''))[1] if table else '',
                        tensors=[[name, place] for place, names in found.items() for name in names])
