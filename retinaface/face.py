"""One detected face."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)  # arrays have no single truth value to compare by
class Face:
    """One detected face, in pixels of the picture it was found in.

    Coordinates are (x, y) from the centre of the top left pixel, as in `utils.alignment`. They may
    lie outside the picture, where a face is cut off by its edge.

    Attributes:
        box: ``[4]`` float32: left, top, right, bottom.
        landmarks: ``[5, 2]`` float32: left eye, right eye, nose, left and right mouth corner, as
            seen in the picture.
        score: the network's probability, 0..1.
    """

    box: np.ndarray
    landmarks: np.ndarray
    score: float

    def moved(self, matrix: np.ndarray) -> "Face":
        """The face in another picture's pixels.

        Args:
            matrix: ``[2, 3]``, these pixels -> those; turns by quarters only, so that the box stays
                one.
        """
        corners = _apply(matrix, self.box.reshape(2, 2))
        box = np.concatenate([corners.min(0), corners.max(0)])
        return Face(box, _apply(matrix, self.landmarks), self.score)


def _apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
