"""In what some ops of one graph are others than those of another: types, attributes, constants. Runs on Python 3.6."""
import collections

from legacy.worker.graph.definition import value

# One kernel under several names.
SAME = {'Add': 'AddV2', 'BatchMatMul': 'BatchMatMulV3', 'BatchMatMulV2': 'BatchMatMulV3', 'Select': 'SelectV2'}
DIAGONALS = ('MatrixDiag', 'MatrixDiagPart', 'MatrixSetDiag')  # and V2 and V3, which are told the diagonal, too
SAME.update({name + version: name + 'V3' for name in DIAGONALS for version in ('', 'V2')})
# Attributes that say nothing of what is computed: names, shapes that are known beforehand, how many inputs there are.
SILENT = frozenset('container shared_name use_locking validate_shape shape _class output_shapes N Index out_type '
                   'seed seed2 grad_a grad_b frame_name parallel_iterations is_constant value'.split())
PASS = ('Identity', 'Cast', 'Enter', 'Fill', 'Reshape', 'ExpandDims', 'PlaceholderWithDefault')

# types, attributes, constants: Counters, of (op type), (op type, name, value) and (op type, value).
Signature = collections.namedtuple('Signature', 'types attributes constants')


def signature(side, names):
    """The Signature of ops of a sides.Side."""
    types, attributes, constants = (collections.Counter() for _ in range(3))
    for name in names:
        node = side.nodes[name]
        op_type = SAME.get(node.op, node.op)
        if node.op == 'Const' or node.op in PASS:
            continue
        types[op_type] += 1
        if op_type.startswith(DIAGONALS):
            continue
        for key in node.attr:
            if key not in SILENT and not key.startswith('_'):
                spelled = _spelled(node.attr[key])
                if spelled:
                    attributes[op_type, key, spelled] += 1
        for given, _ in side.inputs[name]:
            constant = _constant(side, given)
            if constant is not None:
                constants[op_type, value(side.nodes[constant])] += 1
    return Signature(types, attributes, constants)


def _constant(side, name):
    """The Const op that a tensor's values come from, or None."""
    while name in side.nodes:
        if name in side.constants:
            return name
        given = [other for other, _ in side.inputs[name]]
        if side.nodes[name].op not in PASS or not given:
            return None
        name = given[-1] if side.nodes[name].op == 'Fill' else given[0]
    return None


def constants_of(side, names):
    """{value: names of the Const ops} that some ops take, through others that only pass them on."""
    found = collections.defaultdict(set)
    for name in names:
        for given, _ in side.inputs[name]:
            constant = _constant(side, given)
            if constant is not None:
                found[value(side.nodes[constant])].add(constant)
    return found


def _spelled(attribute):
    """A value that says how an op computes, in words; '' for types and functions."""
    kind = attribute.WhichOneof('value')
    if kind == 'f':
        return '%.7g' % attribute.f
    if kind in ('i', 'b'):
        return str(getattr(attribute, kind))
    if kind == 's':
        return attribute.s.decode('utf-8', 'replace')
    if kind == 'list':
        return ' '.join(str(item) for item in list(attribute.list.i) + list(attribute.list.f))
    return ''


def apart(sides, lists):
    """The Difference of ops of two sides: of those that compute with floats, or, where these are the same, of all, as
    those that find out a shape. lists: names of ops of each side."""
    found = difference(*[signature(side, [name for name in names if side.computes_floats(name)])
                         for side, names in zip(sides, lists)])
    return found if differs(found) else difference(*[signature(side, names) for side, names in zip(sides, lists)])


# What one side has and the other has not. types: {op type: how many more}, there and here. attributes, constants:
# [(op type, name, values there, values here)] and the same without name.
Difference = collections.namedtuple('Difference', 'there here attributes constants')


def difference(there, here):
    """The Difference of two Signatures."""
    types = dict(there.types - here.types), dict(here.types - there.types)
    both = set(there.types) & set(here.types)
    return Difference(types[0], types[1], _values(there.attributes, here.attributes, both),
                      _values(there.constants, here.constants, both))


def _values(there, here, types):
    """[(*key, values there, values here)] of what ops of these types have otherwise."""
    found = collections.OrderedDict()
    for which, more in enumerate((there - here, here - there)):
        for key in sorted(more):
            if key[0] in types:
                found.setdefault(key[:-1], ([], []))[which].append(key[-1])
    return [key + tuple(values) for key, values in sorted(found.items())]


def differs(found):
    return any(found)
