"""Runs that depart in portable arithmetic since it leaves some ops as they are, whose kernels round otherwise here, and
through no formula: both graphs give the same bits on this TensorFlow."""
from collections.abc import Collection

from legacy.formats.causes import Found
from legacy.judge.pairing import Pairing


def ops(pairing: Pairing, found: Found, not_pinned: Collection[str]) -> list[str]:
    """[op, as `unrounded.labelled` calls it] of those that make portable runs others; empty where something else may.

    Every step that departs must be one of which both graphs give the same bits here, what departs must depend on ops
    that are not pinned, and those that are known to give other bits of the same inputs must all be such.
    """
    behind: set[str] = set()
    for step in pairing.there.steps:
        made = pairing.step(step)
        for group, name, noted in pairing.baseline.names(step, 'portable'):
            item = made.noted('portable', group, name) if made else None
            if item is None or item.digest != noted.digest:
                left = pairing.there.behind(pairing.there.graph_of(step), name) & set(not_pinned)
                if not left or step.number not in found.alike:
                    return []
                behind |= left
    return (found.rounding or sorted(behind)) if behind.issuperset(found.rounding) else []
