"""The lean of a face by its landmarks, and a check that they are a face's at all."""

import numpy as np

from facedancer.utils.alignment import similarity_transform, template


def posture(landmarks: np.ndarray) -> tuple[float, float]:
    """Measures how far five landmarks are from those of an upright face that looks at us.

    Args:
        landmarks: ``[5, 2]`` in the template's order.

    Returns:
        *tilt*: by how many degrees clockwise the face leans, -180..180. *misfit*: the landmarks'
        distance (root mean square) from the template's once these are turned, scaled and shifted
        onto them, in units of the template's distance between the eyes. Landmarks that coincide
        lean by 180 degrees and never fit.
    """
    wanted = template(1)
    try:
        matrix = similarity_transform(landmarks, wanted)
    except ValueError:
        return 180.0, np.inf
    tilt = -np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    misses = landmarks @ matrix[:, :2].T + matrix[:, 2] - wanted
    misfit = np.sqrt(np.mean(np.sum(misses**2, 1))) / np.linalg.norm(wanted[1] - wanted[0])
    return float(tilt), float(misfit)
