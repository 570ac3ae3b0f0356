"""What random ops, iterators, queues and Python functions gave the kept runs, here against there, by itself: before any
loss, and named by its line."""
import typing
from dataclasses import replace

import numpy as np

from legacy.formats import causes, dtypes
from legacy.formats.graphtable import Node, producer
from legacy.formats.stepnotes import StepNote
from legacy.formats.values import Array, Json
from legacy.judge import causewords, inputcauses
from legacy.judge.findings import Finding, relative
from legacy.judge.floors import Units
from legacy.judge.pairing import Pair, Pairing
from legacy.judge.tensormeasures import Asked, rounding, within

if typing.TYPE_CHECKING:
    from legacy.judge.ladder import Case

UNITS = 16.0  # in the last place, normwise: numpy's rounding in a Python function or an iterator
FEW = 3  # sources that are named


def judged(step: StepNote, name: str) -> bool:
    """Whether a source's values are to be the recorded ones: neither noise nor a second run moves them."""
    moved = step.state.get('fed', {}).get(name)
    return moved is None or moved.steady


class Sources:
    """What the sources gave here, against what they gave there. asked: a tensormeasures.Asked. causes: [causes.Cause]
    of those that give something else, in the order of the runs."""

    def __init__(self, pairing: Pairing) -> None:
        self._pairing, self._there, self._here = pairing, pairing.there, pairing.here
        self.asked = Asked()
        self._departing: dict[tuple[int, str], causes.Cause] = {}  # by graph and source
        for step in sorted(self._there.steps, key=lambda step: step.run):
            made = pairing.step(step)
            for name in self._there.kind_of(step)['sources']:
                if name not in step.fed or not judged(step, name):
                    continue
                pair = Pair(step, 'fed', name, step.fed[name], made.fed.get(name) if made else None)
                self.asked.expected += 1
                if made is None and not pairing.baseline.expects(step):
                    self.asked.lacks.add('other runs', pairing.where(pair))
                else:
                    self._compare(pair)
        self.causes = [item._replace(ways=item.ways or self._ways(graph, name))
                       for (graph, name), item in self._departing.items()]

    def _compare(self, pair: Pair) -> None:
        there, here, what, place = self._there, self._here, self._pairing.where(pair), self._pairing.place(pair)
        if pair.is_same:
            self.asked.same(exact=not pair.there.is_float)
            return
        if pair.is_alike and pair.there.is_float:
            least = Units(*[2 * half for half in rounding(there, pair.there)])
            found = within(there, here, what, pair.there, pair.here, least, UNITS)
            if found is not None and all(off.relative <= off.tolerance for off in found):
                self.asked.deviates(*found, place=place)
                return
        ours = there.comparable(pair.there)
        theirs = None if pair.here is None else here.comparable(pair.here)
        self.asked.differs(what, ours, theirs, place)
        key = there.graph_of(pair.step), pair.name
        if key not in self._departing:
            self._departing[key] = self._cause(pair, ours, theirs)

    def _cause(self, pair: Pair, ours: Array, theirs: Array | None) -> causes.Cause:
        step, name = pair.step, pair.name
        values, ways = inputcauses.apart(ours, theirs)
        size = float('inf')
        if values and theirs is not None and ours.shape == theirs.shape:
            size = relative(ours, theirs)
        return causes.cause('source', step=step.number, run=step.run, departs=name, values=values, ways=ways,
                            size=size if np.isfinite(size) else None,
                            **{'line': '', **inputcauses.place(self._pairing, self._there.graph_of(step), name,
                                                               self._pairing.name_here(step.kind, name))})

    def _ways(self, graph: int, name: str) -> list[Json]:
        """[[way, line]]: what is known of how a source came to give something else."""
        found = [['reordered', '']] if self._is_reordered(name) else []
        node = self._there.node(graph, name)
        for other in self._there.tables[graph].nodes if node and node.op_type.startswith('Iterator') else ():
            given = self._there.node(graph, producer(other.inputs[0])[0]) if other.inputs else None
            if other.op_type == 'RepeatDataset' and given is not None and given.op_type == 'ShuffleDataset':
                return [*found, ['fused', other.line]]
            if other.op_type.startswith('ParallelMapDataset') and self._draws_in_parallel(graph, other):
                return [*found, ['parallel', other.line]]
        return found

    def _draws_in_parallel(self, graph: int, node: Node) -> bool:
        """Whether a map makes several calls at once, where some function of the script draws random numbers: which are
        then dealt out as threads come."""
        calls = self._there.node(graph, producer(node.inputs[-1])[0])
        return (calls is None or calls.value != '1') and inputcauses.draws_in_functions(self._there)

    def _is_reordered(self, name: str) -> bool:
        """Whether the kept runs together got the same values, in another order."""
        pairs = [(step.fed[name], made.fed[name]) for step, made in
                 ((step, self._pairing.step(step)) for step in self._there.steps if name in step.fed)
                 if made is not None and name in made.fed and step.fed[name].dtype != dtypes.TEXT]
        if not pairs:
            return False
        ours, theirs = (np.sort(np.concatenate([np.ravel(side.comparable(note)) for note in notes]))
                        for side, notes in zip((self._there, self._here), zip(*pairs)))
        return ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def finding(case: 'Case') -> Finding:
    """Finding: every source gave the recorded values, but for the rounding of what Python computed. case: see
    `ladder.Case`."""
    asked, departing = case.sources.asked, case.sources.causes
    found = asked.finding(' units in the last place', '', 'of whole numbers or text')
    if departing:
        text = '; '.join(causewords.said(item) for item in departing[:FEW])
        text += f' and {len(departing) - FEW} more' if len(departing) > FEW else ''
        return replace(found, text=f'{text}; {asked.compared} compared')
    return found
