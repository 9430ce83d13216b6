"""The operations that a LiteRT file may hold: those of our own exports, and plain relatives.

LiteRT has none that opens a file; but loops, variables, tables and operations of others' making.
"""

# What export/convert.py writes, in every precision.
_OURS = (
    *("ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE"),
    *("FULLY_CONNECTED", "LEAKY_RELU", "LOGISTIC", "MEAN", "MUL", "NEG", "PACK", "PAD"),
    *("QUANTIZE", "RELU", "RESHAPE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR", "RSQRT"),
    *("SHAPE", "SLICE", "SOFTMAX", "SQUARE", "SQUARED_DIFFERENCE", "STRIDED_SLICE", "SUB"),
)
_RELATIVES = (
    *("ABS", "BATCH_MATMUL", "BROADCAST_TO", "DEPTH_TO_SPACE", "DIV", "ELU", "EXP", "EXPAND_DIMS"),
    *("GELU", "HARD_SWISH", "LOG", "MAXIMUM", "MAX_POOL_2D", "MINIMUM", "MIRROR_PAD", "PADV2"),
    *("POW", "PRELU", "REDUCE_MAX", "REDUCE_MIN", "RELU6", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V"),
    *("SQRT", "SQUEEZE", "SUM", "TANH", "TILE", "TRANSPOSE", "TRANSPOSE_CONV", "UNPACK"),
)
ALLOWED = frozenset((*_OURS, *_RELATIVES))
