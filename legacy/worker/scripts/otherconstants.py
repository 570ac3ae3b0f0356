"""Constants of the graphs here that have other bits than the recorded ones. Runs on Python 3.6."""
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np

from legacy import shim
from legacy.formats import constants, contents
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, JsonObject
from legacy.worker.scripts.recordedgraph import recorded_graph
from legacy.worker.tfobjects import Graph, GraphDef, TensorProto

# A constant that is another here. recorded: its value there, of which `array` is the numbers. units: how far off this
# one is; None where that says nothing.
Other = NamedTuple('Other', [('name', str), ('recorded', TensorProto), ('units', Optional[float]), ('array', Array)])


class OtherConstants(object):
    """noted: [constants.CONSTANT] of the floats of the same name, dtype and shape. put_in: {tf.Graph: {name of a Const
    op: TensorProto recorded}} of those that rounding may make so."""

    def __init__(self, baseline: Optional[Recording] = None, graphs: Sequence[Graph] = ()) -> None:
        """baseline: the Recording, or None. graphs: [tf.Graph] here, numbered as there."""
        self.noted: List[JsonObject] = []
        self.put_in: Dict[Graph, Dict[str, TensorProto]] = {}
        self._definitions: Dict[Graph, GraphDef] = {}
        if baseline is None:
            return
        elsewhere = {(item['graph'], item['name']): item['units']
                     for item in baseline.header.get('constants', ())}
        for number, graph in enumerate(graphs):
            for name, recorded, units, array in _other(recorded_graph(baseline, number), graph):
                may_be = constants.may_be_off(array.size, contents.label(array), elsewhere.get((number, name), 0.0))
                rounds = units is not None and units <= may_be or may_be == float('inf')
                self.noted.append({'graph': number, 'name': name, 'elements': int(array.size), 'units': units,
                                   'put_in': rounds})
                if rounds:
                    self.put_in.setdefault(graph, {})[name] = recorded

    def definition(self, graph: Graph) -> GraphDef:
        """The GraphDef of a graph here, with the recorded constants put in."""
        if graph not in self._definitions:
            self._definitions[graph] = definition = graph.as_graph_def()
            recorded = self.put_in.get(graph, {})
            for node in definition.node if recorded else ():
                if node.name in recorded:
                    node.attr['value'].tensor.CopyFrom(recorded[node.name])
        return self._definitions[graph]


def _other(definition: Optional[GraphDef], graph: Graph) -> Iterator[Other]:
    """Yields each Other of a graph here. definition: the recorded one, or None."""
    there = {node.name: node.attr['value'].tensor for node in definition.node
             if node.op == 'Const'} if definition is not None else {}
    for op in graph.get_operations() if there else ():
        if op.type != 'Const' or op.name not in there or not op.outputs[0].dtype.base_dtype.is_floating:
            continue
        recorded, here = there[op.name], op.node_def.attr['value'].tensor
        if recorded == here:
            continue
        ours, theirs = (np.asarray(shim.make_ndarray(tensor)) for tensor in (recorded, here))
        if ours.dtype == theirs.dtype and ours.shape == theirs.shape \
                and contents.digest(ours) != contents.digest(theirs):
            yield Other(op.name, recorded, constants.units_off(ours, theirs), ours)
