"""The ops of a script's first steps, each alone, against what they gave where they were recorded."""
import numpy as np

from legacy.formats import contents
from legacy.formats.values import ulps
from legacy.judge.drift import Drift


def drifts(recorded, candidate):
    """[drift.Drift] of the ops of the first steps, each alone on inputs in portable arithmetic, that both sides have;
    and how many there are of which one side has none."""
    by_type, missing = {}, 0
    for number, answers in recorded.recording.header['kernels'].items():
        graph = recorded.recording.kinds[recorded.steps[int(number)]['kind']]['graph']
        here = dict(candidate.header['kernels'].get(number, []))
        exact, exact_here = ({tensor[0]: tensor[1] for tensor in side.header['tensors'].get(number, [])}
                             for side in (recorded.recording, candidate))
        for name, noted in answers:
            node = recorded.node(graph, name)
            if node is None or name not in here or here[name][1:3] != noted[1:3] or not contents.is_float(noted[1]) \
                    or exact.get(name) != exact_here.get(name):  # another op of the same name, or other inputs
                missing += 1
                continue
            ours, theirs = recorded.recording.content(noted), candidate.content(here[name])
            by_type.setdefault(node.op_type, []).append((node, ours, theirs))
    return [_drift(op_type, found) for op_type, found in sorted(by_type.items())], missing


def _drift(op_type, found):
    distances = [np.ravel(ulps(ours, theirs)) for _, ours, theirs in found]
    everything = np.concatenate(distances)
    first = next((f'{node.name} ({node.line})' for (node, _, _), distance in zip(found, distances)
                  if distance.any()), '')
    return Drift(op_type, len(found), everything.size, int((everything > 0).sum()), int(everything.max(initial=0)),
                 float(everything.mean()) if everything.size else 0.0, 0.0, (), first)
