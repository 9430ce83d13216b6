"""The detector's network of a LiteRT file."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.weights.lite_files import LiteFile

# Of each anchor.
_OUTPUTS = {"boxes": (4,), "landmarks": (10,), "scores": ()}


class LiteRetinaFace:
    """Stands where `detector.Detector` has a Keras model.

    Args:
        path: a ``detect.tflite`` of ``export/convert.py``.

    Raises:
        UserError: it is another network, or LiteRT's runtime is missing.

    Attributes:
        side_multiple: of what its pictures' sides must be multiples.
    """

    side_multiple = 32

    def __init__(self, path: str | Path) -> None:
        self._network = LiteFile.open(path)
        ends = {name: shape[2:] for name, shape in self._network.answers.items()}
        channels = [shape[3:] for shape in self._network.inputs.values()]
        if ends != _OUTPUTS or channels != [(3,)]:
            raise UserError(
                f"{path} is not a detector (inputs {self._network.inputs}, outputs "
                f"{self._network.answers}): give the detect.tflite of export/convert.py"
            )
        [self._input] = self._network.inputs

    def __call__(self, images: tf.Tensor, training: bool = False) -> dict[str, tf.Tensor]:
        """``[B, H, W, 3]`` RGB in 0..255, both sides multiples of 32 -> see `get_retinaface`."""
        answers = tf.numpy_function(self._run, [images], [tf.float32] * len(_OUTPUTS))
        return {
            name: tf.ensure_shape(answer, [None, None, *_OUTPUTS[name]])
            for name, answer in zip(_OUTPUTS, answers, strict=True)
        }

    def _run(self, images: np.ndarray) -> list[np.ndarray]:
        answers = self._network(**{self._input: images})
        return [answers[name] for name in _OUTPUTS]
