"""Where the steps of a script first depart in portable arithmetic: the op and its line."""
from legacy.judge.findings import relative
from legacy.judge.scriptrecorded import found_here, obtained, size


def origin(recorded, candidate, least=0.0):
    """Where a run in portable arithmetic first departs, in words: the op and its line; '' if it does not.

    least: relative; departures that are smaller do not count.
    """
    other = recorded.view(candidate)
    for number, tensors in recorded.recording.header['tensors'].items():
        graph = recorded.recording.kinds[recorded.steps[int(number)]['kind']]['graph']
        here = {tensor[0]: tensor[1:] for tensor in candidate.header['tensors'].get(number, [])}
        for name, *measured in tensors:
            node = recorded.node(graph, name)
            namesake = other.node(graph, name)
            if node and namesake and node.inputs == namesake.inputs and name in here and _departs(
                    measured, here[name], least):
                return f'the first op that gives something else is {_described(node)}'
    return _update(recorded, candidate, least)


def _update(recorded, candidate, least):
    """The same where all is the same up to an op that writes a variable."""
    here = found_here(candidate)
    for number, tensors in recorded.recording.header['tensors'].items():
        step = recorded.steps[int(number)]
        graph = recorded.recording.kinds[step['kind']]['graph']
        for group, name, noted in recorded.names(step, 'portable') if tensors else ():
            item = obtained(here.get(step['step']), 'portable', group, name)
            if group != 'after' or item is None or item[3] == noted[3] or item[1:3] != noted[1:3]:
                continue
            ours, theirs = recorded.recording.content(noted), candidate.content(item)
            if relative(ours, theirs, size(recorded, step, group, name, ours)) <= least:
                continue
            writes = recorded.giver(graph, name)
            return f'the first op that does something else is {_described(writes)}' if writes else ''
    return ''


def _described(node):
    return f'{node.name} ({node.op_type}, {node.line})' if node.line else f'{node.name} ({node.op_type})'


def _departs(there, here, least):
    """Whether a tensor is another, of [digest, shape, norm, projection]; one of another shape is another's namesake."""
    (digest, shape, norm, projection), (digest_here, shape_here, norm_here, projection_here) = there, here
    if shape != shape_here or digest == digest_here:
        return False
    return max(abs(norm - norm_here), abs(projection - projection_here)) > least * max(norm, norm_here)
