"""Eyes and mouth: how deep each part lies behind lids and lips, which shadow maps cannot tell."""

import numpy as np

from .heads import heads

# By eye, left and right: landmarks of the upper lid, and of the corners.
_UPPER, _CORNERS = ((43, 44), (37, 38)), ((42, 45), (36, 39))
_DARKEST, _DEEP = 0.25, 0.42  # under the lid's edge; how far down it reaches, in radii
_LIPS, _INNER_LIPS = range(48, 60), (62, 66)  # the last two: the upper and the lower one's middle
# Decimetres behind the lips at which a mouth is dark, and how much it sees at most.
_DARK_BEHIND, _MOUTH_OPEN = 0.50, 0.62
# A tongue sinks by this part of the lips' opening, and at most so far.
_SINKS, _LOWEST = 0.55, 0.22
_MOUTH = ("teeth", "tongue", "mouth_inside")


def hollow_openness(posed: np.ndarray, open_part: np.ndarray) -> np.ndarray:
    """``[V]`` float32 0..1: how much of the surroundings vertices see with this expression.

    Args:
        posed: ``[V, 3]`` of a head with its expression.
        open_part: ``[V]`` how much they see in the head at rest.
    """
    head, seen = heads(), open_part.copy()
    points = posed[head.landmark_vertices]
    for ball, upper, corners in zip(head.eyeball_slices, _UPPER, _CORNERS, strict=True):
        place, lid = posed[ball], points[list(upper), 1].mean()
        inner, outer = points[list(corners)]
        radius = 0.5 * np.linalg.norm(outer - inner)
        below = np.clip((lid - place[:, 1]) / (_DEEP * radius), 0, 1)
        aside = np.abs(place[:, 0] - 0.5 * (inner[0] + outer[0])) / radius
        corner = 1 - 0.45 * np.clip((aside - 0.45) / 0.5, 0, 1)
        seen[ball] *= (_DARKEST + (1 - _DARKEST) * below * (2 - below)) * corner
    lips = points[list(_LIPS), 2].mean()
    inside = np.concatenate([head.region_vertices(name) for name in _MOUTH])
    behind = np.clip((lips - posed[inside, 2]) / _DARK_BEHIND, 0, 1)
    seen[inside] = np.maximum(_MOUTH_OPEN * (1 - behind) ** 1.5, 0.03)
    return seen


def lay_tongue(posed: np.ndarray, is_out: bool) -> np.ndarray:
    """``[V, 3]``: the head with its tongue on the floor of an open mouth, where units leave it up.

    Args:
        posed: ``[V, 3]`` of a head with its expression.
        is_out: that expression shows the tongue.
    """
    head = heads()
    upper, lower = posed[head.landmark_vertices[list(_INNER_LIPS)], 1]
    if is_out or upper <= lower:
        return posed
    posed = posed.copy()
    posed[head.region_vertices("tongue"), 1] -= min(_SINKS * (upper - lower), _LOWEST)
    return posed
