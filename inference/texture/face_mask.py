"""Masks of the face that is seen, where nothing hides it: the network that ships, ready to run."""

from collections.abc import Sequence

import cv2
import numpy as np

from facedancer.utils.weights.published import MODEL_ZOO

from ..blending.regions import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from .networks import load_network

# What the network says of a pixel: below the first it is not face, above the second it is. What may
# hide a source is left out; a spot of the old face in a target would show for no reason. Above the
# brows a source must be surer: a fringe's shadow is taken for skin.
SOURCE, _FOREHEAD, _TARGET = (0.35, 0.75), (0.7, 0.95), (0.2, 0.6)
# Of the crop's side, widths of discs: how far from hair a forehead is left out, but not so near a
# brow; how wide gaps about the eyes may be that are closed, and how far about the eyes.
_FROM_HAIR, _AT_BROWS, _GAP, _AT_EYES = 0.05, 0.024, 0.1, 0.04
_SOFT_BROWS = 0.008
FACE_MASK = MODEL_ZOO / "texture" / "face_mask.keras"
# Points of the mesh: both ends of the face, the corners of the eyes, the brows' tops.
_TOP, _CHIN, _CORNERS, _BROW_TOPS = 10, 152, (33, 133, 362, 263), (105, 334)


def tell_face(crop: np.ndarray) -> np.ndarray:
    """Asks the network about an aligned crop: ``[S, S, 3]`` uint8 RGB -> ``[T, T]`` in 0..1."""
    network, side = load_network(FACE_MASK)
    return network(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA))[..., 0]


def draw_target_mask(told: np.ndarray, mesh: np.ndarray, side: int) -> np.ndarray:
    """Draws how much of each pixel is face that is seen.

    Args:
        told: what `tell_face` says of the crop.
        mesh: ``[468, 2 or more]``, its face's points in its pixels.
        side: S, the crop's.

    Returns:
        ``[S, S]`` float32 in 0..1: 1 at skin (neck and ears too), brows, eyes and mouth; 0 at hair,
        glasses, hands and all else.
    """
    return _clear(told, side, mesh, _TARGET)


def draw_source_mask(told: np.ndarray, mesh: np.ndarray, side: int) -> np.ndarray:
    """Draws the same of a source: less where it is not sure, and nothing next to a fringe."""
    mask, forehead = (_clear(told, side, mesh, bounds) for bounds in (SOURCE, _FOREHEAD))
    forehead = cv2.erode(forehead, disc(_FROM_HAIR * side))
    return mask + _above_eyes(mesh, side) * (np.minimum(mask, forehead) - mask)


def _clear(
    told: np.ndarray, side: int, mesh: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    doubtful, sure = bounds
    clear = np.clip((told - doubtful) / (sure - doubtful), 0, 1)
    mask = cv2.resize(clear, (side, side), interpolation=cv2.INTER_LINEAR)
    # Thick lashes look like frames.
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(_GAP * side))
    at_eyes = hulls(mesh, (LEFT_EYE, RIGHT_EYE), side, _AT_EYES)
    return np.where(at_eyes > 0, np.maximum(mask, closed), mask)


def _above_eyes(mesh: np.ndarray, side: int) -> np.ndarray:
    """``[S, S]`` float32: 0 up to the eyes, 1 from the brows' tops on, 0 at the brows."""
    up = mesh[_TOP, :2] - mesh[_CHIN, :2]
    up = up / np.linalg.norm(up)
    eyes, brows = (float((mesh[list(at), :2] @ up).mean()) for at in (_CORNERS, _BROW_TOPS))
    rows, columns = np.mgrid[:side, :side]
    above = np.clip((columns * up[0] + rows * up[1] - eyes) / max(brows - eyes, 1e-3), 0, 1)
    at_brows = hulls(mesh, (LEFT_BROW, RIGHT_BROW), side, _AT_BROWS)
    at_brows = cv2.GaussianBlur(at_brows.astype(np.float32), (0, 0), _SOFT_BROWS * side)
    return (above * (1 - at_brows)).astype(np.float32)


def hulls(
    mesh: np.ndarray, loops: Sequence[tuple[int, ...]], side: int, wider: float
) -> np.ndarray:
    """``[S, S]`` uint8, 1 in the hulls of loops of a mesh, widened by half a share of the side."""
    mask = np.zeros((side, side), np.uint8)
    for loop in loops:
        cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(mesh[list(loop), :2]).astype(np.int32)), 1)
    return cv2.dilate(mask, disc(wider * side))


def disc(size: float) -> np.ndarray:
    """A disc, about ``size`` pixels wide, for `cv2.dilate` and the like."""
    width = 2 * round(size / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
