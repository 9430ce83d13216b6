"""Shadows: what a light and the surroundings do not reach."""

from functools import cache

import numpy as np

from .rasteriser import Cutout, rasterise
from .shading import SHADOW_DISTANCE

SHADOW_SIDE = 144
SHADOW_SCALE = SHADOW_SIDE / 3.4  # shadow samples a decimetre
_OPEN_SIDE, _OPEN_RAYS, _OPEN_BIAS = 80, 20, 0.07


def light_frame(direction: np.ndarray) -> np.ndarray:
    """``[3, 3]`` float32: right, up and the direction to a light, as rows."""
    x, y, z = (float(part) for part in direction)
    # The direction's product with y or z, and then with what that gives.
    right = np.array([z, 0.0, -x] if abs(y) < 0.9 else [-y, x, 0.0])
    right /= np.linalg.norm(right)
    a, b, c = right
    up = [y * c - z * b, z * a - x * c, x * b - y * a]
    return np.array([right, up, direction], np.float32)


def shadow_map(
    vertices: np.ndarray,
    faces: np.ndarray,
    direction: np.ndarray,
    cutout: Cutout,
    side: int = SHADOW_SIDE,
    scale: float = SHADOW_SCALE,
) -> np.ndarray:
    """``[side, side]`` float32: how near to the light the first surface lies, see `shading`."""
    placed = vertices @ light_frame(direction).T
    points = placed[:, :2] * np.float32(scale) + np.float32(side / 2)
    near = placed[:, 2] + np.float32(SHADOW_DISTANCE)
    return rasterise(points, near, faces, (side, side), cutout).nearness


def openness(
    vertices: np.ndarray, normals: np.ndarray, faces: np.ndarray, cutout: Cutout
) -> np.ndarray:
    """``[V]`` float32 0..1: how much of a uniform sky each vertex sees, weighted by its cosine."""
    scale = _OPEN_SIDE / 3.6
    seen = np.zeros(len(vertices), np.float32)
    whole = np.zeros(len(vertices), np.float32)
    for ray in _rays():
        depth = shadow_map(vertices, faces, ray, cutout, _OPEN_SIDE, scale)
        placed = vertices @ light_frame(ray).T
        at = np.clip(placed[:, :2] * scale + _OPEN_SIDE / 2, 0, _OPEN_SIDE - 1).astype(int)
        lit = depth[at[:, 1], at[:, 0]] <= placed[:, 2] + SHADOW_DISTANCE + _OPEN_BIAS
        cosine = np.maximum(normals @ ray, 0)
        seen += cosine * lit
        whole += cosine
    return (seen / np.maximum(whole, 1e-6)).astype(np.float32)


@cache
def _rays() -> np.ndarray:
    """``[rays, 3]`` float32 directions, evenly about the sphere (Fibonacci's)."""
    number = np.arange(_OPEN_RAYS) + 0.5
    rise, turn = np.arccos(1 - 2 * number / _OPEN_RAYS), np.pi * (1 + 5**0.5) * number
    rays = [np.cos(turn) * np.sin(rise), np.cos(rise), np.sin(turn) * np.sin(rise)]
    return np.stack(rays, axis=1).astype(np.float32)
