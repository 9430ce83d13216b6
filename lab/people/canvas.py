"""The map on which skin is painted: directions from the middle of the template's head, unrolled.

An azimuthal equidistant map about the direction the face looks in: its middle is the nose, the
distance from it the angle to the line of sight. All heads share it, for a vertex keeps its place
whatever the shape; a painter works in the template's decimetres.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..drawing.rasteriser import NOTHING, rasterise
from .heads import heads

SIDE = 512  # map pixels; a face in a picture of 128 pixels meets about half of them.
_MIDDLE = np.array([0.0, 7.10, 0.70], np.float32)
_WIDEST = np.radians(150.0)  # the angle that the map's border stands for; the nape is clamped.


@dataclass(frozen=True)
class Canvas:
    """The template's surface at each pixel of the map."""

    uv: np.ndarray  # [V, 2] float32 in 0..1, of the head's vertices
    position: np.ndarray  # [SIDE, SIDE, 3] float32 decimetres
    covered: np.ndarray  # [SIDE, SIDE] bool
    masks: dict[str, np.ndarray]  # [SIDE, SIDE] float32 in 0..1


@cache
def canvas() -> Canvas:
    """Unrolls the template, once."""
    head = heads()
    uv = unroll(head.template)
    skin = head.face_regions == head.regions.index("skin")
    faces = head.faces[skin]
    # At the map's border triangles that lie across the nape would cover everything.
    wide = np.ptp(uv[faces], axis=1).max(axis=1) > 0.2
    # The outermost surface is painted: nearness is the distance from the middle.
    reach = np.linalg.norm(head.template - _MIDDLE, axis=1)
    seen = rasterise(uv * SIDE, reach, faces[~wide], (SIDE, SIDE))
    corners = faces[~wide][seen.face]
    covered = seen.face != NOTHING

    def spread(values: np.ndarray) -> np.ndarray:
        shared = seen.weights[..., None] if values.ndim > 1 else seen.weights
        return np.where(_like(covered, values), (values[corners] * shared).sum(axis=2), 0)

    masks = {name: spread(mask).astype(np.float32) for name, mask in head.masks.items()}
    return Canvas(uv, spread(head.template).astype(np.float32), covered, masks)


def unroll(points: np.ndarray) -> np.ndarray:
    """``[N, 3]`` template positions to ``[N, 2]`` float32 places on the map, 0..1."""
    direction = points - _MIDDLE
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    angle = np.arccos(np.clip(direction[:, 2], -1, 1)) / _WIDEST
    across = np.hypot(direction[:, 0], direction[:, 1])
    scale = 0.5 * np.minimum(angle, 1.0) / np.maximum(across, 1e-6)
    uv = np.stack([0.5 + direction[:, 0] * scale, 0.5 - direction[:, 1] * scale], axis=1)
    return uv.astype(np.float32)


def _like(covered: np.ndarray, values: np.ndarray) -> np.ndarray:
    return covered[..., None] if values.ndim > 1 else covered
