"""One side of a comparison: a recording, with its steps and its graphs at hand."""
import functools
import re

import numpy as np

from legacy.formats import graphtable, stepnotes
from legacy.formats.arraynotes import ArrayNote
from legacy.formats.graphtable import Node, Table
from legacy.formats.recordings import Recording
from legacy.formats.stepnotes import StepNote
from legacy.formats.unrounded import labelled
from legacy.formats.values import Array, JsonObject, difference

# Ops that change a variable; plain assignments give it its first value, too.
UPDATES = re.compile('(Resource)?(Sparse)?Apply|Assign(Add|Sub)|(Resource)?Scatter')
SUMMARIES = ('Summary', 'SummaryV2')  # ends of op types that put floats into text

_table = functools.lru_cache(8)(graphtable.uncompressed)  # both sides of a check often have the same graph


class Side(Recording):
    """What a recording says by itself, whichever side of a comparison it is. steps: in order."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording.header, recording.arrays)
        self.steps = stepnotes.steps_of(recording.header)
        self._behind: dict[tuple[int, str], set[str]] = {}

    # ---- steps

    @functools.cached_property
    def by_number(self) -> dict[int, StepNote]:
        """{number: StepNote}"""
        return {step.number: step for step in self.steps}

    def kind_of(self, step: StepNote) -> JsonObject:
        """The kind of run that a step is, as the header has it."""
        return self.kinds[step.kind]

    def graph_of(self, step: StepNote) -> int:
        """The number of the graph that a step runs."""
        return int(self.kinds[step.kind]['graph'])

    def time_of(self, step: StepNote) -> int:
        """How many runs of its kind were made before a step."""
        return int(np.sum(self.runs[:step.run] == step.kind))

    def why_not(self, step: StepNote, arithmetic: str) -> str:
        """Why a step could not be had in an arithmetic; '' if nothing is known. Faults are noted once for each kind."""
        kinds = {item.number: item.kind for item in self.steps}
        return next((fault['why'] for fault in self.header['faults'] if fault['arithmetic'] == arithmetic
                     and kinds.get(fault['step']) == step.kind), '')

    def before_at(self, step: StepNote, name: str) -> Array:
        """What a variable was before a step, where its samples are taken."""
        return self.sample(step.before[name], step.places.get(name))

    def size(self, step: StepNote, group: str, name: str, noted: ArrayNote) -> float:
        """Norm of what a step computed: of a fetch itself, of a variable its change."""
        ours = self.content(noted)
        zero = self.before_at(step, name) if group == 'after' and name in step.before else np.zeros_like(ours)
        return float(np.linalg.norm(difference(zero, ours)))

    # ---- graphs

    @functools.cached_property
    def tables(self) -> dict[int, Table]:
        """{graph: graphtable.Table}. Raises RecordingError for what is none."""
        return {graph: _table(self.arrays[f'graph/{graph}'].tobytes()) for graph in range(self.header['graphs'])}

    @functools.cached_property
    def _nodes(self) -> dict[tuple[int, str], Node]:
        return {(graph, node.name): node for graph, table in self.tables.items() for node in table.nodes}

    @functools.cached_property
    def _updates(self) -> dict[tuple[int, str], Node]:
        return {(graph, given): node for (graph, _), node in self._nodes.items() if node.role == 'update'
                and UPDATES.match(node.op_type) for given in node.inputs}

    def node(self, graph: int, name: str) -> Node | None:
        """The graphtable.Node that gives a tensor, or None."""
        return self._nodes.get((graph, name.partition(':')[0]))

    def giver(self, graph: int, name: str) -> Node | None:
        """The graphtable.Node that gives a tensor, or that updates a variable, of either name; or None."""
        return self.node(graph, name) if ':' in name else self._updates.get((graph, name))

    def behind(self, graph: int, name: str) -> set[str]:
        """{op type, as `unrounded.labelled` has it} of all that a tensor, or the update of a variable, is computed
        from: asked of the same at each step, and looked for once."""
        if (graph, name) in self._behind:
            return self._behind[graph, name]
        found, seen, pending = set(), set(), [self.giver(graph, name)]
        while pending:
            node = pending.pop()
            if node is not None and node.name not in seen:
                seen.add(node.name)
                found.add(labelled(node.op_type, node.outputs))
                pending += [self.node(graph, given.lstrip('^')) for given in node.inputs]
        self._behind[graph, name] = found
        return found

    def is_summary(self, graph: int, name: str) -> bool:
        """Whether a tensor is text that a summary makes of floats, whose bits rounding moves."""
        node = self.node(graph, name)
        return node is not None and node.op_type.endswith(SUMMARIES)

    def gives_summary(self, step: StepNote, name: str) -> bool:
        """`is_summary` of what a step gives."""
        return self.is_summary(self.graph_of(step), name)

    # ---- where things are, in words

    def where(self, step: StepNote, group: str, name: str) -> str:
        """A tensor of a step in words, with its line of the script."""
        place = self.place(step, name)
        what = {'fetched': f'{name} of', 'after': f'{name} after', 'before': f'{name} before',
                'fed': f'{name} fed to'}[group]
        return f'{what} run {step.run}' + (f' ({place})' if place else '')

    def place(self, step: StepNote, name: str) -> str:
        """The line of the script that made a tensor of a step or, where none is known, that ran it; or ''."""
        kind = self.kind_of(step)
        node = self.node(kind['graph'], name)
        return str(node.line if node and node.line else kind['place'])
