"""Layers of colour on the canvas (Numba): stains that multiply, and what lies over them."""

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, nogil=True)
def stain(tone: np.ndarray, amounts: np.ndarray, stains: np.ndarray) -> np.ndarray:
    """``[h, w, 3]`` float32 reflectance of a tone with stains in it.

    Args:
        tone: ``[3]`` reflectance without any.
        amounts: ``[N, h, w]`` float32.
        stains: ``[N, 3]`` logarithm of the reflectance by a unit of each.
    """
    count, height, width = amounts.shape
    picture = np.empty((height, width, 3), np.float32)
    for row in range(height):
        for column in range(width):
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            for n in range(count):
                amount = amounts[n, row, column]
                red += amount * stains[n, 0]
                green += amount * stains[n, 1]
                blue += amount * stains[n, 2]
            picture[row, column, 0] = tone[0] * np.exp(red)
            picture[row, column, 1] = tone[1] * np.exp(green)
            picture[row, column, 2] = tone[2] * np.exp(blue)
    return picture


@njit(cache=True, fastmath=True, nogil=True)
def cover(picture: np.ndarray, colour: np.ndarray, part: np.ndarray) -> None:
    """Lays a colour, ``[3]``, over a part, ``[h, w]`` 0..1, of each pixel of ``[h, w, 3]``."""
    height, width = part.shape
    for row in range(height):
        for column in range(width):
            covered = part[row, column]
            if covered > 0:
                for n in range(3):
                    picture[row, column, n] += (colour[n] - picture[row, column, n]) * covered
