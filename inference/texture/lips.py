"""Lips where they are: the face mesh draws open mouths too small."""

import cv2
import numpy as np

from facedancer.utils.weights.published import MODEL_ZOO

from .networks import load_network

LIPS = MODEL_ZOO / "texture" / "lips.keras"
# Of an aligned crop: the side of the part about the mouth that the network sees.
MOUTH_SHARE = 0.5
# Rings of the mesh's points from the right corner over the upper lip to the left one, and from
# there back over the lower lip; from the outside in.
_RINGS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306, 307, 320, 404, 315, 16, 85, 180, 90, 77),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292, 325, 319, 403, 316, 15, 86, 179, 89, 96),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
)
# Which of the outermost ring's places, and of the innermost one's, the network's points are.
_AROUND, _OPENING = (0, 3, 4, 5, 6, 7, 10, 13, 14, 15, 16, 17), (0, 3, 5, 7, 10, 13, 15, 17)
# Of the crop's side: how far around lips the face moves with them, and how far they move at most.
_REACH, _MOST = 0.07, 0.12
# Of a mouth, the part that is seen: below the first, lips stay; above the second, they move.
_SHOWN = (0.8, 0.95)


def with_lips(crop: np.ndarray, mesh: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Moves a mesh's lips to where a crop shows them, and what is near them a little.

    Args:
        crop: ``[S, S, 3]`` uint8 RGB, aligned.
        mesh: ``[468, 3]``, its face's points in its pixels.
        seen: ``[S, S]`` in 0..1, where it shows the face: hidden lips stay where they are.

    Returns:
        ``[468, 3]`` float64.
    """
    side = crop.shape[0]
    told = _told(crop, mesh)
    outer, inner = (
        _around_the_ring(told[part] - mesh[np.array(ring)[list(at)], :2], at)
        for part, ring, at in (
            (slice(0, 12), _RINGS[0], _AROUND),
            (slice(12, 20), _RINGS[-1], _OPENING),
        )
    )
    rings = np.array(_RINGS)
    inwards = np.linspace(0, 1, len(rings))[:, None, None]
    lips = outer + inwards * (inner - outer)
    farthest = np.linalg.norm(lips, axis=-1).max()
    lips *= min(1.0, _MOST * side / max(farthest, 1e-6))
    hidden, shown = _SHOWN
    places = np.concatenate([told[:12], mesh[rings[0], :2]])
    lips *= np.clip((_mean_within(places, seen) - hidden) / (shown - hidden), 0, 1)

    apart = np.linalg.norm(mesh[:, None, :2] - mesh[None, rings[0], :2], axis=-1)
    near = np.exp(-((apart / (_REACH * side)) ** 2))
    moved = near @ lips[0] / np.maximum(near.sum(axis=1), 1e-12)[:, None]
    moved *= np.exp(-((apart.min(axis=1) / (_REACH * side)) ** 2))[:, None]
    moved[rings] = lips
    result = mesh.astype(np.float64)
    result[:, :2] += moved
    return result


def _mean_within(points: np.ndarray, picture: np.ndarray) -> float:
    """The mean of a picture within the hull of points."""
    hull = cv2.convexHull(np.rint(points).astype(np.int32))
    mask = cv2.fillConvexPoly(np.zeros(picture.shape, np.uint8), hull, 1)
    return float(picture[mask > 0].mean()) if mask.any() else 0.0


def _around_the_ring(moves: np.ndarray, at: tuple[int, ...]) -> np.ndarray:
    """``[20, 2]``: moves that are known at some places of a ring, and between them in part."""
    count = len(_RINGS[0])
    places = np.arange(count)
    return np.stack([np.interp(places, at, axis, period=count) for axis in moves.T], axis=1)


def _told(crop: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """``[20, 2]``: the network's points, in the crop's pixels."""
    network, side = load_network(LIPS)
    middle = mesh[np.array(_RINGS[0])[list(_AROUND)], :2].mean(axis=0)
    width = MOUTH_SHARE * crop.shape[0]
    scale = side / width
    shift = (side - 1) / 2 - scale * middle
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    if scale < 1:  # Less than every pixel is looked at: what is finer than that must not remain.
        crop = cv2.GaussianBlur(crop, (0, 0), 0.4 / scale)
    mouth = cv2.warpAffine(crop, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return (network(mouth) * side - 0.5 - shift) / scale
