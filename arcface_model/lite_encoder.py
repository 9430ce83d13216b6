"""Identity encoders of LiteRT files: they give identities, no blocks and no gradients."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.weights.kinds import Kind
from facedancer.utils.weights.lite_files import LiteFile

from .encoder import READER, load_encoder
from .interface import EMBEDDING_SIZE
from .origin import UNTRAINED_SMALL

_OUTPUT = "embedding"


class LiteEncoder:
    """Stands where inference has an encoder; see `interface`.

    Args:
        path: an ``embed.tflite`` of ``export/convert.py``.

    Raises:
        UserError: it is another network, or LiteRT's runtime is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self._network = LiteFile.open(path)
        inputs = list(self._network.inputs.items())
        shape = inputs[0][1] if len(inputs) == 1 else ()
        width = {name: shape[1:] for name, shape in self._network.answers.items()}
        if (
            len(shape) != 4
            or None in shape[1:]
            or shape[1] != shape[2]
            or shape[3] != 3
            or width != {_OUTPUT: (EMBEDDING_SIZE,)}
        ):
            raise UserError(
                f"{path} is not an identity encoder (inputs {self._network.inputs}, outputs "
                f"{self._network.answers}): give the embed.tflite of export/convert.py"
            )
        self._input, self.input_shape = inputs[0]

    def __call__(self, images: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """``[B, S, S, 3]`` unit RGB -> ``{"embedding": [B, 512]}``, float32."""
        answer = self._network(**{self._input: np.asarray(images, np.float32)})[_OUTPUT]
        return {_OUTPUT: tf.reshape(tf.constant(answer), [-1, EMBEDDING_SIZE])}


def load_embedder(path: str | Path) -> keras.Model | LiteEncoder:
    """Loads what gives identities alone: all that `load_encoder` takes, and LiteRT files.

    Raises:
        UserError: there is no such file, or it holds something else.
    """
    if str(path) != UNTRAINED_SMALL and READER.find(path).kind is Kind.LITE:
        return LiteEncoder(path)
    return load_encoder(path)
