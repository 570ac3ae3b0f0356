"""float64 in place of float32: what is stored, and what is computed. Runs on Python 3.6.

Every attribute that says float32 says float64, constants are widened (0.001 is 0.0010000000474974513 then, as float32
has it), and so are placeholders and variables. Random ops go on to draw float32, so that the values are the same, and
their result is cast. An op that has no float64 kernel stays in float32 between two casts, and is reported. So do files:
a checkpoint holds float32, as that of the graph itself does.
"""
from typing import Optional

from legacy import shim
from legacy.worker.rewriting import wholenumbers
from legacy.worker.rewriting.arithmetic import Arithmetic
from legacy.worker.rewriting.flows import Flows
from legacy.worker.rewriting.nodes import DOUBLE, FLOAT, INT32, NUMPY, REFERENCE, Nodes, TensorName, fill_tensor
from legacy.worker.rewriting.optypes import MOVES, RANDOM
from legacy.worker.rewriting.portable import normalisation
from legacy.worker.rewriting.rewriter import FLOATING, Rule, Rules
from legacy.worker.rewriting.site import Site
from legacy.worker.rewriting.source import Source, make_ndarray
from legacy.worker.tfobjects import AttrValue, NodeDef

# Ops that compute in float32 only, in some release at least, or mean the very bits.
ONLY_FLOAT32 = frozenset('''
    FusedBatchNorm FusedBatchNormGrad FusedBatchNormV2 FusedBatchNormGradV2 FusedBatchNormV3 FusedBatchNormGradV3 LRN
    LRNGrad Bitcast ResizeBilinearGrad CropAndResize CropAndResizeGradImage CropAndResizeGradBoxes NonMaxSuppression
    NonMaxSuppressionV2 NonMaxSuppressionV3 CTCLoss CudnnRNN FakeQuantWithMinMaxVars FakeQuantWithMinMaxArgs
    ParseExample ParseSingleExample ParseExampleV2 DecodeRaw RestoreSlice BlockLSTM LSTMBlockCell QuantizeV2 Dequantize
    QueueDequeueV2 QueueDequeueManyV2 QueueDequeueUpToV2 QueueEnqueueV2 QueueEnqueueManyV2 IteratorGetNext
    FixedLengthRecordReader PyFunc PyFuncStateless EagerPyFunc ScalarSummary HistogramSummary ImageSummary
    ResizeBilinear ResizeBicubic ResizeBicubicGrad ResizeArea
    Complex ComplexAbs Real Imag Angle RFFT RFFT2D RFFT3D IRFFT IRFFT2D IRFFT3D
'''.split())


FILES = ('Save', 'SaveV2', 'SaveSlices', 'Restore', 'RestoreV2')


class Float64(Rules):
    name, updates_stay = 'float64', True

    def prepare(self, nodes: Nodes) -> None:
        self.grown()

    def grown(self) -> None:
        self._flows: Optional[Flows] = None

    def flows(self, source: Source) -> Flows:
        """The Flows of the graph as it is now."""
        if self._flows is None:
            self._flows = Flows(source)
        return self._flows

    def kind(self, rule: Rule, node: NodeDef) -> str:
        return 'unknown' if rule is _between_casts and node.op not in MOVES else 'replaced'

    def is_exact(self, site: Site) -> bool:
        """What is float64 already rounds as float64 does, and a flow holds no number."""
        if site.name in self.flows(site.source).nodes:
            return True
        dtypes = [site.source.dtype(name) for name in site.source.outputs(site.node)] + [
            site.dtype(k) for k in range(len(site.inputs))]
        return DOUBLE in dtypes and not any(dtype in FLOATING and dtype != DOUBLE for dtype in dtypes)

    def rewrites_update(self, node: NodeDef) -> bool:
        return False  # an update stays one op, with the order that it has

    def rule(self, site: Site) -> Optional[Rule]:
        source, node = site.source, site.node
        flows = self.flows(source)
        if node.name in flows.nodes:
            return self._flow_with_zeros if flows.strangers(node) else None
        if wholenumbers.is_mean(site):
            return wholenumbers.mean
        takes = any(source.dtype(tensor) == FLOAT for tensor in site.inputs)
        if node.op in RANDOM:
            return _drawn if takes or site.out_dtype() == FLOAT else None
        if node.op in FILES:
            return _filed if takes or FLOAT in map(source.dtype, source.outputs(node)) else None
        if node.op.startswith('FusedBatchNorm') and node.attr['T'].type == FLOAT and normalisation.is_known(site):
            return _normalised
        if node.op in ONLY_FLOAT32 or _is_fixed(node):
            return _between_casts if takes or FLOAT in map(source.dtype, source.outputs(node)) else None
        return _widened if any(_says_float32(node.attr[key]) for key in node.attr) else None

    def _flow_with_zeros(self, site: Site) -> None:
        """A node that hands on a flow, of which an input is none: that one is cast back."""
        strangers = self.flows(site.source).strangers(site.node)
        site.keep(inputs=[site.op('Cast', tensor, SrcT=DOUBLE, DstT=FLOAT, label='flow') if name in strangers
                          else tensor for name, tensor in zip(site.source.data_inputs(site.node), site.inputs)])


