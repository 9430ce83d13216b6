"""Light: surroundings as spherical harmonics and mirror images, and one key light."""

from dataclasses import dataclass

import cv2
import numpy as np

from .environments import Environment, directions, environment, environment_count, look
from .spherical import harmonics, sphere_map

_SHARE_PLACES = 0.8  # of the pictures in real surroundings; the others' lamps are made up.
# The mirror images' sides, see `spherical`.
_MIRROR_SIDE, _GLOSSY_SIDE = 48, 24
_COARSE = (64, 32)  # columns and rows are enough for nine harmonics.
# A camera takes this part of a light's tint for white.
_WHITE_BALANCE = 0.85


@dataclass(frozen=True)
class Surroundings:
    """A real place about the camera."""

    place: Environment
    turn: np.ndarray  # [3, 3] float32, from the camera's frame to the place's
    gain: np.ndarray  # [3] float32, by which its radiance is multiplied


@dataclass(frozen=True)
class Light:
    """The light of one picture, in the camera's frame: x right, y up, z towards the camera."""

    sh: np.ndarray  # [9, 3] float32, the surroundings' irradiance over pi by `spherical.harmonics`
    key: np.ndarray  # [3] float32, the key light's irradiance over pi
    direction: np.ndarray  # [3] float32 unit, to the key light
    # The surroundings' radiance without the key light, as `spherical`'s sphere maps, float32.
    mirror: np.ndarray  # [48, 48, 3] what eyes show
    glossy: np.ndarray  # [24, 24, 3] what skin and hair show
    surroundings: Surroundings | None = None  # None in front of a made-up background

    def code(self) -> list[float]:
        """27 numbers: the harmonics of both together, for the labels."""
        return (self.sh + _lambert(self.direction)[:, None] * self.key).ravel().tolist()

    def on_surfaces(self, normals: np.ndarray) -> np.ndarray:
        """``[..., 3]`` irradiance over pi by unit normals ``[..., 3]``, without shadows."""
        facing = np.maximum(normals @ self.direction, 0)[..., None]
        return np.maximum(_basis(normals) @ self.sh, 0) + facing * self.key

    def on_a_face(self) -> np.ndarray:
        """``[3]`` irradiance over pi of what faces the camera, without shadows."""
        return self.on_surfaces(_FACING).mean(axis=0)


_FACING = np.array([[0, 0, 1], [0.6, 0.2, 0.77], [-0.6, 0.2, 0.77], [0, -0.4, 0.92]])


def draw_light(rng: np.random.Generator) -> Light:
    """A real place, turned and exposed by chance, or lamps in any mixture."""
    return _real_light(rng) if rng.random() < _SHARE_PLACES else _made_up_light(rng)


def _real_light(rng: np.random.Generator) -> Light:
    place = environment(int(rng.integers(environment_count())))
    # Photographers mostly have the lamp behind them, or aside.
    azimuth = np.arctan2(place.direction[0], place.direction[2])
    aside = rng.normal(0, np.radians(50)) if rng.random() < 0.85 else rng.uniform(-np.pi, np.pi)
    yaw, pitch = azimuth - aside, rng.normal(0, np.radians(6))
    yawing = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    nodding = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    turn = (np.array(yawing) @ np.transpose(nodding)).astype(np.float32)
    rest = cv2.resize(place.rest, _COARSE, interpolation=cv2.INTER_AREA)
    towards, solid = directions(*rest.shape[:2])
    seen = towards.reshape(-1, 3) @ turn  # in the camera's frame
    sh = _projected(seen, rest.reshape(-1, 3) * solid.reshape(-1, 1))
    light = Light(
        sh,
        place.key,
        place.direction @ turn,
        look(place.rest, sphere_map(_MIRROR_SIDE) @ turn.T),
        look(place.glossy, sphere_map(_GLOSSY_SIDE) @ turn.T),
    )
    level = light.on_a_face()
    white = level / level.mean()
    gain = 0.75 * np.exp(rng.normal(0, 0.3)) / (level.mean() * white**_WHITE_BALANCE)
    return _scaled(light, gain, Surroundings(place, turn, gain))


def _made_up_light(rng: np.random.Generator) -> Light:
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
    mirror, glossy = (
        np.maximum(_basis(sphere_map(side)) @ sh, 0) for side in (_MIRROR_SIDE, _GLOSSY_SIDE)
    )
    return _scaled(Light(sh, key, direction, mirror, glossy), np.ones(3), None)


def _scaled(light: Light, gain: np.ndarray, surroundings: Surroundings | None) -> Light:
    parts = (light.sh * gain, light.key * gain, light.direction)
    maps = (light.mirror * gain, light.glossy * gain)
    return Light(*(part.astype(np.float32) for part in (*parts, *maps)), surroundings)


def _white(rng: np.random.Generator, spread: float) -> np.ndarray:
    """A lamp's colour between warm and cool, of unit green."""
    warmth = rng.normal(0, spread)
    return np.exp(np.array([1.0, 0.0, -1.2]) * warmth + 0.2 * spread * rng.standard_normal(3))


def _basis(towards: np.ndarray) -> np.ndarray:
    """``[..., 9]``: `spherical.harmonics` of ``[..., 3]`` directions."""
    parts = harmonics.py_func(*np.moveaxis(towards, -1, 0))
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


# Shares of irradiance over pi in an order of harmonics, over the basis functions' squares' means
# over the sphere (Ramamoorthi and Hanrahan, 2001, for harmonics without constant factors).
_IRRADIANCE = np.repeat([1, 2 / 3, 1 / 4], [1, 3, 5]) / (
    4 * np.pi * np.array([1, 1 / 3, 1 / 3, 1 / 3, 1 / 15, 1 / 15, 4 / 5, 1 / 15, 4 / 15])
)


def _projected(towards: np.ndarray, light: np.ndarray) -> np.ndarray:
    """``[9, 3]`` harmonics of the irradiance over pi that ``[N, 3]`` light from there gives."""
    # einsum adds in one order, whatever the number of threads.
    return np.einsum("nk,nc->kc", _basis(towards), light) * _IRRADIANCE[:, None]


def _lambert(direction: np.ndarray) -> np.ndarray:
    """``[9]``: the harmonics of a key light of unit irradiance over pi."""
    return _basis(direction) * _IRRADIANCE * np.pi
