"""The kinds of files that networks are converted to."""

from facedancer.utils.weights.lite_files import LiteFile

from . import lite_conversion, lite_metadata, onnx_conversion
from .conversion import Form

LITE = Form(
    ".tflite",
    lite_conversion.PRECISIONS,
    lite_conversion.convert,
    LiteFile,
    lite_metadata.add_metadata,
)
ONNX = Form(
    ".onnx",
    onnx_conversion.PRECISIONS,
    onnx_conversion.convert,
    onnx_conversion.load,
    onnx_conversion.add_metadata,
)
