"""Op types whose results no kernel rounds. Both sides know them: the rewriter leaves them as they are, and no question
blames one of them. Runs on Python 3.6."""
from typing import Sequence

# Ops that move or make values and compute none: the result's bits are those of an input.
MOVES = frozenset('''
    Identity IdentityN RefIdentity Snapshot StopGradient PreventGradient CheckNumerics Print PrintV2 Const Placeholder
    PlaceholderV2 PlaceholderWithDefault Variable VariableV2 TemporaryVariable DestroyTemporaryVariable VarHandleOp
    ReadVariableOp ResourceGather VarIsInitializedOp Assign AssignVariableOp Reshape Squeeze ExpandDims Tile
    BroadcastTo Fill ZerosLike OnesLike Transpose ConjugateTranspose InvertPermutation Pack Unpack Concat ConcatV2
    ConcatOffset Split SplitV Slice StridedSlice StridedSliceGrad Pad PadV2 MirrorPad Gather GatherV2 GatherNd Reverse
    ReverseV2 ReverseSequence DynamicStitch DynamicPartition ScatterNd ScatterUpdate ResourceScatterUpdate Diag
    DiagPart MatrixDiag MatrixDiagPart MatrixSetDiag MatrixBandPart SpaceToBatchND BatchToSpaceND SpaceToBatch
    BatchToSpace SpaceToDepth DepthToSpace OneHot Bitcast Switch RefSwitch Merge RefMerge Enter RefEnter Exit RefExit
    NextIteration RefNextIteration LoopCond ImmutableConst ParallelConcat ParallelDynamicStitch DeepCopy Where Unique
    TensorArrayWriteV3 TensorArrayReadV3 TensorArrayGatherV3 TensorArrayScatterV3 TensorArrayConcatV3
    TensorArraySplitV3 TensorArrayV3 TensorArrayGradV3 TensorArraySizeV3 TensorArrayCloseV3 StackV2 StackPushV2
    StackPopV2 StackCloseV2 Stack StackPush StackPop StackClose QueueDequeueV2 QueueDequeueManyV2
    QueueDequeueUpToV2 QueueEnqueueV2 QueueEnqueueManyV2 IteratorGetNext IteratorGetNextSync Save SaveV2 Restore
    RestoreV2 RestoreSlice PyFunc EagerPyFunc PyFuncStateless Assert ParseExample ParseSingleExample DecodeRaw
    TensorListPushBack TensorListPopBack TensorListStack TensorListGetItem TensorListSetItem TensorListFromTensor
    DecodeCSV ScalarSummary HistogramSummary ImageSummary MergeSummary AudioSummary RandomShuffle ExtractImagePatches
'''.split())

# Ops that compute, but whose result is one of their inputs' values, or follows from a comparison: nothing is rounded.
# The sign of a zero may differ from kernel to kernel where values of either sign are compared (Maximum(-0, 0)).
EXACT = frozenset('''
    Neg Abs Sign Relu Relu6 ReluGrad Relu6Grad Maximum Minimum Max Min MaxPool MaxPoolV2 MaxPoolWithArgmax
    MaxPoolGradGrad Select SelectV2 Floor Ceil Round Rint TopK TopKV2 ArgMax ArgMin ClipByValue Real Imag
    SegmentMax SegmentMin UnsortedSegmentMax UnsortedSegmentMin IsNan IsInf IsFinite Less LessEqual Greater
    GreaterEqual Equal NotEqual InTopK InTopKV2 ApproximateEqual Cast
'''.split())

# Types beside float32 whose results are rounded.
OTHERS = ('float64', 'float16', 'bfloat16', 'complex64', 'complex128')


def labelled(op_type: str, outputs: Sequence[str]) -> str:
    """How an op is called that an arithmetic leaves as it is: by its type and, where what it gives is not float32, by
    that: 'Sum (bfloat16)' is left where 'Sum' need not be. outputs: types of its results, with shapes or without, as in
    'bfloat16 (20, 40)'."""
    dtypes = [output.partition(' ')[0] for output in outputs]
    others = [dtype for dtype in dtypes if dtype in OTHERS]
    return op_type if 'float32' in dtypes or not others else '%s (%s)' % (op_type, others[0])
