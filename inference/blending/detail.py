"""Fine detail of a face that is larger in its picture than the generator's crop.

The enlarged swap is blurred next to the photograph around it, and has none of its grain. What the
crop could not hold of the target, its picture less its own crop enlarged, is put over the swap
where both show the same structure: skin, hair, rims. Where the swap moved something, the target's
edges would be ghosts: there the picture's grain alone is put on.
"""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np

from facedancer.utils.alignment import place_back

# Structure is compared within a Gaussian of this deviation, in pixels of the crop: what is finer
# than these pixels is what is missing.
_WINDOW = 1.5
# Variance in squared grey levels below which there is no structure: skin that is nearly flat takes
# the target's pores.
_FLAT = 25.0
# How steeply the gain falls where structures differ.
_STEEP = 2
# In pixels of the picture: what is finer than that is noise or an edge; an edge is larger than so
# many deviations of the noise.
_GRAIN, _EDGE = 1.0, 2.0
# Of so many rows and columns one tells how much noise there is.
_SPARSE = 4
# The median of the absolute values of normal noise, to its deviation.
_NORMAL = 1.4826
# A face in a film grows and shrinks: detail comes by degrees from a crop's size to so much more.
_FULL = 1.5

Restore = Callable[[np.ndarray], np.ndarray]


def target_detail(
    image: np.ndarray, crop: np.ndarray, changed: np.ndarray, matrix: np.ndarray
) -> Restore | None:
    """Prepares what puts a picture's fine detail over an enlarged swap.

    Args:
        image: ``[H, W, 3]`` uint8 RGB, before any swap.
        crop: ``[S, S, 3]`` uint8 RGB, as aligned out of it.
        changed: the same, swapped.
        matrix: ``[2, 3]``, picture -> crop.

    Returns:
        The enlarged swap ``[h, w, 3]`` float32, where it lies in the picture -> the same with
        detail, 0 to 255. None where the face is no larger than the crop, or outside of the picture.
    """
    larger = 1 / np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    share = min((larger - 1) / (_FULL - 1), 1.0)
    if share <= 0:
        return None
    placed = place_back(image.shape, crop, matrix, structure_kept(crop, changed))
    if placed is None:
        return None
    area, enlarged, gain = placed
    whole = image[area].astype(np.float32)
    gain = gain[..., None]
    detail = gain * (whole - enlarged) + (1 - gain) * _grain(whole)

    def restore(new: np.ndarray) -> np.ndarray:
        return np.clip(new + share * detail, 0, 255)

    return restore


def structure_kept(crop: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Tells where a swap shows its target's structure.

    With c the local covariance of both, and v the larger of their variances, it is
    ((c + flat) / (v + flat))^2, and 0 where they vary against each other.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB.
        changed: the same, swapped.

    Returns:
        ``[S, S]`` float32 in [0, 1].
    """
    old, new = (cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32) for x in (crop, changed))
    old_mean, new_mean = _mean(old), _mean(new)
    covariance = _mean(old * new) - old_mean * new_mean
    variance = np.maximum(_mean(old**2) - old_mean**2, _mean(new**2) - new_mean**2)
    return np.clip((covariance + _FLAT) / (np.maximum(variance, 0) + _FLAT), 0, 1) ** _STEEP


def _mean(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), _WINDOW, borderType=cv2.BORDER_REPLICATE)


def _grain(picture: np.ndarray) -> np.ndarray:
    """The finest octave of ``[h, w, 3]`` float32, edges cut to the size of the noise."""
    fine = picture - cv2.GaussianBlur(picture, (0, 0), _GRAIN)
    some = np.abs(fine[::_SPARSE, ::_SPARSE])
    most = _EDGE * _NORMAL * np.median(some, axis=(0, 1))
    return np.clip(fine, -most, most)


@dataclasses.dataclass(frozen=True)
class Detail:
    """A source of fine detail that can be chosen.

    Attributes:
        words: what it is, for ``--help``.
        prepare: as `target_detail`; None: no detail.
    """

    words: str
    prepare: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Restore | None] | None


# The first is the default.
DETAILS: dict[str, Detail] = {
    "target": Detail(
        "the target's detail and grain, where the new face has the same structure", target_detail
    ),
    "off": Detail("only enlarge the new face", None),
}
DEFAULT_DETAIL = next(iter(DETAILS))
