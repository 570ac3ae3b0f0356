"""Which op type has which rule in portable arithmetic. Runs on Python 3.6."""
from legacy.worker.rewriting.identity import sums_nothing
from legacy.worker.rewriting.nodes import FLOAT

RULES = {}  # {op type: function that rewrites a site}
CONDITIONS = {}  # {op type: function of the site that says whether the rule can be used}


def rule(*op_types, **options):
    """Decorator: the function rewrites ops of these types. when: function of the site: whether it can do so."""
    def register(function):
        for op_type in op_types:
            RULES[op_type] = function
            if 'when' in options:
                CONDITIONS[op_type] = options['when']
        return function
    return register


def applies(site):
    condition = CONDITIONS.get(site.node.op)
    return not sums_nothing(site) and (condition is None or condition(site))


def formula(*op_types):
    """Decorator: the function writes, in float64, the one result of ops of these types. It gets the body of a function
    (an Arithmetic) and every input in float64; what it returns is rounded to float32."""
    def register(function):
        def write(f, *inputs):
            return f.f32(function(f, *[f.wide(tensor) for tensor in inputs]))

        def rewrite(site):
            site.finish_call('Portable' + site.node.op, write, [(tensor, FLOAT) for tensor in site.inputs])
        return rule(*op_types)(rewrite) and function
    return register
