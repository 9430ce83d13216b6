"""The head's place before the camera: pose, lens and place in the picture."""

from dataclasses import dataclass

import numpy as np

# In the head's frame, decimetres: the joint about which a head turns, and the middle of the face.
_PIVOT = np.array([0.0, 6.75, 0.45], np.float32)
_FACE_MIDDLE = np.array([0.0, 7.18, 0.85], np.float32)
# The body below follows the head by this part of its angles.
_FOLLOWS = 0.25
_NECK = (5.7, 6.6)  # heights between which the neck bends


@dataclass(frozen=True)
class Camera:
    """A camera on the z axis that looks at the head's middle. Angles are degrees."""

    yaw: float  # positive: the nose points to the picture's right
    pitch: float  # positive: it points up
    roll: float  # positive: clockwise as seen
    distance: float  # decimetres, of the lens from the middle of the face
    scale: float  # pictures' sides a decimetre at that distance
    shift: tuple[float, float]  # of the face's middle from the picture's, in sides; right, down

    def place(self, vertices: np.ndarray, heights: np.ndarray) -> np.ndarray:
        """``[V, 3]`` float32 in the camera's frame: x right, y up, z to the lens, from the face.

        Args:
            vertices: ``[V, 3]`` in the head's frame.
            heights: ``[V]`` their heights on the template, which say what bends with the neck.
        """
        part = np.clip((heights - _NECK[0]) / (_NECK[1] - _NECK[0]), 0, 1)[:, None]
        part = (part * part * (3 - 2 * part)).astype(np.float32)
        about = vertices - _PIVOT
        head, body = (about @ self.rotation(share).T for share in (1.0, _FOLLOWS))
        middle = (_FACE_MIDDLE - _PIVOT) @ self.rotation(1.0).T
        return body + part * (head - body) - middle

    def rotation(self, share: float = 1.0) -> np.ndarray:
        """``[3, 3]`` float32, from the head's frame to the camera's: nod, then turn, then tilt."""
        yaw, pitch, roll = np.radians([self.yaw, self.pitch, self.roll]) * share
        nod = np.array(
            [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
        )
        turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        tilt = np.array(
            [[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        )
        return (tilt @ turn @ nod).astype(np.float32)

    def project(self, placed: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
        """``[V, 3]`` placed vertices to ``[V, 2]`` pixels and ``[V]`` 1 / distance, float32."""
        near = 1 / np.maximum(self.distance - placed[:, 2], 0.1)
        across = placed[:, :2] * (near * self.distance * self.scale * side)[:, None]
        points = across * np.array([1, -1]) + (np.array(self.shift) + 0.5) * side
        return points.astype(np.float32), near.astype(np.float32)


def draw_camera(rng: np.random.Generator) -> Camera:
    """Poses as in photographs: mostly towards the camera, up to 60, 30 and 20 degrees off."""
    return Camera(
        yaw=_peaked(rng, 27, 60),
        pitch=_peaked(rng, 11, 30),
        roll=_peaked(rng, 8, 20),
        distance=float(np.exp(rng.uniform(np.log(7), np.log(25)))),
        scale=float(rng.uniform(0.33, 0.40)),
        shift=(float(rng.normal(0, 0.025)), float(rng.normal(0.01, 0.025))),
    )


def _peaked(rng: np.random.Generator, spread: float, most: float) -> float:
    """A normal number, drawn again while it is too large."""
    while abs(value := float(rng.normal(0, spread))) > most:
        pass
    return value
