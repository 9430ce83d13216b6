"""Does the swap keep the head's pose?"""

import numpy as np


def pose_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """L2 distance between two poses (paper, section 4.1: "the average L2 error").

    Args:
        target: ``[P, 3]`` yaw, pitch, roll in degrees.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` degrees; 359 and 1 degree are 2 apart. NaN where a pose is.
    """
    difference = (np.asarray(changed, np.float64) - target + 180.0) % 360.0 - 180.0
    return np.sqrt(np.sum(difference**2, axis=1))
