"""The map on which skin is painted: directions from the middle of the template's head, unrolled.

An azimuthal map about the direction the face looks in: its middle is the nose, the distance from
it grows with the angle to the line of sight, faster in the face than behind the ears. All heads
share it, for a vertex keeps its place whatever the shape; a painter works in the template's
decimetres. Teeth have places of their own, along their row.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..drawing.rasteriser import NOTHING, rasterise
from .heads import heads

SIDE = 512  # map pixels; the face's middle has 170 a decimetre.
_MIDDLE = np.array([0.0, 7.10, 0.70], np.float32)
_WIDEST = np.radians(150.0)  # the angle that the map's border stands for; the nape is clamped.
_CENTRAL = 0.75  # how much larger the middle is drawn than the mean, and the border smaller.
# Lids' margins lie so near to the eyeball, in its radii.
_MARGIN = (1.10, 1.22)
# Decimetres: the middle of the rows of teeth, and a tooth's width along them.
_ROW_MIDDLE, _ROW_RADIUS, _TOOTH = 1.13, 0.30, 0.083


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
    teeth = np.unique(head.faces[head.face_regions == head.regions.index("teeth")])
    uv[teeth] = _along_the_row(head.template[teeth])
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

    margins = {"lid_margin": _lid_margin()}
    masks = {name: spread(mask).astype(np.float32) for name, mask in (head.masks | margins).items()}
    return Canvas(uv, spread(head.template).astype(np.float32), covered, masks)


def unroll(points: np.ndarray) -> np.ndarray:
    """``[N, 3]`` template positions to ``[N, 2]`` float32 places on the map, 0..1."""
    direction = points - _MIDDLE
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    angle = np.arccos(np.clip(direction[:, 2], -1, 1)) / _WIDEST
    across = np.hypot(direction[:, 0], direction[:, 1])
    angle = np.minimum(angle, 1.0)
    scale = 0.5 * angle * (1 + _CENTRAL * (1 - angle)) / np.maximum(across, 1e-6)
    uv = np.stack([0.5 + direction[:, 0] * scale, 0.5 - direction[:, 1] * scale], axis=1)
    return uv.astype(np.float32)


def _along_the_row(teeth: np.ndarray) -> np.ndarray:
    """``[N, 2]``: numbers of teeth from the middle, and heights, of ``[N, 3]`` positions."""
    turn = np.arctan2(teeth[:, 0], np.maximum(teeth[:, 2] - _ROW_MIDDLE, 0.02))
    behind = np.maximum(_ROW_MIDDLE + 0.02 - teeth[:, 2], 0) * np.sign(teeth[:, 0])
    number = (turn * _ROW_RADIUS + behind) / _TOOTH
    return np.stack([number, teeth[:, 1]], axis=1).astype(np.float32)


def _lid_margin() -> np.ndarray:
    """``[V]`` float32: 1 on lids where they touch the eyeball, 0 farther off."""
    head = heads()
    margin = np.zeros(len(head.template), np.float32)
    for centre, radius in head.eyeballs(head.template):
        away = np.linalg.norm(head.template - centre, axis=1) / radius
        near = np.clip((_MARGIN[1] - away) / (_MARGIN[1] - _MARGIN[0]), 0, 1)
        margin = np.maximum(margin, near * (head.template[:, 2] > centre[2]))
    return margin


def _like(covered: np.ndarray, values: np.ndarray) -> np.ndarray:
    return covered[..., None] if values.ndim > 1 else covered
