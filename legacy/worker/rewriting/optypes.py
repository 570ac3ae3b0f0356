"""What the rewriter knows of TensorFlow's op types, whatever the rule set. Runs on Python 3.6."""

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

# Ops that draw numbers: left as they are, since releases from 1.3 on draw the same bits from the same seeds.
RANDOM = frozenset('''
    RandomUniform RandomStandardNormal TruncatedNormal ParameterizedTruncatedNormal RandomUniformInt Multinomial
    RandomGamma RandomPoisson RandomPoissonV2 StatelessRandomUniform StatelessRandomNormal
    StatelessTruncatedNormal StatelessMultinomial
'''.split())

# Ops that read a variable and write it again: {op type: which inputs are variables that they write}.
UPDATES = {
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
