"""The steps of a script's recording, made again here, against what they gave where they were recorded.

A step is a run of a session that was made again from the variables and feeds that it had (see
`formats.scriptrecording`). Names are the recording's.
"""
from dataclasses import replace

import numpy as np

from legacy.formats import graphtable
from legacy.formats.scriptrecording import sampled
from legacy.formats.values import ulps
from legacy.judge import units
from legacy.judge.drift import Drift
from legacy.judge.findings import Deviation, Finding, along, bits, deviation, largest, relative

GROUPS = ('fetched', 'after')
HALF_ULP = 2.0 ** -24  # relative: what rounding a result to float32 costs, whatever it was computed from
SUBSTANCE = 1e-5  # relative: departures in float32 that more than another way of rounding makes
CONSTANTS = 2.0 ** -20  # relative: what a few float32 constants make that another release has rounded otherwise (0.9 as 1 - 0.1)


class Recorded(object):
    """A baseline, and what follows from it alone. recording: a ScriptRecording. tables: {graph: graphtable.Table}.
    unsteady: {(step, group, name)} that its own release did not repeat, or that the script's run gave otherwise than
    the step made again."""

    def __init__(self, recording, path=''):
        self.recording, self.path = recording, path
        self.steps = recording.header['steps']
        self.tables = {}
        for graph in range(recording.header['graphs']):
            content = recording.arrays[f'graph/{graph}'].tobytes()
            self.tables[graph] = graphtable.uncompressed(content)
        self._nodes = {(graph, node.name): node for graph, table in self.tables.items() for node in table.nodes}
        self.unsteady = set()
        for step in self.steps:
            self._find_unsteady(step)

    def _find_unsteady(self, step):
        made, again, run = (step['outcomes'].get(name) for name in ('float32', 'again', 'run'))
        draws = self.recording.kinds[step['kind']]['draws']
        for group in GROUPS if made else ():
            for name, noted in made[group].items():
                same = again and name in again[group] and again[group][name][3] == noted[3]
                if same and not draws and not self.is_float(noted):  # an integer that the run gave otherwise: a race
                    same = run[group].get(name, noted)[3] == noted[3]
                if not same:
                    self.unsteady.add((step['step'], group, name))

    @staticmethod
    def is_float(noted):
        return np.dtype(noted[1]).kind == 'f'

    def node(self, graph, name):
        """The graphtable.Node that gives a tensor, or None."""
        return self._nodes.get((graph, name.partition(':')[0]))

    def where(self, step, group, name):
        """A tensor of a step in words, with its line of the script."""
        kind = self.recording.kinds[step['kind']]
        node = self.node(kind['graph'], name)
        line = node.line if node else ''
        what = f'{name} of' if group == 'fetched' else f'{name} after'
        return f'{what} run {step["run"]}' + (f' ({line or kind["place"]})' if line or kind['place'] else '')

    def origin(self, candidate, least=0.0):
        """Where a run in portable arithmetic first departs, in words: the op and its line; '' if it does not.

        least: relative; departures that are smaller do not count.
        """
        for number, tensors in self.recording.header['tensors'].items():
            graph = self.recording.kinds[self.steps[int(number)]['kind']]['graph']
            here = {tensor[0]: tensor[1:] for tensor in candidate.header['tensors'].get(number, [])}
            for name, *measured in tensors:
                node = self.node(graph, name)
                if node and name in here and _departs(measured, here[name], least):
                    return f'the first op that gives something else is {_described(node)}'
        return self._update(candidate, least)

    def _update(self, candidate, least):
        """The same where all is the same up to an op that writes a variable."""
        here = found_here(candidate)
        for number, tensors in self.recording.header['tensors'].items():
            step = self.steps[int(number)]
            graph = self.recording.kinds[step['kind']]['graph']
            for group, name, noted in self.names(step, 'portable') if tensors else ():
                item = _obtained(candidate, here.get(step['step']), 'portable', group, name)
                if group != 'after' or item is None or item[3] == noted[3] or item[1:3] != noted[1:3]:
                    continue
                ours, theirs = self.recording.content(noted), candidate.content(item)
                if relative(ours, theirs, _size(self, step, group, name, ours)) <= least:
                    continue
                writes = next((node for (of, _), node in self._nodes.items() if of == graph and node.inputs
                               and node.inputs[0] == name and node.role == 'update'), None)
                return f'the first op that does something else is {_described(writes)}' if writes else ''
        return ''

    def names(self, step, arithmetic):
        """[(group, name, noted)] that can be judged of a step."""
        outcome = step['outcomes'].get(arithmetic)
        return [(group, name, noted) for group in GROUPS for name, noted in (outcome[group] if outcome else {}).items()
                if (step['step'], group, name) not in self.unsteady]


def _described(node):
    return f'{node.name} ({node.op_type}, {node.line})' if node.line else f'{node.name} ({node.op_type})'


