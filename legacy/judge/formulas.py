"""Do two graphs compute the same formulas? Call by call of the source that built them, and by name where not.

A call's formula is told by the ops that compute floats for it, the floats that it holds as constants and by what each
of its ops takes; for gradients by the ops alone. Ops that only move or make values are left out, and so is the order
of creation: releases differ in those and compute the same.
"""
import collections
import typing

from legacy.formats.graphtable import producer

# Ops that give the values they are given, moved, repeated or under another name.
MOVES = {'Identity', 'StopGradient', 'Reshape', 'Squeeze', 'ExpandDims', 'Tile', 'BroadcastTo', 'Fill', 'Placeholder',
         'VariableV2', 'Variable', 'VarHandleOp', 'ReadVariableOp', 'Cast', 'Assign', 'AssignVariableOp', 'Snapshot',
         'NoOp', 'PreventGradient'}
SAME = {'Add': 'AddV2', 'BatchMatMul': 'BatchMatMulV2'}  # one kernel under two names
FORWARD = ('forward', 'moving average')
FEW = 3  # calls that a sentence names


class Formula(typing.NamedTuple):
    """One call that computes otherwise. line: as in 'article.py:75'. of: the op type that it is the gradient of, ''
    in the forward pass. there, here: {op: how many more than on the other side}, of the reference and the candidate."""
    line: str
    call: str
    of: str
    there: dict
    here: dict

    @property
    def words(self):
        place = f'{self.call}, {self.line}' + (f', gradient of {self.of}' if self.of else '')
        return f'{place}: {self.ops("recorded", "here")}'

    def ops(self, there, here):
        """What is computed otherwise, in words. there, here: what the two sides are called."""
        if not self.there and not self.here:
            return 'the same ops, joined otherwise'
        return f'{_counted(self.there)} {there}; {_counted(self.here)} {here}'


def _counted(ops):
    return ', '.join(f'{count} {op}' if count > 1 else op for op, count in ops.items()) or 'nothing'


def formulas(reference, candidate):
    """[Formula, ...] of the calls in which two graphtable.Tables differ: the forward pass first, then gradients."""
    there, here = _by_call(reference), _by_call(candidate)
    found = []
    for key in dict.fromkeys([*there, *here]):
        (ops, joined), (ops_here, joined_here) = (side.get(key, (collections.Counter(), collections.Counter()))
                                                  for side in (there, here))
        if ops != ops_here or joined != joined_here:
            found.append(Formula(*key, dict(ops - ops_here), dict(ops_here - ops)))
    return sorted(found, key=lambda formula: bool(formula.of))


def _by_call(table):
    """{(line, call, op type that it is a gradient of): (Counter of ops, Counter of ops with what they take)}"""
    by_name = {node.name: node for node in table.nodes}
    found = {}
    for node in table.nodes:
        if not _computes(node) or node.role == 'initialisation':  # initial values are compared bit for bit
            continue
        of = by_name.get(node.of) if node.role == 'gradient' else None
        owner = of or node
        call = owner.call if of or node.role != 'gradient' else 'gradients'
        key = owner.line, call, _type(of) if of else 'a sum of gradients' if node.role == 'gradient' else ''
        ops, joined = found.setdefault(key, (collections.Counter(), collections.Counter()))
        if node.op_type == 'Const' and node.role not in FORWARD:
            continue
        ops[_type(node)] += 1
        if node.role in FORWARD:
            given = [_source(name, by_name) for name in node.inputs if not name.startswith('^')]
            joined[(_type(node), *given)] += 1
    return found


def _computes(node):
    floats = any(output.startswith(('float', 'double', 'half', 'bfloat')) for output in node.outputs)
    is_empty = node.op_type == 'Const' and not node.value  # it holds no floats
    return floats and not is_empty and node.op_type not in MOVES


def _type(node):
    if node.op_type == 'Const':
        return f'the constant {node.value}'
    return SAME.get(node.op_type, node.op_type)


def _source(given, by_name):
    """The op type that an input comes from, through ops that only move values."""
    name, _ = producer(given)
    node = by_name[name]
    while node.op_type in MOVES and node.inputs and not node.inputs[0].startswith('^'):
        node = by_name[producer(node.inputs[0])[0]]
    return _type(node) if _computes(node) or node.op_type in MOVES else 'integers'


def in_words(found):
    """The first FEW of them, and how many more. Calls with other ops come first: that others are joined otherwise may
    follow from these."""
    found = sorted(found, key=lambda formula: not (formula.there or formula.here))
    more = f'; and {len(found) - FEW} calls more' if len(found) > FEW else ''
    return '; '.join(formula.words for formula in found[:FEW]) + more
