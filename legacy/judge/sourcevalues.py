"""What random ops, iterators, queues and Python functions gave the kept runs, here against there, by itself: before any
loss, and named by its line."""
import typing
from dataclasses import replace

import numpy as np

from legacy.formats import causes, contents
from legacy.formats.contents import Noted
from legacy.formats.graphtable import Node, producer
from legacy.formats.recordings import Recording
from legacy.formats.values import Array, Json, JsonObject
from legacy.judge import causewords, inputcauses
from legacy.judge.findings import Finding, relative
from legacy.judge.floors import Units
from legacy.judge.noted import digest_of, dtype_of, form_of
from legacy.judge.recordedside import Recorded, found_here
from legacy.judge.tensormeasures import Asked, rounding, within

if typing.TYPE_CHECKING:
    from legacy.judge.ladder import Case

UNITS = 16.0  # in the last place, normwise: numpy's rounding in a Python function or an iterator
FEW = 3  # sources that are named


def judged(recorded: Recorded, step: JsonObject, name: str) -> bool:
    """Whether a source's values are to be the recorded ones: neither noise nor a second run moves them."""
    moved = step['state'].get('fed', {}).get(name)
    return moved is None or moved['steady']


class Sources:
    """What the sources of a recording gave, against those of a Recording made here. asked: a
    tensormeasures.Asked. causes: [causes.Cause] of those that give something else, in the order of the runs."""

    def __init__(self, recorded: Recorded, candidate: Recording) -> None:
        self._recorded, self._candidate, self._here = recorded, candidate, found_here(candidate)
        self.asked = Asked()
        self._departing: dict[tuple[int, str], causes.Cause] = {}  # by graph and source
        for step in sorted(recorded.steps, key=lambda step: step['run']):
            made = self._here.get(step['step'])
            for name in recorded.recording.kinds[step['kind']]['sources']:
                if name not in step['fed'] or not judged(recorded, step, name):
                    continue
                self.asked.expected += 1
                if made is None and not recorded.expects(step):
                    self.asked.lacks.add('other runs', recorded.where(step, 'fed', name))
                else:
                    self._compare(step, name, made['fed'].get(name) if made else None)
        self.causes = [item._replace(ways=item.ways or self._ways(graph, name))
                       for (graph, name), item in self._departing.items()]

    def _compare(self, step: JsonObject, name: str, item: Noted | None) -> None:
        recorded, candidate, noted = self._recorded, self._candidate, step['fed'][name]
        what = recorded.where(step, 'fed', name)
        if item is not None and digest_of(item) == digest_of(noted):
            self.asked.same(exact=not contents.is_float(dtype_of(noted)))
            return
        if item is not None and form_of(item) == form_of(noted) and contents.is_float(dtype_of(noted)):
            least = Units(*[2 * half for half in rounding(recorded.recording, noted)])
            found = within(recorded.recording, candidate, what, noted, item, least, UNITS)
            if found is not None and all(off.relative <= off.tolerance for off in found):
                self.asked.deviates(*found, place=recorded.place(step, name))
                return
        ours = recorded.recording.comparable(noted)
        theirs = None if item is None else candidate.comparable(item)
        self.asked.differs(what, ours, theirs, recorded.place(step, name))
        graph = recorded.recording.kinds[step['kind']]['graph']
        if (graph, name) not in self._departing:
            self._departing[graph, name] = self._cause(step, graph, name, ours, theirs)

    def _cause(self, step: JsonObject, graph: int, name: str, ours: Array, theirs: Array | None) -> causes.Cause:
        values, ways = inputcauses.apart(ours, theirs)
        size = float('inf')
        if values and theirs is not None and ours.shape == theirs.shape:
            size = relative(ours, theirs)
        names: dict[str, str] = next(
            (kind['names'] for kind in self._candidate.kinds if kind['matched'] == step['kind']), {})
        return causes.cause('source', step=step['step'], run=step['run'], departs=name, values=values, ways=ways,
                            size=size if np.isfinite(size) else None,
                            **{'line': '', **inputcauses.place(self._recorded, self._candidate, graph, name,
                                                               names.get(name, ''))})

    def _ways(self, graph: int, name: str) -> list[Json]:
        """[[way, line]]: what is known of how a source came to give something else."""
        found = [['reordered', '']] if self._is_reordered(name) else []
        node = self._recorded.node(graph, name)
        for other in self._recorded.tables[graph].nodes if node and node.op_type.startswith('Iterator') else ():
            given = self._recorded.node(graph, producer(other.inputs[0])[0]) if other.inputs else None
            if other.op_type == 'RepeatDataset' and given is not None and given.op_type == 'ShuffleDataset':
                return [*found, ['fused', other.line]]
            if other.op_type.startswith('ParallelMapDataset') and self._draws_in_parallel(graph, other):
                return [*found, ['parallel', other.line]]
        return found

    def _draws_in_parallel(self, graph: int, node: Node) -> bool:
        """Whether a map makes several calls at once, where some function of the script draws random numbers: which are
        then dealt out as threads come."""
        calls = self._recorded.node(graph, producer(node.inputs[-1])[0])
        return (calls is None or calls.value != '1') and inputcauses.draws_in_functions(self._recorded)

    def _is_reordered(self, name: str) -> bool:
        """Whether the kept runs together got the same values, in another order."""
        here = self._here
        steps = [step for step in self._recorded.steps if name in step['fed'] and step['step'] in here
                 and name in here[step['step']]['fed'] and dtype_of(step['fed'][name]) != contents.TEXT]
        sides = [[np.ravel(side.comparable(item)) for item in items] for side, items in (
            (self._recorded.recording, [step['fed'][name] for step in steps]),
            (self._candidate, [here[step['step']]['fed'][name] for step in steps]))]
        if not steps:
            return False
        ours, theirs = (np.sort(np.concatenate(values)) for values in sides)
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
