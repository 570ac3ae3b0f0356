"""A kernel set: recorded inputs and outputs of single ops, and its one file on disk (see `kernels`). Python 3.6.

header: {'schema', 'environment', 'ops': [op, ...]}, where an op is {'type', 'attrs', 'node', 'network', 'step',
'training', 'inputs': [array name, ...], 'output': array name}. arrays: {name: array}, each content once.
"""
from typing import Dict, NamedTuple

from legacy.formats import archive
from legacy.formats.archive import RecordingError
from legacy.formats.opshapes import gives
from legacy.formats.places import PathLike
from legacy.formats.stored import Arrays
from legacy.formats.values import Array, Json, JsonObject

SCHEMA = 1
OP = {'type': str, 'attrs': dict, 'node': str, 'network': str, 'step': int, 'training': bool, 'inputs': list,
      'output': str}

# A set names ops that `check` then runs, and it may come from anybody: only ops that compute numbers from numbers and
# touch nothing else (no file, no network, no state but a variable of their own). An op of another type is not recorded,
# and a set with one is refused.
OP_TYPES = frozenset("""
    Add AddV2 AddN Sub Mul MulNoNan Div DivNoNan RealDiv Neg Abs Sign Square SquaredDifference Sqrt SqrtGrad Rsqrt
    RsqrtGrad Inv InvGrad Reciprocal ReciprocalGrad Pow Exp Expm1 Log Log1p Erf Erfc Sin Cos Tan Sinh Cosh Tanh TanhGrad
    Asin Acos Atan Atan2 Sigmoid SigmoidGrad Softplus SoftplusGrad Softsign SoftsignGrad Relu ReluGrad Relu6 Relu6Grad
    LeakyRelu LeakyReluGrad Elu EluGrad Selu SeluGrad Softmax LogSoftmax Maximum Minimum Floor Ceil Round Rint
    MatMul BatchMatMul BatchMatMulV2 Sum Mean Prod Max Min L2Loss BiasAdd BiasAddGrad
    ApplyGradientDescent Assign AssignAdd AssignSub""".split())

KernelSet = NamedTuple('KernelSet', [('header', JsonObject), ('arrays', Dict[str, Array])])


def save(kernels: KernelSet, path: PathLike) -> None:
    """Write the set's file, whole or not at all. Raises OSError."""
    archive.save(path, kernels.header, kernels.arrays, lambda name: False)


def load(path: PathLike) -> KernelSet:
    """The KernelSet in the file at `path`. Raises RecordingError, with the path, for anything else."""
    def parsed(source: str) -> KernelSet:
        header, arrays = archive.read(source, lambda name: False, _check_header)
        for op in header['ops']:
            if not set(op['inputs'] + [op['output']]) <= set(arrays):
                raise RecordingError('op %.60r refers to arrays that are not there' % op['node'])
            _check_shape(op, arrays)
        return KernelSet(header, archive.whole(arrays))
    return archive.of_file(path, parsed)


def _check_shape(op: JsonObject, arrays: Arrays) -> None:
    """Raises RecordingError unless the op gives an array of the recorded shape."""
    inputs, output = [arrays.held[name].shape for name in op['inputs']], arrays.held[op['output']].shape
    try:
        fits = gives(op['type'], op['attrs'], inputs, output)
    except ValueError:
        fits = False
    if not fits:
        raise RecordingError('op %.60r (%s) does not give an array of shape %s from arrays of shapes %s' % (
            op['node'], op['type'], output, ' '.join(map(str, inputs[:8]))))


def _check_header(header: Json) -> None:
    if not isinstance(header, dict) or header.get('schema') != SCHEMA:
        raise RecordingError('not a kernel set of schema version %d' % SCHEMA)
    ops = header.get('ops')
    if not isinstance(ops, list) or not isinstance(header.get('environment'), dict):
        raise RecordingError('the header of this kernel set has no ops or no environment')
    for k, op in enumerate(ops):
        if not isinstance(op, dict) or set(op) != set(OP) or not all(isinstance(op[key], OP[key]) for key in OP):
            raise RecordingError('op %d of this kernel set is not as it should be' % k)
        if not all(isinstance(name, str) for name in op['inputs']):
            raise RecordingError('op %d of this kernel set has inputs that are no names' % k)
        if op['type'] not in OP_TYPES or any(name.startswith('_') for name in op['attrs']):
            raise RecordingError('op %d of this kernel set is a %s: not one that computes numbers and does nothing else'
                                 % (k, op['type']))
