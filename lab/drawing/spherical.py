"""Light by direction: spherical harmonics for what is matt, sphere maps for what mirrors (Numba).

A sphere map, ``[side, side, 3]``, is the mirror image in a ball that a distant camera on the z axis
sees: one square root finds a direction in it.
"""

from functools import cache

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True, nogil=True)
def clamp(value: float) -> float:
    """Into 0..1."""
    return min(max(value, 0.0), 1.0)


@njit(cache=True, fastmath=True, nogil=True)
def harmonics(x: float, y: float, z: float) -> tuple[float, ...]:
    """The nine real spherical harmonics of a direction, without their constant factors."""
    return 1.0, y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y


@njit(cache=True, fastmath=True, nogil=True)
def irradiance(sh: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Red, green, blue of the harmonics ``[9, 3]`` in a direction, never negative."""
    xy, yz, zz, xz, xx = x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y
    red = sh[0, 0] + sh[1, 0] * y + sh[2, 0] * z + sh[3, 0] * x + sh[4, 0] * xy
    red += sh[5, 0] * yz + sh[6, 0] * zz + sh[7, 0] * xz + sh[8, 0] * xx
    green = sh[0, 1] + sh[1, 1] * y + sh[2, 1] * z + sh[3, 1] * x + sh[4, 1] * xy
    green += sh[5, 1] * yz + sh[6, 1] * zz + sh[7, 1] * xz + sh[8, 1] * xx
    blue = sh[0, 2] + sh[1, 2] * y + sh[2, 2] * z + sh[3, 2] * x + sh[4, 2] * xy
    blue += sh[5, 2] * yz + sh[6, 2] * zz + sh[7, 2] * xz + sh[8, 2] * xx
    return max(red, 0.0), max(green, 0.0), max(blue, 0.0)


@njit(cache=True, fastmath=True, nogil=True)
def mirrored(ball: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Red, green, blue of a sphere map in a unit direction, between its pixels."""
    side = ball.shape[0]
    scale = 0.5 * side / np.sqrt(x * x + y * y + (z + 1.0) * (z + 1.0) + 1e-9)
    column = min(max(0.5 * side - 0.5 + x * scale, 0.0), side - 1.001)
    row = min(max(0.5 * side - 0.5 - y * scale, 0.0), side - 1.001)
    left, top = int(column), int(row)
    right, down = column - left, row - top
    a, b = (1.0 - down) * (1.0 - right), (1.0 - down) * right
    c, d = down * (1.0 - right), down * right
    # Element by element: a row taken out of an array would be counted in and out.
    return (
        a * ball[top, left, 0] + b * ball[top, left + 1, 0]
        + c * ball[top + 1, left, 0] + d * ball[top + 1, left + 1, 0],
        a * ball[top, left, 1] + b * ball[top, left + 1, 1]
        + c * ball[top + 1, left, 1] + d * ball[top + 1, left + 1, 1],
        a * ball[top, left, 2] + b * ball[top, left + 1, 2]
        + c * ball[top + 1, left, 2] + d * ball[top + 1, left + 1, 2],
    )  # fmt: skip


@cache
def sphere_map(side: int) -> np.ndarray:
    """``[side, side, 3]``: the unit direction that each pixel of a sphere map shows."""
    across = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(across, -across)
    # The ball's normal, and the camera's direction, (0, 0, 1), mirrored at it.
    height = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    towards = np.stack([2 * height * x, 2 * height * y, 2 * height**2 - 1], axis=-1)
    return (towards / np.linalg.norm(towards, axis=-1, keepdims=True)).astype(np.float32)
