"""ONNX files, by tf2onnx, run by onnxruntime."""

import json
from collections.abc import Callable, Iterable, Mapping

import keras
import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError

from .conversion import Form

PRECISIONS = {"float32": 80.0}
_OPSET = 17
_NEEDED = "ONNX files need tf2onnx and onnxruntime: pip install tf2onnx onnxruntime"


def convert(
    model: keras.Model,
    signature: str,
    answer: Callable[..., dict[str, tf.Tensor]],
    precision: str = "float32",
    samples: Iterable[Mapping[str, np.ndarray]] = (),
    shapes: Mapping[str, tuple[int | None, ...]] | None = None,
) -> bytes:
    """Converts a network; pictures stay ``[B, H, W, 3]``, names stay the model's.

    Args:
        model: computing in float32.
        signature: the graph's name.
        answer: from the model's inputs, in their order, to its outputs by name.
        precision: float32.
        samples: not looked at.
        shapes: of inputs, where they are to be others than the model's; None in one leaves it open.

    Raises:
        UserError: tf2onnx is missing.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise UserError(_NEEDED) from error
    shapes = shapes or {}
    specs = [
        tf.TensorSpec(shapes.get(tensor.name, tensor.shape), tf.float32, tensor.name)
        for tensor in model.inputs
    ]
    graph = tf.function(lambda *inputs: answer(*inputs), input_signature=specs)
    proto, _ = tf2onnx.convert.from_function(graph, input_signature=specs, opset=_OPSET)
    proto.graph.name = signature
    return proto.SerializeToString()


def load(content: bytes) -> Callable[..., dict[str, np.ndarray]]:
    """An ONNX file as a function: arrays by name -> arrays by name.

    Raises:
        UserError: onnxruntime is missing.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError(_NEEDED) from error
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda **inputs: dict(zip(names, session.run(None, inputs), strict=True))


def add_metadata(content: bytes, description: str, facts: dict[str, object]) -> bytes:
    """An ONNX file's bytes with a description, and facts as the metadata ``facedancer``."""
    import onnx

    proto = onnx.load_from_string(content)
    proto.doc_string = description
    onnx.helper.set_model_props(proto, {"facedancer": json.dumps(facts)})
    return proto.SerializeToString()


ONNX = Form(".onnx", PRECISIONS, convert, load, add_metadata)
