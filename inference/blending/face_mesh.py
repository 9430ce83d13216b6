"""MediaPipe's face mesh, which ships: 468 points of a face, by which its parts are known."""

import functools
import threading
import warnings

import numpy as np

from facedancer.utils.weights.published import MODEL_ZOO

_FILE = "face_landmark.tflite"
_SIDE, _POINTS = 192, 468
# Crops are tighter than what the mesh was trained on: with a border it finds more faces.
_BORDER = 0.1
# Of the network's own number that says whether there is a face at all.
_LEAST_PRESENCE = 0.0


class FaceMesh:
    """Finds the mesh of a face in its aligned crop; threads may call it, one after the other."""

    def __init__(self) -> None:
        import tensorflow as tf  # Seconds, which `--help` can do without.

        with warnings.catch_warnings():
            # TensorFlow announces that this will move into a package of its own.
            warnings.simplefilter("ignore", UserWarning)
            # One thread: its sums would else depend on the machine.
            self._interpreter = tf.lite.Interpreter(str(MODEL_ZOO / _FILE), num_threads=1)
        self._interpreter.allocate_tensors()
        outputs = self._interpreter.get_output_details()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._places = {int(np.prod(one["shape"])): one["index"] for one in outputs}
        self._lock = threading.Lock()

    def find(self, crop: np.ndarray) -> np.ndarray | None:
        """The points of a face.

        Args:
            crop: ``[S, S, 3]`` uint8 RGB, aligned.

        Returns:
            ``[468, 2]`` float32 in the crop's pixels, (x, y); None where there is no face to it.
        """
        import cv2

        side = crop.shape[0]
        border = round(_BORDER * side)
        wider = np.pad(crop, ((border, border), (border, border), (0, 0)), mode="edge")
        small = wider.shape[0] < _SIDE
        how = cv2.INTER_CUBIC if small else cv2.INTER_AREA
        unit = cv2.resize(wider, (_SIDE, _SIDE), interpolation=how).astype(np.float32) / 255
        with self._lock:
            self._interpreter.set_tensor(self._input, unit[None])
            self._interpreter.invoke()
            presence = self._interpreter.get_tensor(self._places[1]).item()
            mesh = self._interpreter.get_tensor(self._places[3 * _POINTS]).reshape(_POINTS, 3)
        if presence <= _LEAST_PRESENCE:
            return None
        # A pixel's centre x lies at (x + 0.5) / scale - 0.5 of what was resized.
        points = (mesh[:, :2] + 0.5) * (wider.shape[0] / _SIDE) - 0.5 - border
        return points.astype(np.float32)


@functools.cache
def face_mesh() -> FaceMesh:
    """The mesh's network, loaded once."""
    return FaceMesh()
