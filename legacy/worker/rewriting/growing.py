"""The rewritten graph of a graph that grows while it runs. Runs on Python 3.6.

What was written stays as it is, since sessions hold the state of its nodes: of variables, iterators, queues, random
ops. Only what the graph has got since is rewritten, and imported beside the rest. Two things follow from that:
- Whether a variable will have a rewritten update is not known when its readings are written. So all of them are copies
  (see `rewriter`).
- An update that is written cannot wait for a reading that is made later. Such a reading takes the value of the first
  one, for which the update waits.
"""
from typing import Dict, Iterable, Optional, Set

from legacy.shim import tf
from legacy.worker.rewriting.nodes import ULPS, TensorName, node_of, tensor_name
from legacy.worker.rewriting.optypes import VARIABLES
from legacy.worker.rewriting.rewriter import Rewriter, Rules, import_into
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import types_of_ops
from legacy.worker.tfobjects import FunctionDef, Graph, GraphDef, NodeDef, Tensor


class Growing(Rewriter):
    """graph: what is written. report: what became of all nodes so far. library: functions of the original by name,
    whose bodies are left as they are."""

    def __init__(self, rules: Rules) -> None:
        super(Growing, self).__init__(tf.GraphDef(), rules, {})
        self.graph: Graph = tf.Graph()
        self.library: Dict[str, FunctionDef] = {}
        self._closed: Set[str] = set()
        self._read = 0  # _closed: variables with an update that is written; _read: ops of the original that are
        self.rules.prepare(self.nodes)

    def follow(self, original: Graph) -> None:
        """Write what the tf.Graph `original` has got since the last call. Raises ValueError, and what TensorFlow
        raises where it cannot import what was written."""
        operations = original.get_operations()[self._read:]
        if not operations:
            return
        definition = self._start(original)
        names = {op.name for op in operations}
        nodes = [node for node in definition.node if node.name in names] if definition is not None else [
            op.node_def for op in operations]
        self.nodes.take(names)
        self.source.extend(nodes, types_of_ops(operations))
        self.rules.grown()
        self._note(nodes)
        self.write(nodes)
        self._closed.update(name for node in nodes for name in self.updates_of(node))
        self._import()
        self._read += len(operations)

    def _start(self, original: Graph) -> Optional[GraphDef]:
        """Begin a GraphDef with all functions that its nodes may call. Returns the original's, where it is needed: for
        a few nodes it would be much work."""
        written, batch = self.nodes.graph_def, tf.GraphDef()
        batch.library.CopyFrom(written.library)
        definition = original.as_graph_def() if not self._read or getattr(original, '_functions', True) else None
        batch.versions.CopyFrom(original.graph_def_versions if definition is None else definition.versions)
        for function in definition.library.function if definition is not None else ():
            if function.signature.name not in self.library:
                self.library[function.signature.name] = function
                batch.library.function.add().CopyFrom(function)
        if not self._read:  # what the rules have prepared
            batch.node.extend(written.node)
        self.nodes.graph_def = batch
        return definition

    def _note(self, nodes: Iterable[NodeDef]) -> None:
        for node in nodes:
            if node.op in VARIABLES and not self.rules.updates_stay and node.attr['dtype'].type in ULPS:
                self.updated.add(node.name)
        for node in nodes:
            self.note_reading(node)

    def leave(self, site: Site) -> None:
        first = self.plain_read(site.inputs[0]) if self.is_plain_reading(site.node) else None
        if first and self._is_late(site, first):
            self.report.add('moved', site.node)
            site.finish('Identity', first, T=site.out_dtype())
        else:
            super(Growing, self).leave(site)

    def _is_late(self, site: Site, first: str) -> bool:
        """Whether the update of the variable that a node reads is written, and its first reading with it."""
        return node_of(site.inputs[0]) in self._closed and first != site.name

    def _import(self) -> None:
        """Add what was written to the graph. What it takes from nodes that are there already is mapped; to wait for one
        is added afterwards, since an op that gives nothing cannot be mapped."""
        batch, waits = self.nodes.graph_def, []
        known: Dict[TensorName, Tensor] = {}
        new = {node.name for node in batch.node}
        for node in batch.node:
            if self._read:
                node.attr.pop('_class', None)  # ops that it is placed with may be there already
            for k in range(len(node.input) - 1, -1, -1):
                name = node.input[k]
                if node_of(name) in new:
                    continue
                if name.startswith('^'):
                    waits.append((node.name, node_of(name)))
                    del node.input[k]
                else:
                    name = tensor_name(name)
                    known[name] = self.graph.get_tensor_by_name(name if ':' in name else name + ':0')
        import_into(self.graph, batch, known)
        find = self.graph.get_operation_by_name
        for name, awaited in waits:
            find(name)._add_control_inputs([find(awaited)])

    def tensor(self, name: str) -> Tensor:
        """The tensor that stands for one of the original, by its name."""
        name = self.renamed.get(tensor_name(name), tensor_name(name))
        return self.graph.get_tensor_by_name(name if ':' in name else name + ':0')
