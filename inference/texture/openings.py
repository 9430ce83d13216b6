"""Eyes and mouths, open or closed: which a source's photograph can give, and which stay."""

import cv2
import numpy as np

from ..blending.regions import LEFT_EYE, MOUTH, RIGHT_EYE

# Points of the mesh: the middles of the inner lips.
_UPPER_LIP, _LOWER_LIP = 13, 14
# A mouth is open if its lips are farther apart than this part of the distance between the eyes'
# outer corners.
_OPEN = 0.04
# Each from "not at all" to "wholly", so that nothing jumps from frame to frame. Eyes that are so
# high for their length are open: the mesh hardly closes those that are shut. A source's mouth, for
# its length, is at least so many times as high as the target's, or the target's as the source's: a
# cry is no smile. So much of an eye or a mouth is seen.
_EYES_OPEN, _MOUTHS_ALIKE, _KNOWN = (0.215, 0.235), (0.65, 0.75), (0.7, 0.9)
# Corners are drawn at a sixteenth of a pixel.
_FRACTION_BITS = 4

Loop = tuple[int, ...]
_EYES = (LEFT_EYE, RIGHT_EYE)


def is_mouth_open(mesh: np.ndarray) -> bool:
    """Tells whether a mesh's lips, ``[468, 2 or more]``, are apart."""
    apart = np.linalg.norm(mesh[_UPPER_LIP, :2] - mesh[_LOWER_LIP, :2])
    eyes = mesh[[LEFT_EYE[0], RIGHT_EYE[0]], :2]
    return bool(apart > _OPEN * np.linalg.norm(eyes[0] - eyes[1]))


def openness(mesh: np.ndarray, loop: Loop) -> float:
    """The height of a mesh's eye or mouth, as a part of its length."""
    points = mesh[list(loop), :2].astype(np.float64)
    along = points[len(loop) // 2] - points[0]
    down = np.array([-along[1], along[0]]) / max(along @ along, 1e-6)
    return float(np.ptp((points - points[0]) @ down))


def own_openings(
    target: np.ndarray, source: np.ndarray, onto: np.ndarray, known: np.ndarray
) -> dict[Loop, float]:
    """Tells how much of each opening is the source's, and not the target's.

    A source's eyes and teeth are its own; but what its photograph shows closed, or hardly open,
    cannot be opened, and what it hides is not known. Eyes that are shut stay shut. Both eyes are
    one's, or the other's.

    Args:
        target: ``[468, 2 or more]``, its mesh.
        source: the same, the source's.
        onto: the same, where the source lies on the target.
        known: ``[S, S]`` in 0..1, where it is seen there.

    Returns:
        By the loop of the mesh's points, 0..1: both eyes, and the mouth if the target's is open.
    """
    height = min(openness(mesh, eye) for mesh in (target, source) for eye in _EYES)
    seen = min(_share_within(onto, eye, known) for eye in _EYES)
    own = dict.fromkeys(_EYES, _between(height, _EYES_OPEN) * _between(seen, _KNOWN))
    if is_mouth_open(target):
        heights = sorted((openness(source, MOUTH), openness(target, MOUTH)))
        seen = _share_within(onto, MOUTH, known)
        alike = _between(heights[0] / heights[1], _MOUTHS_ALIKE)
        own[MOUTH] = alike * _between(seen, _KNOWN)
    return own


def _between(value: float, ends: tuple[float, float]) -> float:
    return float(np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1))


def filled(mesh: np.ndarray, loops: list[Loop], side: int) -> np.ndarray:
    """``[S, S]`` uint8, 1 within loops of a mesh's points."""
    mask = np.zeros((side, side), np.uint8)
    for loop in loops:
        corners = np.rint(mesh[list(loop), :2] * 2**_FRACTION_BITS).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1, cv2.LINE_8, _FRACTION_BITS)
    return mask


def _share_within(mesh: np.ndarray, loop: Loop, known: np.ndarray) -> float:
    inside = filled(mesh, [loop], len(known)) > 0
    return float(known[inside].mean()) if inside.any() else 0.0
