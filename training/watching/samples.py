"""The sample grid as one picture: a column a kind of image, with its name above."""

from collections.abc import Mapping

import cv2
import numpy as np
import tensorflow as tf

from facedancer.utils.images import signed_to_uint8

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_grid(columns: Mapping[str, tf.Tensor]) -> np.ndarray:
    """Puts named images side by side.

    Args:
        columns: name -> ``[B, S, S, 3]`` signed RGB, left to right.

    Returns:
        ``[(B + 1/8) S, columns * S, 3]`` uint8 RGB; the first S / 8 rows hold the names.
    """
    drawn = []
    for name, images in columns.items():
        pixels = signed_to_uint8(images).numpy()
        drawn.append(np.concatenate([_caption(name, pixels.shape[2]), *pixels]))
    return np.concatenate(drawn, axis=1)


def _caption(text: str, width: int) -> np.ndarray:
    """``[width / 8, width, 3]`` with the text in white on black, as large as it fits."""
    height = width // 8
    strip = np.zeros((height, width, 3), np.uint8)
    (text_width, text_height), _ = cv2.getTextSize(text, _FONT, 1.0, 1)
    scale = min(0.9 * width / text_width, 0.6 * height / text_height)
    origin = (width // 20, round(0.8 * height))
    return cv2.putText(strip, text, origin, _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
