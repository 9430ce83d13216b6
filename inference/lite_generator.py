"""Generators of LiteRT files."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.utils.cli import UserError
from facedancer.utils.lite_files import LiteFile


def lite_swap(path: Path, inputs: tuple[str, str], output: str) -> tuple[int, LiteFile]:
    """A generator of ``export/tflite.py``.

    Args:
        path: its ``swap.tflite``.
        inputs: the names of target and identity.
        output: the name of the picture.

    Returns:
        The side of its crops, and the file as a function.

    Raises:
        UserError: it is another network, or LiteRT's runtime is missing.
    """
    network = LiteFile.open(path)
    if set(network.inputs) != set(inputs) or network.outputs != (output,):
        raise UserError(
            f"{path} has inputs {network.inputs} and outputs {network.outputs}: no generator; take "
            "the swap.tflite of export/tflite.py"
        )
    return network.inputs[inputs[0]][1], network


def call(network: LiteFile, output: str, **inputs: tf.Tensor) -> tf.Tensor:
    """The picture of tensors by name, ``[B, S, S, 3]`` float32."""
    arrays = {name: np.asarray(value, np.float32) for name, value in inputs.items()}
    return tf.constant(network(**arrays)[output])
