"""The bare skull as a grid of directions, from which hair grows on heads of any shape."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from .hairline import AXIS
from .heads import heads

COLUMNS = 72  # about the head; the last one is the first again.
MIDDLE = np.array([AXIS[0], 7.35, AXIS[1]], np.float32)
_RISES = np.radians(np.linspace(90, -50, 57))  # elevations, from the crown downwards
_REACH = 1.35  # decimetres: no part of the skull is farther from the middle.


@dataclass(frozen=True)
class Skull:
    """The points of the head's surface that lie in fixed directions from its middle."""

    turns: np.ndarray  # [columns] radians about the upright axis, 0 forwards
    rises: np.ndarray  # [rises] radians, from the crown downwards
    corners: np.ndarray  # [columns, rises, 3] vertices
    weights: np.ndarray  # [columns, rises, 3]

    def of(self, vertices: np.ndarray) -> np.ndarray:
        """``[columns, rises, 3]``: these points on a head with such vertices."""
        return (vertices[self.corners] * self.weights[..., None]).sum(axis=2)


@cache
def skull_grid() -> Skull:
    """Measured on the template, once."""
    head = heads()
    skin = head.face_regions == head.regions.index("skin")
    ears = head.masks["ears"][head.faces].max(axis=1) > 0
    # Without ears and shoulders, which lower rays would meet.
    skull = np.linalg.norm(head.template - MIDDLE, axis=1)[head.faces].max(axis=1) < _REACH
    faces = head.faces[skin & ~ears & skull]
    turns = np.linspace(-np.pi, np.pi, COLUMNS + 1)
    turn, rise = np.meshgrid(turns, _RISES, indexing="ij")
    rays = np.stack(
        [np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)], -1
    ).reshape(-1, 3)
    hit, weights = _outermost(head.template, faces, rays)
    shape = (*turn.shape, 3)
    return Skull(
        turns, _RISES, faces[hit].reshape(shape), weights.reshape(shape).astype(np.float32)
    )


def _outermost(
    vertices: np.ndarray, faces: np.ndarray, rays: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The farthest triangle each ray from the middle meets, and where in it."""
    corners = vertices[faces] - MIDDLE  # [F, 3, 3]
    inverse = np.linalg.pinv(np.swapaxes(corners, 1, 2).astype(np.float64))
    # A triangle spans less than 30 degrees: only those about the ray need be tried.
    towards = corners.mean(axis=1)
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    hits, shares = [], []
    for ray in rays:
        tried = np.flatnonzero(towards @ ray > 0.85)
        inside = inverse[tried] @ ray  # the ray as a mixture of the corners
        distance = 1 / np.maximum(inside.sum(axis=1), 1e-9)
        fits = (inside > -1e-7).all(axis=1)
        if not fits.any():  # below the skull: stay where the ray above met it.
            hits.append(hits[-1])
            shares.append(shares[-1])
            continue
        hit = int(np.where(fits, distance, -1).argmax())
        hits.append(int(tried[hit]))
        shares.append(inside[hit] * distance[hit])
    return np.array(hits), np.array(shares)
