"""The operations that a SavedModel's graph may hold: what our own exports do, and plain relatives.

None of them reads or writes a file, opens a connection, runs Python, prints, or keeps anything
from one call to the next.
"""

# What our networks compute with; `export/savedmodel.py` and Keras's `export` write these.
_NETWORKS = (
    *("Add", "AddN", "AddV2", "Sub", "Mul", "RealDiv", "Neg", "Square", "SquaredDifference"),
    *("Abs", "Exp", "Log", "Pow", "Rsqrt", "Sqrt", "Tanh", "Sigmoid", "Erf", "Softplus"),
    *("Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softmax", "Maximum", "Minimum"),
    *("BiasAdd", "MatMul", "BatchMatMulV2", "Einsum", "Conv2D", "Conv2DBackpropInput"),
    *("DepthwiseConv2dNative", "FusedBatchNormV3", "AvgPool", "MaxPool"),
    *("Mean", "Sum", "Max", "Min", "Prod"),
    *("ResizeBilinear", "ResizeNearestNeighbor", "DepthToSpace", "SpaceToDepth"),
    *("Pad", "PadV2", "MirrorPad"),
)
# How they arrange what they compute.
_ARRANGING = (
    *("Cast", "ConcatV2", "Const", "EnsureShape", "ExpandDims", "Identity", "IdentityN", "Pack"),
    *("Reshape", "Shape", "Slice", "Split", "SplitV", "Squeeze", "StridedSlice", "Transpose"),
    *("Unpack", "BroadcastTo", "Fill", "Tile", "Range", "GatherV2", "ZerosLike", "OnesLike"),
    *("NoOp", "PartitionedCall", "StatefulPartitionedCall", "ReadVariableOp", "StopGradient"),
    "PreventGradient",
)
# Of the signature that our commands call, with all that it calls.
CALLED = frozenset((*_NETWORKS, *_ARRANGING))

# They must count up to a bound: see `loops`.
LOOPS = ("While", "StatelessWhile")
# Of functions that our commands never call: signatures for a server (export/signatures.py), which
# read and write pictures' bytes, one after the other, and gradients.
CARRIED = CALLED | {
    *("All", "Assert", "Bitcast", "Equal", "Greater", "GreaterEqual", "IsFinite", "LeftShift"),
    *("Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr", "NotEqual", "Round"),
    *("BroadcastGradientArgs", "ReverseV2", "ScaleAndTranslate", "Select", "SelectV2", "Size"),
    *("DecodeJpeg", "DecodePng", "DecodeRaw", "EncodePng", "ExtractJpegShape"),
    *("StringLength", "Substr", "If", "StatelessIf", *LOOPS),
    *("TensorListFromTensor", "TensorListGetItem", "TensorListReserve", "TensorListSetItem"),
    "TensorListStack",
}

# Of the graph around the functions, which loading does not run.
OUTER = frozenset(
    (
        *("AssignVariableOp", "Const", "Identity", "NoOp", "PartitionedCall", "Placeholder"),
        *("ReadVariableOp", "StatefulPartitionedCall", "VarHandleOp", "VarIsInitializedOp"),
    )
)

# Of the two functions that save and restore variables, which only the saver names.
SAVER = frozenset(
    (
        *("AssignVariableOp", "Cast", "Const", "DisableCopyOnRead", "Identity", "NoOp", "Pack"),
        *("ReadVariableOp", "Select", "StaticRegexFullMatch", "StringJoin"),
        *("MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"),
    )
)

# Objects next to variables, functions and constants: plain ones, and Keras 2's.
IDENTIFIERS = (
    *("_generic_user_object", "signature_map"),
    *("trackable_dict_wrapper", "trackable_list_wrapper", "trackable_tuple_wrapper"),
)
KERAS_IDENTIFIERS = "_tf_keras_"
KINDS = frozenset(
    ("user_object", "function", "variable", "bare_concrete_function", "constant", "captured_tensor")
)
