"""Portable arithmetic: float32 is stored, and every op gives the exact result of its float32 inputs, rounded once to
float32. Where an op has no exact result that float64 could decide on, it is a formula spelled out in float64 by
+ - * / and sqrt, each of which IEEE 754 determines, then rounded once. Runs on Python 3.6.

Magnitudes below 2**-126 (denormal) are zero, as inputs and as results: so TensorFlow's threads have it. The mean of
whole numbers is exact, too (`wholenumbers`).
"""
from typing import Optional

from legacy.worker.rewriting import wholenumbers
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT
from legacy.worker.rewriting.portable import elementwise, linear, losses, normalisation, optimizers, pooling  # noqa: F401
from legacy.worker.rewriting.portable.registry import RULES, applies
from legacy.worker.rewriting.rewriter import Rule, Rules
from legacy.worker.rewriting.site import Site
from legacy.worker.tfobjects import NodeDef

DETERMINED = frozenset('Add AddV2 Sub Mul Div RealDiv Sqrt Square BiasAdd Neg Abs'.split())


class Portable(Rules):
    """The rule set of portable arithmetic."""
    name = 'portable'

    def rewrites_update(self, node: NodeDef) -> bool:
        return node.op in RULES and _stored(node) == FLOAT

    def is_exact(self, site: Site) -> bool:
        """A gradient that goes to one place each, and float64 ops of one rounding."""
        if site.node.op == 'MaxPoolGrad':
            return not pooling.overlap(site)
        return site.node.op in DETERMINED and _stored(site.node) == DOUBLE

    def rule(self, site: Site) -> Optional[Rule]:
        if wholenumbers.is_mean(site):
            return wholenumbers.mean
        if site.node.op in RULES and _stored(site.node) == FLOAT and applies(site):
            return RULES[site.node.op]
        return None


def _stored(node: NodeDef) -> int:
    """The DataType that a node computes in."""
    return int(node.attr['T' if 'T' in node.attr else 'dtype'].type)
