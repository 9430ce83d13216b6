"""MediaPipe's face mesh, which ships: 468 points of a face, by which its parts are known."""

import functools
import threading
import warnings
from pathlib import Path

import cv2
import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.weights.published import MODEL_ZOO

FACE_MESH = MODEL_ZOO / "face_landmark.tflite"
MESH_SIDE, MESH_POINTS = 192, 468
# ArcFace's crops are tighter than what the mesh was trained on: with a border it finds more faces,
# and turns them more truly (benchmarks/known_pose.py).
_BORDER = 0.1
# The logit from which on the network says that there is a face.
_LEAST_PRESENCE = 0.0


class FaceMesh:
    """The mesh's network; threads may call it, one after the other.

    Args:
        path: of the file; None: the one that ships.

    Raises:
        UserError: it is not there, or is another network.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        import tensorflow as tf  # Seconds, which `--help` can do without.

        path = path or FACE_MESH
        if not Path(path).is_file():
            raise UserError(f"no such file: {path}; give MediaPipe's {FACE_MESH.name}")
        try:
            with warnings.catch_warnings():
                # TensorFlow announces that this will move into a package of its own.
                warnings.simplefilter("ignore", UserWarning)
                # One thread: its sums would else depend on the machine.
                self._interpreter = tf.lite.Interpreter(str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        except ValueError as error:
            raise UserError(f"{path} is not a TensorFlow Lite model ({error})") from error
        picture, outputs = (
            self._interpreter.get_input_details()[0],
            self._interpreter.get_output_details(),
        )
        self._input = picture["index"]
        self._places = {int(np.prod(one["shape"])): one["index"] for one in outputs}
        wanted = [1, MESH_SIDE, MESH_SIDE, 3]
        if picture["shape"].tolist() != wanted or set(self._places) != {3 * MESH_POINTS, 1}:
            raise UserError(f"{path} is not MediaPipe's {FACE_MESH.name}")
        self._lock = threading.Lock()

    def run(self, picture: np.ndarray) -> np.ndarray | None:
        """The points in a picture of the network's own size.

        Args:
            picture: ``[192, 192, 3]`` float32 RGB in 0..1.

        Returns:
            ``[468, 3]`` float32, x to the right, y down, in its pixels, z away from us; None where
            there is no face to it.
        """
        with self._lock:
            self._interpreter.set_tensor(self._input, picture[None])
            self._interpreter.invoke()
            presence = self._interpreter.get_tensor(self._places[1]).item()
            mesh = self._interpreter.get_tensor(self._places[3 * MESH_POINTS])
        return mesh.reshape(MESH_POINTS, 3) if presence > _LEAST_PRESENCE else None

    def find(self, crop: np.ndarray) -> np.ndarray | None:
        """The points of a face.

        Args:
            crop: ``[S, S, 3]`` uint8 RGB, aligned.

        Returns:
            ``[468, 2]`` float32 in the crop's pixels, (x, y); None where there is no face to it.
        """
        points = self.find_solid(crop)
        return None if points is None else points[:, :2]

    def find_solid(self, crop: np.ndarray) -> np.ndarray | None:
        """The points of a face, with their depth.

        Args:
            crop: ``[S, S, 3]`` uint8 RGB, aligned.

        Returns:
            ``[468, 3]`` float32 in the crop's pixels, (x, y, z), z away from us, with no fixed
            beginning; None where there is no face to it.
        """
        wider = with_border(crop[None])[0]
        border, side = (wider.shape[0] - crop.shape[0]) // 2, wider.shape[0]
        how = cv2.INTER_CUBIC if side < MESH_SIDE else cv2.INTER_AREA
        small = cv2.resize(wider, (MESH_SIDE, MESH_SIDE), interpolation=how)
        mesh = self.run(small.astype(np.float32) / 255)
        if mesh is None:
            return None
        points = mesh * (side / MESH_SIDE)
        # A pixel's centre x lies at (x + 0.5) / scale - 0.5 of what was resized.
        points[:, :2] += 0.5 * side / MESH_SIDE - 0.5 - border
        return points.astype(np.float32)


def with_border(crops: np.ndarray) -> np.ndarray:
    """``[B, S, S, 3]`` aligned crops -> ``[B, T, T, 3]``, as wide as the mesh likes them."""
    border = round(_BORDER * crops.shape[1])
    return np.pad(crops, ((0, 0), (border, border), (border, border), (0, 0)), mode="edge")


@functools.cache
def face_mesh() -> FaceMesh:
    """The mesh's network, loaded once."""
    return FaceMesh()
