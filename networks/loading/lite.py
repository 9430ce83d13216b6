"""Generators of LiteRT files."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.weights.lite_files import LiteFile

from ..generator import EMBEDDING_SIZE


def lite_swap(path: Path, inputs: tuple[str, str], output: str) -> tuple[int, LiteFile]:
    """A generator of ``export/convert.py``.

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
    target, identity = (network.inputs.get(name, ()) for name in inputs)
    side = target[1] if len(target) == 4 else None
    if (
        len(network.inputs) != 2
        or side is None
        or target[1:] != (side, side, 3)
        or identity[1:] != (EMBEDDING_SIZE,)
        or len(identity) != 2
        or {name: shape[1:] for name, shape in network.answers.items()} != {output: target[1:]}
    ):
        raise UserError(
            f"{path} is not a generator (inputs {network.inputs}, outputs {network.answers}): give "
            "the swap.tflite of export/convert.py"
        )
    return side, network


def call(network: LiteFile, output: str, **inputs: tf.Tensor) -> tf.Tensor:
    """The picture of tensors by name, ``[B, S, S, 3]`` float32."""
    arrays = {name: np.asarray(value, np.float32) for name, value in inputs.items()}
    return tf.constant(network(**arrays)[output])
