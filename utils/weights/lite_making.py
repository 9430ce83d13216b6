"""Networks as LiteRT (TensorFlow Lite) files of built-in operations."""

import contextlib
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from logging import getLogger

import keras
import numpy as np
import tensorflow as tf
from absl import logging
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from ..errors import UserError

Arrays = Mapping[str, np.ndarray]

_TENSORFLOW = getLogger("tensorflow")


def convert(
    model: keras.Model,
    signature: str,
    answer: Callable[..., dict[str, tf.Tensor]],
    precision: str,
    samples: Iterable[Arrays] = (),
    shapes: Mapping[str, tuple[int | None, ...]] | None = None,
) -> bytes:
    """Converts a network.

    Weights are made constants of the graph first: the converter of TensorFlow 2.21 leaves them out
    of graphs with custom gradients, without a word.

    Args:
        model: computing in float32.
        signature: its name in the file.
        answer: from the model's inputs, in their order, to its outputs by name.
        precision: ``float32``, or ``float16``, which stores weights so and computes in float32
            where the processor has no half precision; ``int8_dynamic`` stores weights in 8 bits and
            rounds activations as they come; ``int8`` rounds both, by ranges seen on ``samples``,
            inputs and outputs staying float32, and operations that LiteRT has in float32 alone.
        samples: single inputs by name, ``[1, ...]`` float32 each; for ``int8``.
        shapes: of inputs, where they are to be others than the model's; None in one leaves it open.

    Returns:
        The file's bytes.

    Raises:
        UserError: ``int8`` without samples.
    """
    shapes = shapes or {}
    specs = [
        tf.TensorSpec(shapes.get(tensor.name, tensor.shape), tf.float32, tensor.name)
        for tensor in model.inputs
    ]
    graph = tf.function(lambda *inputs: answer(*inputs), input_signature=specs)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        _write_constants(graph, signature, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[signature])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int8":
            samples = list(samples)
            if not samples:
                raise UserError(
                    "int8 needs real crops for calibration: give --data, a folder of shards"
                )
            converter.representative_dataset = lambda: (dict(sample) for sample in samples)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        return converter.convert()


def _write_constants(graph: tf.types.experimental.PolymorphicFunction, name: str, folder: str):
    """A SavedModel of a function with its variables' values in it."""
    concrete = graph.get_concrete_function()
    names = list(concrete.structured_outputs)
    frozen = convert_variables_to_constants_v2(concrete)
    # The frozen function gives its outputs in the order of the flattened structure: by name.
    order = sorted(names)
    shapes = {key: concrete.structured_outputs[key].shape for key in names}
    places = [tensor.name.partition(":")[0] for tensor in frozen.inputs]
    specs = graph.input_signature

    @tf.function(input_signature=specs)
    def with_constants(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        given = {spec.name: value for spec, value in zip(specs, inputs, strict=True)}
        outputs = frozen(*(given[place] for place in places))
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        return {
            key: tf.ensure_shape(value, shapes[key])
            for key, value in zip(order, outputs, strict=True)
        }

    module = tf.Module()
    module.answer = with_constants
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, folder, signatures={name: with_constants}, options=options)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the converter says of gradients, which are left out, and of its successor."""
    verbosity, loud = logging.get_verbosity(), _TENSORFLOW.level
    logging.set_verbosity(logging.ERROR)
    _TENSORFLOW.setLevel("ERROR")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
        _TENSORFLOW.setLevel(loud)
