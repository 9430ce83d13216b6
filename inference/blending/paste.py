"""Puts a crop back by the exact inverse of its matrix, touching its own area alone."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from facedancer.utils.alignment import mix_linearly, paste_into

# Levels of the pyramid at most; each halves the side.
_LEVELS = 5
_LEAST_SIDE = 8
# Of the mask: below it, what the pyramid made fades to the old picture.
_FADED = 0.5


def paste(
    image: np.ndarray,
    crop: np.ndarray,
    matrix: np.ndarray,
    mask: np.ndarray,
    mode: str,
    restore: Callable[[np.ndarray], np.ndarray] | None = None,
) -> None:
    """Writes a crop into a picture.

    Args:
        image: ``[H, W, 3]`` uint8; changed in place, and only where the mask is above 0.
        crop: ``[S, S, 3]`` uint8, the new content.
        matrix: ``[2, 3]``, picture -> crop.
        mask: ``[S, S]`` float in [0, 1], how much of the crop is taken.
        mode: one of `MODES`.
        restore: puts detail over the crop as it lies in the picture, ``[h, w, 3]`` float32; None:
            it stays as it is.
    """
    mix = MODES[mode].mix

    def mix_restored(old: np.ndarray, new: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return mix(old, new if restore is None else restore(new), weight)

    paste_into(image, crop, matrix, mask, mix_restored)


def _multiband(old: np.ndarray, new: np.ndarray, weight: np.ndarray) -> np.ndarray:
    # Each octave of detail is blended over a width of its own (Burt and Adelson, "A Multiresolution
    # Spline", 1983), so that no edge shows where light differs.
    # Outside of its own border the crop has nothing to say: there the old goes on, or the pyramid
    # would draw its edge in.
    new = np.where(weight[..., None] > 0, new, old)
    whole, ramp = old, np.minimum(weight / _FADED, 1)[..., None]
    levels = min(_LEVELS, int(np.log2(max(min(old.shape[:2]) / _LEAST_SIDE, 1))))
    blended = []
    for _ in range(levels):
        size = old.shape[1::-1]
        smaller = [cv2.pyrDown(x) for x in (old, new)]
        detail = [x - cv2.pyrUp(y, dstsize=size) for x, y in zip((old, new), smaller, strict=True)]
        blended.append(detail[0] + weight[..., None] * (detail[1] - detail[0]))
        (old, new), weight = smaller, cv2.pyrDown(weight)
    result = old + weight[..., None] * (new - old)
    for detail in reversed(blended):
        result = cv2.pyrUp(result, dstsize=detail.shape[1::-1]) + detail
    # Wide octaves reach over the mask's end: they fade out before it, or it would show as a step.
    return whole + ramp * (result - whole)


@dataclasses.dataclass(frozen=True)
class Mode:
    """A blend that can be chosen.

    Attributes:
        words: what it does, for ``--help``.
        mix: the old picture's part ``[h, w, 3]`` and the new, float32, and how much is taken of it,
            ``[h, w]`` -> their blend.
    """

    words: str
    mix: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


# The first is the default.
MODES: dict[str, Mode] = {
    "linear": Mode("in the mask's proportion", mix_linearly),
    "multiband": Mode(
        "each octave of detail over its own width, for faces lit differently", _multiband
    ),
}
DEFAULT_MODE = next(iter(MODES))
