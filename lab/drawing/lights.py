"""Light: surroundings as spherical harmonics and one key light, and what it does not reach."""

from dataclasses import dataclass

import numpy as np

from .rasteriser import Cutout, rasterise
from .shading import SHADOW_DISTANCE

SHADOW_SIDE = 144
SHADOW_SCALE = SHADOW_SIDE / 3.4  # shadow samples a decimetre
_OPEN_SIDE, _OPEN_RAYS, _OPEN_BIAS = 96, 24, 0.06


@dataclass(frozen=True)
class Light:
    """The light of one picture, in the camera's frame: x right, y up, z towards the camera."""

    sh: np.ndarray  # [9, 3] float32, the surroundings' irradiance over pi by `shading.harmonics`
    key: np.ndarray  # [3] float32, the key light's irradiance over pi
    direction: np.ndarray  # [3] float32 unit, to the key light

    def code(self) -> list[float]:
        """27 numbers: the harmonics of both together, for the labels."""
        x, y, z = self.direction
        # A directional light's irradiance, projected (Ramamoorthi and Hanrahan, 2001, with the
        # constant factors of the plain harmonics).
        lambert = np.array(
            [0.25, 0.5 * y, 0.5 * z, 0.5 * x, 0.9375 * x * y, 0.9375 * y * z]
            + [0.078125 * (3 * z * z - 1), 0.9375 * x * z, 0.234375 * (x * x - y * y)]
        )
        return (self.sh + lambert[:, None] * self.key).ravel().tolist()


def draw_light(rng: np.random.Generator) -> Light:
    """Daylight, lamps and windows in any mixture."""
    tint = _white(rng, 0.10)
    sh = np.zeros((9, 3))
    sh[0] = tint * rng.uniform(0.22, 0.6)
    # More light from above than from below, and from one side.
    sh[1] = sh[0] * rng.uniform(0.0, 0.55) * _white(rng, 0.08)
    sh[2] = sh[0] * rng.uniform(-0.15, 0.4) * _white(rng, 0.05)
    sh[3] = sh[0] * rng.uniform(-0.6, 0.6) * _white(rng, 0.12)
    sh[4:] = sh[0] * 0.08 * rng.standard_normal((5, 1)) * _white(rng, 0.1)
    turn = np.radians(np.clip(rng.normal(0, 45), -110, 110))
    rise = np.radians(np.clip(rng.normal(28, 20), -25, 75))
    direction = np.array(
        [np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)], np.float32
    )
    strength = 0.0 if rng.random() < 0.12 else rng.uniform(0.2, 1.3)
    key = strength * _white(rng, 0.12)
    return Light(sh.astype(np.float32), key.astype(np.float32), direction)


def _white(rng: np.random.Generator, spread: float) -> np.ndarray:
    """A lamp's colour between warm and cool, of unit green."""
    warmth = rng.normal(0, spread)
    return np.exp(np.array([1.0, 0.0, -1.2]) * warmth + 0.2 * spread * rng.standard_normal(3))


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