def _is_fixed(node: NodeDef) -> bool:
    """Whether an op takes or gives float32 whatever its attributes say, as those that resize pictures do, or may say
    float32 and not float64. A TensorArray's flow is no number."""
    definition = shim.op_definition(node.op)
    if definition is None or node.op.startswith('TensorArray'):
        return False
    if any(argument.type == FLOAT for argument in list(definition.input_arg) + list(definition.output_arg)):
        return True
    return any(attr.allowed_values.list.type and DOUBLE not in attr.allowed_values.list.type
               and node.attr[attr.name].type == FLOAT for attr in definition.attr if attr.type == 'type')


def _says_float32(value: AttrValue) -> bool:
    kind = value.WhichOneof('value')
    return (kind == 'type' and value.type % REFERENCE == FLOAT or kind == 'tensor' and value.tensor.dtype == FLOAT
            or kind == 'list' and FLOAT in value.list.type)


def _widened(site: Site) -> None:
    """The node itself with float64 in all its attributes."""
    site.keep()
    node = site.nodes.graph_def.node[-1]
    for key in node.attr:
        value = node.attr[key]
        kind = value.WhichOneof('value')
        if kind == 'type' and value.type % REFERENCE == FLOAT:
            value.type += DOUBLE - FLOAT
        elif kind == 'tensor' and value.tensor.dtype == FLOAT:
            fill_tensor(value.tensor, make_ndarray(value.tensor).astype(NUMPY[DOUBLE]))
        elif kind == 'list' and FLOAT in value.list.type:
            types = [DOUBLE if dtype == FLOAT else dtype for dtype in value.list.type]
            del value.list.type[:]
            value.list.type.extend(types)


def _normalised(site: Site) -> None:
    """A batch normalisation, whose op has no float64, or its gradient by the formulas that it is."""
    gradient, outputs = 'Grad' in site.node.op, len(site.out_dtypes())
    formulas = normalisation.batch_norm_grad if gradient else normalisation.batch_norm
    results = formulas(site, site, _total, *site.inputs[:5])
    results += [site.const(0.0)] * (outputs - len(results))  # what another kernel would keep for the gradient
    site.finish_outputs([(tensor, DOUBLE) for tensor in results])


def _total(f: Arithmetic, tensor: TensorName) -> TensorName:
    return f.reduce('Sum', tensor, f.const(normalisation.ROWS, INT32))


def _drawn(site: Site) -> None:
    """A random op in float32, then a cast."""
    _between_casts(site)


def _filed(site: Site) -> None:
    """An op that writes or reads a file, in float32; a variable that it writes down is read first."""
    _between_casts(site, references=True)


def _between_casts(site: Site, references: bool = False) -> None:
    """The node itself in float32: its inputs are cast down, its outputs up. references: whether inputs that are
    references to variables are only read, so that these are cast, too."""
    outputs = site.out_dtypes()
    inputs = [site.op('Cast', tensor, SrcT=DOUBLE, DstT=FLOAT, label='float32') if site.dtype(k) == FLOAT
              and (references or not site.is_reference(k)) else tensor for k, tensor in enumerate(site.inputs)]
    if not any(dtype == FLOAT for dtype in outputs):
        site.keep(inputs=inputs)
        return
    kept = site.keep_as('float32', inputs=inputs)
    wide = []
    for k, dtype in enumerate(outputs):
        tensor = kept if not k else '%s:%d' % (kept, k)
        to_cast = dtype == FLOAT and len(outputs) > 1
        wide.append((site.wide(tensor) if to_cast else tensor, DOUBLE if dtype == FLOAT else dtype))
    if len(wide) == 1:
        site.finish('Cast', kept, SrcT=FLOAT, DstT=DOUBLE)
    else:
        site.finish_outputs(wide)
