"""The small networks that ship for the fit, each read once and run on one crop at a time."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError

_LOCK = threading.Lock()


@functools.cache
def load_network(path: Path) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """Loads a network.

    Args:
        path: of its file.

    Returns:
        What takes ``[S, S, 3]`` uint8 RGB and gives the network's answer, float32, without a batch;
        and S.

    Raises:
        UserError: it cannot be read.
    """
    import keras  # Seconds, which `--help` can do without.
    import tensorflow as tf

    from facedancer.networks.lips import MeanPlace

    try:
        model = keras.models.load_model(path, {"MeanPlace": MeanPlace}, compile=False)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path} ({error}): install facedancer again") from error
    side = model.inputs[0].shape[1]
    run = tf.function(
        lambda crop: model(crop, training=False)[0],
        input_signature=[tf.TensorSpec([1, side, side, 3], tf.float32)],
        autograph=False,
    )

    def answer(crop: np.ndarray) -> np.ndarray:
        with _LOCK:
            return run(crop[None].astype(np.float32) / 127.5 - 1).numpy()

    return answer, side
