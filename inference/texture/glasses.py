"""Glasses that the mask of the face sees only in part: where they are worn at all, and about where.

Thin rims of a skin's own colour escape the network; dark ones and bridges do not.
"""

import cv2
import numpy as np

from ..blending.regions import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE
from .face_mask import SOURCE, disc, hulls

# Of the part below each eye and between both that is not face: more than the first tells glasses
# there, more than the second a hand or a fringe.
_BELOW, _BETWEEN = (0.03, 0.5), (0.08, 0.45)
# Of the crop's side: rims are looked for so far from an eye, and lie within so far; how soft the
# edges of this part are.
_NEAREST, _FAR, _FARTHEST, _SOFT = 0.03, 0.12, 0.15, 0.01
# What differs by so many grey levels from the median of a square about it is a rim, and a disc of
# so large a part of the crop's side widens it: less of a source's, whose wrinkles must stay.
_SOURCE, _TARGET = (45, 0.01), (25, 0.012)
# Of the crop's side: that square's side, and how far skin that covers rims is fetched from; and the
# side at which rims are looked for.
_AROUND, _REACH, _SIDE = 0.11, 0.06, 256
# Points of the mesh: the head's ends, the root of the nose, and what bounds the part between eyes.
_TOP, _CHIN, _ROOT, _BETWEEN_EYES = 10, 152, 168, (133, 362, 55, 285, 107, 336)


def find_glasses(told: np.ndarray, mesh: np.ndarray, side: int) -> np.ndarray:
    """Tells where the rims and bridge of glasses may lie; brows and eyes are left out.

    Args:
        told: what `tell_face` says of the crop.
        mesh: ``[468, 2 or more]``, its face's points in its pixels.
        side: S, the crop's.

    Returns:
        ``[S, S]`` float32 in 0..1, 0 everywhere if no glasses are worn.
    """
    doubtful, sure = SOURCE
    not_face = 1 - np.clip((told - doubtful) / (sure - doubtful), 0, 1)
    not_face = cv2.resize(not_face, (side, side), interpolation=cv2.INTER_LINEAR)
    up = mesh[_TOP, :2] - mesh[_CHIN, :2]
    up = up / np.linalg.norm(up)
    across = np.array([-up[1], up[0]])
    rows, columns = np.mgrid[:side, :side]
    height, breadth = (columns * way[0] + rows * way[1] for way in (up, across))
    middle = mesh[_ROOT, :2] @ across

    def share(part: np.ndarray) -> float:
        return float(not_face[part].mean()) if part.any() else 0.0

    below = []
    for loop in (LEFT_EYE, RIGHT_EYE):
        far = _from((loop,), mesh, side)
        points = mesh[list(loop), :2]
        part = (far > _NEAREST) & (far < _FAR) & (height < (points @ up).mean())
        # Hair hangs beside an eye, but not before its inner side.
        below.append(share(part & (np.abs(breadth - middle) < abs(points[0] @ across - middle))))
    corners = cv2.convexHull(np.rint(mesh[list(_BETWEEN_EYES), :2]).astype(np.int32))
    between = share(cv2.fillConvexPoly(np.zeros((side, side), np.uint8), corners, 1) > 0)
    nothing = np.zeros((side, side), np.float32)
    if not (_BELOW[0] < min(below) and max(below) < _BELOW[1]):
        return nothing
    if not _BETWEEN[0] < between < _BETWEEN[1]:
        return nothing
    near = _from((LEFT_EYE, RIGHT_EYE), mesh, side) < _FARTHEST
    near &= hulls(mesh, (LEFT_EYE, RIGHT_EYE), side, _NEAREST) == 0
    near &= hulls(mesh, (LEFT_BROW, RIGHT_BROW), side, 0) == 0
    return cv2.GaussianBlur(near.astype(np.float32), (0, 0), _SOFT * side)


def find_rims(crop: np.ndarray, seen: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """Finds a target's rims themselves: what stands out from the skin there, or is no face.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB.
        seen: ``[S, S]`` float32 in 0..1, where it is face.
        zone: where they may lie, as `find_glasses` says.

    Returns:
        ``[S, S]`` float32 in 0..1.
    """
    return _rims(crop, seen, zone, _TARGET) if zone.any() else zone


def without_rims(
    crop: np.ndarray, seen: np.ndarray, zone: np.ndarray, mesh: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draws skin over the rims of a source's glasses.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB.
        seen: ``[S, S]`` float32 in 0..1, where it is face.
        zone: where they may lie, as `find_glasses` says.
        mesh: ``[468, 2 or more]``, the face's points in the crop's pixels.

    Returns:
        The crop, and where it is face, skin over rims too.
    """
    if not zone.any():
        return crop, seen
    side, rims = len(crop), _rims(crop, seen, zone, _SOURCE)
    # Skin around glasses and eyes goes on behind them.
    weight = seen * (hulls(mesh, (LEFT_EYE, RIGHT_EYE), side, 2 * _FARTHEST) == 0)
    known = cv2.GaussianBlur(weight, (0, 0), _REACH * side)
    near = cv2.GaussianBlur(weight[..., None] * crop.astype(np.float32), (0, 0), _REACH * side)
    near /= np.maximum(known, 1e-4)[..., None]
    drawn = crop + rims[..., None] * (near - crop)
    return np.rint(np.clip(drawn, 0, 255)).astype(np.uint8), np.maximum(seen, rims)


def _rims(
    crop: np.ndarray, seen: np.ndarray, zone: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    side, (least, wider) = len(crop), bounds
    # At one size, whatever the crop's: pixels of a small one are as wide as rims.
    crop, seen, zone = (cv2.resize(image, (_SIDE, _SIDE)) for image in (crop, seen, zone))
    around = cv2.medianBlur(crop, round(_AROUND * _SIDE) // 2 * 2 + 1)
    away = np.abs(crop.astype(np.int16) - around).max(axis=-1)
    found = ((away > least) | (seen < 0.5)) & (zone > 0.5)
    found = cv2.dilate(found.astype(np.uint8), disc(wider * _SIDE)).astype(np.float32)
    return cv2.resize(cv2.GaussianBlur(found, (0, 0), _SOFT * _SIDE), (side, side))


def _from(loops: tuple[tuple[int, ...], ...], mesh: np.ndarray, side: int) -> np.ndarray:
    """``[S, S]``: how far from the loops each pixel is, as a share of the side."""
    inside = hulls(mesh, loops, side, 0)
    return cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) / side
