"""Masks of the face that is seen, where nothing hides it: the network that ships, ready to run."""

import functools
import threading
from collections.abc import Callable

import cv2
import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import MODEL_ZOO

from ..blending.regions import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE

# What the network says of a pixel: below the first it is not face, above the second it is. What may
# hide a source is left out; a spot of the old face in a target would show for no reason.
SOURCE, TARGET = (0.35, 0.75), (0.2, 0.6)
# Of the crop's side: how far about brows and eyes gaps are closed, and how wide these may be.
_AROUND, _GAP = 0.04, 0.1
FACE_MASK = MODEL_ZOO / "texture" / "face_mask.keras"


def draw_face_mask(crop: np.ndarray, mesh: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Draws how much of each pixel is face that is seen.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB, aligned.
        mesh: ``[468, 2 or more]``, its face's points in its pixels: rendered brows are weaker than
            many real ones, which the network takes for hair. Where they are, small gaps are closed.
        bounds: `SOURCE` or `TARGET`.

    Returns:
        ``[S, S]`` float32 in 0..1: 1 at skin (neck and ears too), brows, eyes and mouth; 0 at hair,
        glasses, hands and all else.
    """
    network, side = _network()
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    with _LOCK:
        mask = network(small[None].astype(np.float32) / 127.5 - 1)
    doubtful, sure = bounds
    clear = np.clip((mask - doubtful) / (sure - doubtful), 0, 1)
    mask = cv2.resize(clear, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return _with_brows(mask, mesh)


def _with_brows(mask: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    side = mask.shape[0]
    brows = np.zeros((side, side), np.uint8)
    for loop in (LEFT_BROW, RIGHT_BROW, LEFT_EYE, RIGHT_EYE):
        cv2.fillConvexPoly(brows, cv2.convexHull(np.rint(mesh[list(loop), :2]).astype(np.int32)), 1)
    brows = cv2.dilate(brows, _disc(_AROUND * side))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _disc(_GAP * side))
    return np.where(brows > 0, np.maximum(mask, closed), mask)


def _disc(size: float) -> np.ndarray:
    width = 2 * round(size / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))


_LOCK = threading.Lock()


@functools.cache
def _network() -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    import keras  # Seconds, which `--help` can do without.
    import tensorflow as tf

    try:
        model = keras.models.load_model(FACE_MASK, compile=False)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {FACE_MASK} ({error}): install facedancer again") from error
    side = model.inputs[0].shape[1]
    run = tf.function(
        lambda crop: model(crop, training=False)[0, ..., 0],
        input_signature=[tf.TensorSpec([1, side, side, 3], tf.float32)],
        autograph=False,
    )
    return lambda crop: run(crop).numpy(), side
