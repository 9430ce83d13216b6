"""Eyes and mouths, open or closed: which a source's photograph can give, and which stay."""

import cv2
import numpy as np

from ..blending.regions import LEFT_EYE, MOUTH, RIGHT_EYE

# Points of the mesh: the middles of the inner lips.
_UPPER_LIP, _LOWER_LIP = 13, 14
# A mouth is open if its lips are farther apart than this part of the distance between the eyes'
# outer corners.
_OPEN = 0.04
# A source's eye or mouth is drawn apart at most to 1 / so many times of what its photograph shows;
# and so much of it must be seen there.
_LEAST_OPEN, _LEAST_KNOWN = 0.6, 0.8
# Corners are drawn at a sixteenth of a pixel.
_FRACTION_BITS = 4

Loop = tuple[int, ...]


def is_mouth_open(mesh: np.ndarray) -> bool:
    """Tells whether a mesh's lips, ``[468, 2 or more]``, are apart."""
    return mouth_openness(mesh) > _OPEN


def mouth_openness(mesh: np.ndarray) -> float:
    """The distance between a mesh's lips, as a part of that between the eyes' outer corners."""
    apart = np.linalg.norm(mesh[_UPPER_LIP, :2] - mesh[_LOWER_LIP, :2])
    eyes = mesh[[LEFT_EYE[0], RIGHT_EYE[0]], :2]
    return float(apart / max(np.linalg.norm(eyes[0] - eyes[1]), 1e-6))


def eye_openness(mesh: np.ndarray, loop: Loop) -> float:
    """The height of a mesh's eye, as a part of its length."""
    points = mesh[list(loop), :2].astype(np.float64)
    along = points[len(loop) // 2] - points[0]
    down = np.array([-along[1], along[0]]) / max(along @ along, 1e-6)
    return float(np.ptp((points - points[0]) @ down))


def kept_openings(
    target: np.ndarray, source: np.ndarray, onto: np.ndarray, known: np.ndarray
) -> list[Loop]:
    """Chooses the openings that stay the target's.

    A source's eyes and teeth are its own; but what its photograph shows closed, or hardly open,
    cannot be opened, and what it hides is not known.

    Args:
        target: ``[468, 2 or more]``, its mesh.
        source: the same, the source's.
        onto: the same, where the source lies on the target.
        known: ``[S, S]`` in 0..1, where it is seen there.

    Returns:
        Loops of the mesh's points: eyes, and the mouth if the target's is open.
    """
    openings = [
        (loop, eye_openness(target, loop), eye_openness(source, loop))
        for loop in (LEFT_EYE, RIGHT_EYE)
    ]
    if is_mouth_open(target):
        openings.append((MOUTH, mouth_openness(target), mouth_openness(source)))
    return [
        loop
        for loop, wanted, shown in openings
        if shown < _LEAST_OPEN * wanted or _share_within(onto, loop, known) < _LEAST_KNOWN
    ]


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
