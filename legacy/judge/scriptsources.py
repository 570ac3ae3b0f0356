"""What random ops, iterators, queues and Python functions gave the kept runs, here against there, by itself: before any
loss, and named by its line."""
from dataclasses import replace

import numpy as np

from legacy.formats import causes, contents
from legacy.formats.graphtable import producer
from legacy.judge import causewords, inputcauses
from legacy.judge.findings import relative
from legacy.judge.scriptmeasures import Asked, rounding, within
from legacy.judge.scriptrecorded import found_here

UNITS = 16.0  # in the last place, normwise: numpy's rounding in a Python function or an iterator
FEW = 3  # sources that are named


def judged(recorded, step, name):
    """Whether a source's values are to be the recorded ones: neither noise nor a second run moves them."""
    moved = step['state'].get('fed', {}).get(name)
    return moved is None or moved['steady']


class Sources:
    """What the sources of a recording gave, against those of a ScriptRecording made here. asked: a
    scriptmeasures.Asked. causes: [causes.Cause] of those that give something else, in the order of the runs."""

    def __init__(self, recorded, candidate):
        self._recorded, self._candidate, self._here = recorded, candidate, found_here(candidate)
        self.asked, self._departing = Asked(), {}  # {(graph, source): Cause}
        for step in sorted(recorded.steps, key=lambda step: step['run']):
            made = self._here.get(step['step'])
            for name in recorded.recording.kinds[step['kind']]['sources']:
                if name not in step['fed'] or not judged(recorded, step, name):
                    continue
                self.asked.expected += 1
                if made is None and not recorded.expects(step):
                    self.asked.lacks.add('other runs', recorded.where(step, 'fed', name))
                else:
                    self._compare(step, name, made and made['fed'].get(name))
        self.causes = [item._replace(ways=item.ways or self._ways(graph, name))
                       for (graph, name), item in self._departing.items()]

    def _compare(self, step, name, item):
        recorded, candidate, noted = self._recorded, self._candidate, step['fed'][name]
        what = recorded.where(step, 'fed', name)
        if item is not None and item[3] == noted[3]:
            self.asked.same(exact=not contents.is_float(noted[1]))
            return
        if item is not None and item[1:3] == noted[1:3] and contents.is_float(noted[1]):
            least = tuple(2 * half for half in rounding(recorded.recording, noted))
            found = within(recorded.recording, candidate, what, noted, item, least, UNITS)
            if found is not None and all(off.relative <= off.tolerance for off in found):
                self.asked.deviates(*found)
                return
        ours = recorded.recording.comparable(noted)
        theirs = None if item is None else candidate.comparable(item)
        self.asked.differs(what, ours, theirs)
        graph = recorded.recording.kinds[step['kind']]['graph']
        if (graph, name) not in self._departing:
            self._departing[graph, name] = self._cause(step, graph, name, ours, theirs)

    def _cause(self, step, graph, name, ours, theirs):
        values, ways = inputcauses.apart(ours, theirs)
        size = relative(ours, theirs) if values and ours.shape == theirs.shape else float('inf')
        names = next((kind['names'] for kind in self._candidate.kinds if kind['matched'] == step['kind']), {})
        return causes.cause('source', step=step['step'], run=step['run'], departs=name, values=values, ways=ways,
                            size=size if np.isfinite(size) else None,
                            **{'line': '', **inputcauses.place(self._recorded, self._candidate, graph, name,
                                                               names.get(name, ''))})

    def _ways(self, graph, name):
        """[[way, line]]: what is known of how a source came to give something else."""
        found = [['reordered', '']] if self._is_reordered(name) else []
        node = self._recorded.node(graph, name)
        for other in self._recorded.tables[graph].nodes if node and node.op_type.startswith('Iterator') else ():
            given = self._recorded.node(graph, producer(other.inputs[0])[0]) if other.inputs else None
            if other.op_type == 'RepeatDataset' and given is not None and given.op_type == 'ShuffleDataset':
                return [*found, ['fused', other.line]]
        return found

    def _is_reordered(self, name):
        """Whether the kept runs together got the same values, in another order."""
        here = self._here
        steps = [step for step in self._recorded.steps if name in step['fed'] and step['step'] in here
                 and name in here[step['step']]['fed'] and step['fed'][name][1] != contents.TEXT]
        sides = [[np.ravel(side.comparable(item)) for item in items] for side, items in (
            (self._recorded.recording, [step['fed'][name] for step in steps]),
            (self._candidate, [here[step['step']]['fed'][name] for step in steps]))]
        if not steps:
            return False
        ours, theirs = (np.sort(np.concatenate(values)) for values in sides)
        return ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def finding(case):
    """Finding: every source gave the recorded values, but for the rounding of what Python computed. case: see
    `scriptladder.Case`."""
    asked, departing = case.sources.asked, case.sources.causes
    found = asked.finding(' units in the last place', '', 'of whole numbers or text')
    if departing:
        text = '; '.join(causewords.said(item) for item in departing[:FEW])
        text += f' and {len(departing) - FEW} more' if len(departing) > FEW else ''
        return replace(found, text=f'{text}; {asked.compared} compared')
    return found
