"""Skin without patches: forehead, cheeks and jaw may not become much lighter, darker or redder."""

from functools import lru_cache

import cv2
import numpy as np

from facedancer.utils.alignment import template

# Of CIE Lab's units, in which lightness goes from 0 to 100: what no change of the skin reaches,
# away from the features' soft edges.
_MOST = 12.0
# Of an aligned crop, the parts that may change as they like: the landmarks whose mean is the
# middle, how much lower than there it lies, and how far it reaches across and down, all in
# distances between the eyes.
_FEATURES = (
    ((0,), -0.12, 0.42, 0.40),
    ((1,), -0.12, 0.42, 0.40),
    ((2,), -0.10, 0.27, 0.50),
    ((3, 4), 0.00, 0.52, 0.36),
    ((3, 4), 0.40, 0.30, 0.30),
)
_SOFT = 0.03  # of the crop's side, the edges of the parts


def limit_skin(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Limits how far the skin of an aligned crop changes; brows, eyes, nose and mouth are free.

    A change ``d`` becomes ``12 tanh(d / 12)``: small ones stay, large ones end at 12. A generator
    that draws a source's wrinkles as dark patches then draws them as wrinkles. One that changes the
    face's outline, or gives it a beard, needs larger changes than these.

    Args:
        new: ``[S, S, 3]`` float32, the crop after the swap in CIE Lab (lightness 0 to 100).
        old: the same, before.

    Returns:
        ``[S, S, 3]`` float32, CIE Lab.
    """
    change, free = new - old, _features(new.shape[0])[..., None]
    return old + free * change + (1 - free) * _MOST * np.tanh(change / _MOST)


@lru_cache(maxsize=4)
def _features(side: int) -> np.ndarray:
    """``[S, S]`` float32 in [0, 1]: 1 at brows, eyes, nose, mouth and the middle of the chin."""
    landmarks = template(side)
    reach = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    down, across = np.mgrid[:side, :side].astype(np.float32)
    free = np.zeros((side, side), np.float32)
    for numbers, lower, wide, high in _FEATURES:
        x, y = landmarks[list(numbers)].mean(0) + (0, lower * reach)
        away = ((across - x) / (wide * reach)) ** 2 + ((down - y) / (high * reach)) ** 2
        # Flat within, and steeper at the edge than a Gaussian.
        free = np.maximum(free, np.exp(-0.5 * away**2))
    return cv2.GaussianBlur(free, (0, 0), _SOFT * side)
