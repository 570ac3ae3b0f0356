"""What random ops, iterators, queues and Python functions gave the kept runs, here against there, by itself: before any
loss, and named by its line."""
import typing
from dataclasses import replace

import numpy as np

from legacy.formats import contents
from legacy.formats.graphtable import producer
from legacy.judge.findings import bits
from legacy.judge.scriptmeasures import OTHER_ELEMENTS, Asked, rounding, within
from legacy.judge.scriptrecorded import found_here

UNITS = 16.0  # in the last place, normwise: numpy's rounding in a Python function or an iterator
FEW = 3  # sources that are named


class Departs(typing.NamedTuple):
    """A source that gives something else. run: the first kept run. text: what is other there. reordered: whether the
    kept runs got the same values in another order."""
    graph: int
    name: str
    run: int
    text: str
    reordered: bool


def judged(recorded, step, name):
    """Whether a source's values are to be the recorded ones: neither noise nor a second run moves them."""
    moved = step['state'].get('fed', {}).get(name)
    return moved is None or moved['steady']


def finding(case):
    """Finding: every source gave the recorded values, but for the rounding of what Python computed. case: see
    `scriptladder.Case`."""
    recorded, candidate = case.recorded, case.candidate
    asked, here, departs = Asked(), found_here(candidate), {}
    for step in sorted(recorded.steps, key=lambda step: step['run']):
        kind, made = recorded.recording.kinds[step['kind']], here.get(step['step'])
        for name in kind['sources']:
            if name not in step['fed'] or not judged(recorded, step, name):
                continue
            asked.expected += 1
            if made is None and not recorded.expects(step):
                asked.lacks.add('other runs', recorded.where(step, 'fed', name))
            else:
                _compare(case, asked, step, name, made and made['fed'].get(name), departs)
    found = asked.finding(' units in the last place', '', 'of whole numbers or text')
    if departs:
        text = '; '.join(_in_words(case, item) for item in list(departs.values())[:FEW])
        text += f' and {len(departs) - FEW} more' if len(departs) > FEW else ''
        return replace(found, text=f'{text}; {asked.compared} compared')
    return found


def _compare(case, asked, step, name, item, departs):
    recorded, candidate, noted = case.recorded, case.candidate, step['fed'][name]
    what, key = recorded.where(step, 'fed', name), (recorded.recording.kinds[step['kind']]['graph'], name)
    if item is not None and item[3] == noted[3]:
        asked.same(exact=not contents.is_float(noted[1]))
        return
    if item is not None and item[1:3] == noted[1:3] and contents.is_float(noted[1]):
        least = tuple(2 * half for half in rounding(recorded.recording, noted))
        found = within(recorded.recording, candidate, what, noted, item, least, UNITS)
        if found is not None and all(off.relative <= off.tolerance for off in found):
            asked.deviates(*found)
            return
    ours = recorded.recording.comparable(noted)
    theirs = None if item is None else candidate.comparable(item)
    asked.differs(what, ours, theirs)
    if key not in departs:
        other = bits('', [(what, ours, theirs)])
        text = other.text if not other.passed else f'{what}: {OTHER_ELEMENTS}'
        departs[key] = Departs(*key, step['run'], text, _reordered(case, *key))


def _reordered(case, graph, name):
    """Whether the kept runs together got the same values, in another order."""
    here = found_here(case.candidate)
    steps = [step for step in case.recorded.steps if name in step['fed'] and step['step'] in here
             and name in here[step['step']]['fed'] and step['fed'][name][1] != contents.TEXT]
    sides = [[np.ravel(side.comparable(item)) for item in items] for side, items in (
        (case.recorded.recording, [step['fed'][name] for step in steps]),
        (case.candidate, [here[step['step']]['fed'][name] for step in steps]))]
    if not steps:
        return False
    ours, theirs = (np.sort(np.concatenate(values)) for values in sides)
    return ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes()


def _in_words(case, item):
    recorded = case.recorded
    node = recorded.node(item.graph, item.name)
    what = f'{node.op_type}{f" at {node.line}" * bool(node.line)}' if node is not None else item.name
    said = f'{what} gives something else from run {item.run} on: {item.text}'
    return said + ', the same values in another order' * item.reordered + _why(recorded, node, item.graph)


def _why(recorded, node, graph):
    """What is known to make an iterator give another order from the same seeds, in words; '' if nothing is."""
    if node is None or not node.op_type.startswith('Iterator'):
        return ''
    for other in recorded.tables[graph].nodes:
        given = recorded.node(graph, producer(other.inputs[0])[0]) if other.inputs else None
        if other.op_type == 'RepeatDataset' and given is not None and given.op_type == 'ShuffleDataset':
            return (f'; a release may make one op of the shuffle and the repeat at {other.line}, as 1.15 does, which '
                    'draws another order from the same seeds')
    return ''

