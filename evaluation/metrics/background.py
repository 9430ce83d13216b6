"""Does the swap leave alone what is not face?"""

import functools

import cv2
import numpy as np

from facedancer.utils.alignment import soft_mask

# Of the SSIM paper: the Gaussian window's deviation in pixels, and the two constants.
_WINDOW_SIGMA, _WINDOW = 1.5, 11
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@functools.cache
def outside_mask(side: int) -> np.ndarray:
    """``[side, side]`` bool: where the released swap's mask takes nothing of it."""
    return soft_mask(side) == 0


def psnr_outside(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Peak signal to noise ratio outside the face, 10 log10(255^2 / mean squared difference).

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` decibels; of equal pictures 100, more than 8 bits can tell.
    """
    outside = outside_mask(target.shape[1])
    return psnr(target[:, outside], changed[:, outside])


def psnr(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The ratio over all of each picture: ``[P, ..., 3]`` uint8 twice -> ``[P]`` decibels."""
    difference = one.astype(np.float64) - other
    squares = np.mean(difference**2, axis=tuple(range(1, one.ndim)))
    return 10.0 * np.log10(255.0**2 / np.maximum(squares, 255.0**2 / 1e10))


def ssim_outside(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Structural similarity of the luma outside the face, 1 for equal pictures.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004,
    with its window of 11 x 11 pixels; the mean over the places outside, whose windows do reach in.

    Args:
        target: ``[P, S, S, 3]`` uint8 RGB.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` in -1..1.
    """
    return ssim(target, changed, outside_mask(target.shape[1]))


def ssim(one: np.ndarray, other: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
    """The similarity of pictures, ``[P, S, S, 3]`` uint8 RGB twice -> ``[P]``.

    Args:
        one: pictures.
        other: as many, of the same side.
        where: ``[S, S]`` bool, the places that count; None: all.
    """
    where = ... if where is None else where
    return np.array([_ssim(*pair)[where].mean() for pair in zip(one, other, strict=True)])


def _ssim(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    x, y = (
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) for image in (target, changed)
    )
    mean_x, mean_y = _window(x), _window(y)
    variance_x = _window(x * x) - mean_x**2
    variance_y = _window(y * y) - mean_y**2
    covariance = _window(x * y) - mean_x * mean_y
    return ((2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)) / (
        (mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2)
    )


def _window(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (_WINDOW, _WINDOW), _WINDOW_SIGMA)
