"""Shadows: what a light and the surroundings do not reach."""

import numpy as np

from .rasteriser import Cutout, rasterise
from .shading import SHADOW_DISTANCE

SHADOW_SIDE = 144
SHADOW_SCALE = SHADOW_SIDE / 3.4  # shadow samples a decimetre
_OPEN_SIDE, _OPEN_RAYS, _OPEN_BIAS = 96, 24, 0.06


def light_frame(direction: np.ndarray) -> np.ndarray:
    """``[3, 3]`` float32: right, up and the direction to a light, as rows."""
    aside = np.array([0.0, 1.0, 0.0]) if abs(direction[1]) < 0.9 else np.array([0.0, 0.0, 1.0])
    right = np.cross(aside, direction)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(direction, right), direction]).astype(np.float32)


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
    number = np.arange(_OPEN_RAYS) + 0.5
    rise = np.arccos(1 - 2 * number / _OPEN_RAYS)  # Fibonacci's sphere
    turn = np.pi * (1 + 5**0.5) * number
    rays = np.stack([np.cos(turn) * np.sin(rise), np.cos(rise), np.sin(turn) * np.sin(rise)], 1)
    scale = _OPEN_SIDE / 3.6
    seen = np.zeros(len(vertices), np.float32)
    whole = np.zeros(len(vertices), np.float32)
    for ray in rays.astype(np.float32):
        depth = shadow_map(vertices, faces, ray, cutout, _OPEN_SIDE, scale)
        placed = vertices @ light_frame(ray).T
        at = np.clip(placed[:, :2] * scale + _OPEN_SIDE / 2, 0, _OPEN_SIDE - 1).astype(int)
        lit = depth[at[:, 1], at[:, 0]] <= placed[:, 2] + SHADOW_DISTANCE + _OPEN_BIAS
        cosine = np.maximum(normals @ ray, 0)
        seen += cosine * lit
        whole += cosine
    return (seen / np.maximum(whole, 1e-6)).astype(np.float32)