def _departs(there, here, least):
    """Whether a tensor is another, of [digest, shape, norm, projection]; one of another shape is another's namesake."""
    (digest, shape, norm, projection), (digest_here, shape_here, norm_here, projection_here) = there, here
    if shape != shape_here or digest == digest_here:
        return False
    return max(abs(norm - norm_here), abs(projection - projection_here)) > least * max(norm, norm_here)


def found_here(candidate):
    """{number of a baseline's step: the same step of the ScriptRecording made here}"""
    return {step['step']: step for step in candidate.header['steps']}


def _obtained(candidate, step, arithmetic, group, name):
    """The noted array, or None."""
    outcome = step['outcomes'].get(arithmetic) if step else None
    return outcome[group].get(name) if outcome else None


def float32(recorded, candidate, steps):
    """Finding on these steps in float32: every tensor in units of its noise floor, every variable's update also along
    itself, and over all steps what is systematic."""
    here, found, exact, shares, last, unmeasured = found_here(candidate), [], [], {}, {}, 0
    for step in steps:
        for group, name, noted in recorded.names(step, 'float32'):
            ours = recorded.recording.content(noted)
            item = _obtained(candidate, here.get(step['step']), 'float32', group, name)
            theirs = None if item is None or item[1:3] != noted[1:3] else candidate.content(item)
            what = recorded.where(step, group, name)
            if not recorded.is_float(noted):
                exact.append((what, ours, theirs))
            elif step['floor'] is None:
                unmeasured += 1
            else:
                unit = _unit(step['floor'][group].get(name, 0.0), ours)
                found.append(deviation(what, ours, theirs, unit, units.LIMIT))
                if group == 'after':
                    _along(recorded, step, name, ours, theirs, found, shares, last)
    found += [Deviation(f'{name}, systematic over {len(pairs)} runs', units.pooled(*zip(*pairs)), units.LIMIT,
                        *last[name]) for name, pairs in shares.items() if len(pairs) > 1]
    return _joined(recorded, candidate, found, exact, unmeasured)


def _unit(floor, values):
    """A floor, but not less than rounding the result costs; 0 for what noise does not move."""
    return max(floor, HALF_ULP * float(np.linalg.norm(np.nan_to_num(values.astype('f8'), posinf=0, neginf=0)))) \
        if floor else 0.0


def _along(recorded, step, name, ours, theirs, found, shares, last):
    before = recorded.recording.content(step['before'][name]) if name in step['before'] else None
    if before is None or theirs is None:
        return
    share, unit = along(sampled(before), ours, theirs), step['floor']['along'].get(name)
    if share is None or not unit or not units.systematic(unit):
        return
    found.append(Deviation(f'{recorded.where(step, "after", name)}, along its update', abs(share) / unit, units.LIMIT,
                           ours, theirs))
    key = f'{name} of graph {recorded.recording.kinds[step["kind"]]["graph"]}'
    shares.setdefault(key, []).append((share, unit))
    last[key] = ours, theirs


def _joined(recorded, candidate, found, exact, unmeasured):
    """One Finding on Deviations and on what must be the same bits."""
    wrong = next((item for item in exact if not _same(item)), None)
    if wrong is not None:
        return bits('', [wrong])
    if not found:
        return Finding('', True if exact else None, f'{len(exact)} arrays of whole numbers, the same' if exact else
                       'nothing that can be judged', compared=len(exact), expected=len(exact))
    finding = largest('', found, units.UNIT)
    origin = '' if finding.passed else recorded.origin(candidate, SUBSTANCE)
    said = f'; {origin}' if origin else ''
    said += f'; {len(exact)} arrays of whole numbers, the same' if exact else ''
    said += f'; {unmeasured} without a noise floor, not judged' if unmeasured else ''
    return replace(finding, text=finding.text + said)


def _same(item):
    name, ours, theirs = item
    return theirs is not None and bits('', [item]).passed


def portable(recorded, candidate):
    """Finding: every step in portable arithmetic, bit for bit, by digest."""
    here, compared, missing, first = found_here(candidate), 0, 0, None
    for step in recorded.steps:
        for group, name, noted in recorded.names(step, 'portable'):
            item = _obtained(candidate, here.get(step['step']), 'portable', group, name)
            missing += item is None
            compared += item is not None
            if first is None and (item is None or item[3] != noted[3]):
                first = recorded.where(step, group, name), recorded.recording.content(noted), (
                    None if item is None else candidate.content(item))
    if not compared and 'portable' in candidate.header['faults']:
        return Finding('', None, 'it could not be had here' + _why(candidate, 'portable'))
    if not compared + missing:
        return Finding('', None, 'no step was recorded in portable arithmetic' + _why(recorded, 'portable'))
    if missing or first:
        found = bits('', [first])
        text = found.text if not found.passed else f'{first[0]}: other elements than the sample'
        if missing:
            text += f'; {missing} of {compared + missing} arrays could not be had' + _why(candidate, 'portable')
        origin = recorded.origin(candidate)
        text += f'; {origin}' if origin else ''
        return Finding('', False, text, found.deviation or float('inf'), 0, found.ulp, found.first, compared,
                       compared + missing)
    unknown = not_pinned(recorded, candidate)
    text = f'{compared} arrays of {len(recorded.steps)} runs bit-identical'
    text += f', but for what it does not pin: {", ".join(unknown)}' if unknown else ''
    return Finding('', True, text, 0.0, 0, 0.0, None, compared, compared)


