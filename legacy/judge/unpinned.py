"""Runs that depart in portable arithmetic since it leaves some ops as they are, whose kernels round otherwise here, and
through no formula: both graphs give the same bits on this TensorFlow."""
from collections.abc import Collection

from legacy.formats.causes import Found
from legacy.formats.recordings import Recording
from legacy.judge.noted import digest_of
from legacy.judge.recordedside import Recorded, found_here, obtained


def ops(recorded: Recorded, candidate: Recording, found: Found, not_pinned: Collection[str]) -> list[str]:
    """[op, as `unrounded.labelled` calls it] of those that make portable runs others; empty where something else may.

    Every step that departs must be one of which both graphs give the same bits here, what departs must depend on ops
    that are not pinned, and those that are known to give other bits of the same inputs must all be such.
    """
    here, behind = found_here(candidate), set()
    for step in recorded.steps:
        graph = recorded.recording.kinds[step['kind']]['graph']
        for group, name, noted in recorded.names(step, 'portable'):
            item = obtained(here.get(step['step']), 'portable', group, name)
            if item is None or digest_of(item) != digest_of(noted):
                left = recorded.behind(graph, name) & set(not_pinned)
                if not left or step['step'] not in found.alike:
                    return []
                behind |= left
    return (found.rounding or sorted(behind)) if behind.issuperset(found.rounding) else []
