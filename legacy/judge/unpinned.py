"""Runs that depart in portable arithmetic since it leaves some ops as they are, whose kernels round otherwise here, and
through no formula: both graphs give the same bits on this TensorFlow."""
from collections.abc import Collection

from legacy.formats.recordings import Recording
from legacy.judge import exactness
from legacy.judge.noted import digest_of
from legacy.judge.recordedside import Recorded, found_here, obtained


def op_types(recorded: Recorded, candidate: Recording, alike: Collection[int],
             not_pinned: Collection[str]) -> list[str]:
    """[op type] of those that make portable runs others, in alphabetical order; empty where something else may.

    alike: numbers of steps of which both graphs give the same bits here. Every step that departs must be one, and of
    its ops those that give other bits of the same inputs must all be of types that are not pinned.
    """
    if not _departing(recorded, candidate) <= set(alike):
        return []
    found = set()
    for number in recorded.recording.header['tensors']:
        graph = recorded.recording.kinds[recorded.steps[int(number)]['kind']]['graph']
        there, here = ({name: (digest, shape) for name, digest, shape, *_ in side.header['tensors'].get(number, [])}
                       for side in (recorded.recording, candidate))
        same = {name for name, known in there.items() if here.get(name) == known}
        for name, (_, shape) in there.items():
            # of another shape it is by another attribute, which no kernel makes
            if name in here and name not in same and here[name][1] == shape and exactness.was_given_the_same(
                    recorded, recorded.view(candidate), graph, name, there, same):
                node = recorded.node(graph, name)
                found.add(node.op_type if node else '')
    return sorted(found) if found <= set(not_pinned) else []


def _departing(recorded: Recorded, candidate: Recording) -> set[int]:
    """Numbers of the steps that have other bits in portable arithmetic, or lack some."""
    here = found_here(candidate)
    return {step['step'] for step in recorded.steps for group, name, noted in recorded.names(step, 'portable')
            if (item := obtained(here.get(step['step']), 'portable', group, name)) is None
            or digest_of(item) != digest_of(noted)}
