"""What the rewriter knows of TensorFlow's op types, whatever the rule set. Runs on Python 3.6."""
from typing import Dict, Tuple

from legacy.formats.unrounded import EXACT as EXACT  # what both sides know
from legacy.formats.unrounded import MOVES as MOVES

# Ops that draw numbers: left as they are, since releases from 1.3 on draw the same bits from the same seeds.
RANDOM = frozenset('''
    RandomUniform RandomStandardNormal TruncatedNormal ParameterizedTruncatedNormal RandomUniformInt Multinomial
    RandomGamma RandomPoisson RandomPoissonV2 StatelessRandomUniform StatelessRandomNormal
    StatelessTruncatedNormal StatelessMultinomial StatelessRandomUniformInt StatelessRandomUniformV2
    StatelessRandomNormalV2 StatelessTruncatedNormalV2 StatelessRandomUniformIntV2
'''.split())

# Ops that read a variable and write it again: {op type: which inputs are variables that they write}.
UPDATES: Dict[str, Tuple[int, ...]] = {
    'AssignAdd': (0,), 'AssignSub': (0,), 'AssignAddVariableOp': (0,), 'AssignSubVariableOp': (0,),
    'ScatterAdd': (0,), 'ScatterSub': (0,), 'ScatterMul': (0,), 'ScatterDiv': (0,), 'ScatterNdUpdate': (0,),
    'ScatterNdAdd': (0,), 'ScatterNdSub': (0,), 'ResourceScatterAdd': (0,), 'ResourceScatterSub': (0,),
    'ScatterUpdate': (0,), 'ResourceScatterUpdate': (0,),
}
for _rule, _variables in (('GradientDescent', 1), ('ProximalGradientDescent', 1), ('Momentum', 2), ('KerasMomentum', 2),
                          ('Adagrad', 2), ('AdagradV2', 2), ('ProximalAdagrad', 2), ('AdagradDA', 3), ('Adadelta', 3),
                          ('Adam', 3), ('AdaMax', 3), ('AdamWithAmsgrad', 4), ('RMSProp', 3), ('CenteredRMSProp', 4),
                          ('Ftrl', 3), ('FtrlV2', 3), ('AddSign', 2), ('PowerSign', 2)):
    for _form in ('Apply%s', 'ResourceApply%s', 'SparseApply%s', 'ResourceSparseApply%s'):
        UPDATES[_form % _rule] = tuple(range(_variables))

VARIABLES = frozenset(('Variable', 'VariableV2', 'VarHandleOp', 'TemporaryVariable'))
# Ops through which a variable's reference, or a resource's handle, reaches the op that writes it.
PASSES = frozenset('Identity RefIdentity Switch RefSwitch Enter RefEnter RefMerge'.split())
