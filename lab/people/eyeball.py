"""Eyeballs: the front of a sphere, turned by the gaze."""

import numpy as np

# Rings from the pupil's middle, in degrees: pupil and iris end on a ring each.
PUPIL, IRIS = 8.5, 22.0
_RINGS = np.radians([0, PUPIL, 15, IRIS, 27, 35, 46, 60, 77, 95])
_SPOKES = 24


def unit_eyeball() -> tuple[np.ndarray, np.ndarray]:
    """A unit sphere's front that looks along +z: vertices [V, 3] and triangles [F, 3]."""
    turn = np.arange(_SPOKES) * 2 * np.pi / _SPOKES
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = [
        np.concatenate([np.sin(angle) * around, np.full((_SPOKES, 1), np.cos(angle))], axis=1)
        for angle in _RINGS[1:]
    ]
    vertices = np.concatenate([[[0.0, 0.0, 1.0]], *rings])
    spoke = np.arange(_SPOKES)
    following = (spoke + 1) % _SPOKES
    faces = [np.stack([0 * spoke, 1 + spoke, 1 + following], axis=1)]
    for ring in range(len(rings) - 1):
        inner, outer = 1 + ring * _SPOKES, 1 + (ring + 1) * _SPOKES
        faces.append(np.stack([inner + spoke, outer + spoke, outer + following], axis=1))
        faces.append(np.stack([inner + spoke, outer + following, inner + following], axis=1))
    return vertices, np.concatenate(faces)


def centre_and_radius(eyeball: np.ndarray) -> tuple[np.ndarray, float]:
    """Measures an eyeball that looks straight ahead by its vertices, ``[V, 3]``."""
    pole, rim = eyeball[0], eyeball[-_SPOKES:].mean(axis=0)
    radius = float(pole[2] - rim[2]) / (1 - np.cos(_RINGS[-1]))
    return pole - np.array([0, 0, radius], eyeball.dtype), radius


def gaze_rotation(gaze: tuple[float, float]) -> np.ndarray:
    """``[3, 3]`` that turns +z by (yaw, pitch) in degrees: yaw to the person's left, pitch up."""
    (left, up), (ahead, level) = np.sin(np.radians(gaze)), np.cos(np.radians(gaze))
    pitching = np.array([[1, 0, 0], [0, level, up], [0, -up, level]])
    yawing = np.array([[ahead, 0, left], [0, 1, 0], [-left, 0, ahead]])
    return yawing @ pitching
