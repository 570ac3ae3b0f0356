"""Which op type has which rule in portable arithmetic. Runs on Python 3.6."""
from typing import Callable, Dict, Optional, TypeVar

from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import FLOAT, TensorName
from legacy.worker.rewriting.rewriter import Rule
from legacy.worker.rewriting.site import Site

Condition = Callable[[Site], bool]
Formula = TypeVar('Formula', bound=Callable[..., TensorName])
RULES: Dict[str, Rule] = {}  # {op type: function that rewrites a site}
CONDITIONS: Dict[str, Condition] = {}  # {op type: function of the site that says whether the rule can be used}


def rule(*op_types: str, when: Optional[Condition] = None) -> Callable[[Rule], Rule]:
    """Decorator: the function rewrites ops of these types. when: function of the site: whether it can do so."""
    def register(function: Rule) -> Rule:
        for op_type in op_types:
            RULES[op_type] = function
            if when is not None:
                CONDITIONS[op_type] = when
        return function
    return register


def applies(site: Site) -> bool:
    condition = CONDITIONS.get(site.node.op)
    return not sums_nothing(site) and (condition is None or condition(site))


def formula(*op_types: str) -> Callable[[Formula], Formula]:
    """Decorator: the function writes, in float64, the one result of ops of these types. It gets the body of a function
    (an Arithmetic) and every input in float64; what it returns is rounded to float32."""
    def register(function: Formula) -> Formula:
        def write(f: Arithmetic, *inputs: TensorName) -> TensorName:
            return f.f32(function(f, *[f.wide(tensor) for tensor in inputs]))

        def rewrite(site: Site) -> None:
            site.finish_call('Portable' + site.node.op, write, [(tensor, FLOAT) for tensor in site.inputs])
        rule(*op_types)(rewrite)
        return function
    return register