def not_pinned(recorded, candidate, arithmetic='portable'):
    """Op types of the steps that an arithmetic leaves as they are."""
    return sorted(set(recorded.recording.header['unknown'].get(arithmetic, []))
                  | set(candidate.header['unknown'].get(arithmetic, [])))


def _why(of, arithmetic):
    header = of.recording.header if isinstance(of, Recorded) else of.header
    return f' ({header["faults"][arithmetic]})' if arithmetic in header['faults'] else ''


def float64(recorded, candidate):
    """Finding: every step in float64. A deviation may be LIMIT floors, scaled to float64 unless some op
    has no float64, and a few constants' rounding of what the step changed."""
    here, found = found_here(candidate), []
    narrow = not_pinned(recorded, candidate, 'float64')
    scale = 1.0 if narrow else units.FLOAT64
    for step in recorded.steps:
        if step['floor'] is None:
            continue
        for group, name, noted in recorded.names(step, 'float64'):
            if not recorded.is_float(noted):
                continue
            ours = recorded.recording.content(noted)
            item = _obtained(candidate, here.get(step['step']), 'float64', group, name)
            theirs = None if item is None or item[1:3] != noted[1:3] else candidate.content(item)
            allowed = units.LIMIT * scale * step['floor'][group].get(name, 0.0) + CONSTANTS * _size(
                recorded, step, group, name, ours)
            if allowed:
                found.append(deviation(recorded.where(step, group, name), ours, theirs, allowed, 1.0))
    if not found:
        return Finding('', None, 'no step was recorded in float64' + _why(recorded, 'float64'))
    if 'float64' in candidate.header['faults'] and all(item.obtained is None for item in found):
        return Finding('', None, 'it could not be had here' + _why(candidate, 'float64'), None, None, None, None, 0, len(found))
    finding = largest('', found, ' of what rounding and constants allow')
    text = f'; {", ".join(narrow)} in float32, which has no float64' if narrow else ''
    return replace(finding, text=finding.text + text)


def _size(recorded, step, group, name, ours):
    """Norm of what a step computed: of a fetch itself, of a variable its change."""
    values = np.asarray(ours, 'f8')
    if group == 'after' and name in step['before']:
        values = values - np.asarray(sampled(recorded.recording.content(step['before'][name])), 'f8')
    return float(np.linalg.norm(np.nan_to_num(values, posinf=0, neginf=0)))


def repeatable(recorded, candidate):
    """Finding: every step twice on this TensorFlow, in sessions of their own, gives the same bits."""
    found = []
    for step in candidate.header['steps']:
        outcome, again = step['outcomes'].get('float32'), step['outcomes'].get('again')
        for group in GROUPS if outcome and again else ():
            for name, noted in outcome[group].items():
                if (step['step'], group, name) in recorded.unsteady:
                    continue
                what = recorded.where(recorded.steps[step['step']], group, name)
                if again[group].get(name, (0, 0, 0, None))[3] != noted[3]:
                    item = again[group].get(name)
                    return bits('', [(what, candidate.content(noted), item and candidate.content(item))])
                found.append(what)
    return Finding('', True if found else None, f'{len(found)} arrays of {len(candidate.header["steps"])} runs twice, '
                   'the same bits' if found else 'no run could be made twice', 0.0, 0, 0.0, None, len(found), len(found))


def kernels(recorded, candidate):
    """[drift.Drift] of the ops of the first steps, each alone on inputs in portable arithmetic, that both sides have;
    and how many there are of which one side has none."""
    by_type, missing = {}, 0
    for number, answers in recorded.recording.header['kernels'].items():
        graph = recorded.recording.kinds[recorded.steps[int(number)]['kind']]['graph']
        here = dict(candidate.header['kernels'].get(number, []))
        for name, noted in answers:
            node = recorded.node(graph, name)
            if node is None or name not in here or here[name][1:3] != noted[1:3] or not recorded.is_float(noted):
                missing += 1
                continue
            ours, theirs = recorded.recording.content(noted), candidate.content(here[name])
            by_type.setdefault(node.op_type, []).append((node, ours, theirs))
    return [_drift(op_type, found) for op_type, found in sorted(by_type.items())], missing


def _drift(op_type, found):
    distances = [np.ravel(ulps(ours, theirs)) for _, ours, theirs in found]
    everything = np.concatenate(distances)
    first = next((f'{node.name} ({node.line})' for (node, _, _), distance in zip(found, distances) if distance.any()), '')
    return Drift(op_type, len(found), everything.size, int((everything > 0).sum()), int(everything.max(initial=0)),
                 float(everything.mean()) if everything.size else 0.0, 0.0, (), first)
