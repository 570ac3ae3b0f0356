"""Runs that depart in portable arithmetic since it leaves some ops as they are, whose kernels round otherwise here, and
through no formula: both graphs give the same bits on this TensorFlow."""
from collections.abc import Collection

from legacy.formats.causes import Found
from legacy.formats.recordings import Recording
from legacy.judge.noted import digest_of
from legacy.judge.recordedside import Recorded, found_here, obtained


def ops(recorded: Recorded, candidate: Recording, found: Found, not_pinned: Collection[str]) -> list[str]:
    """[op, as `unrounded.labelled` calls it] of those that make portable runs others; empty where something else may.

    Every step that departs must be one of which both graphs give the same bits here, and the ops that give other bits
    of the same inputs must all be of those that are not pinned.
    """
    here = found_here(candidate)
    departing = {step['step'] for step in recorded.steps for group, name, noted in recorded.names(step, 'portable')
                 if (item := obtained(here.get(step['step']), 'portable', group, name)) is None
                 or digest_of(item) != digest_of(noted)}
    explained = departing <= set(found.alike) and set(found.rounding) <= set(not_pinned)
    return found.rounding if explained else []
