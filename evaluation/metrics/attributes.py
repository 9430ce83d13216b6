"""The target's attributes that a swap should keep: the head's pose and the face's expression."""

import numpy as np


def pose_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """L2 distance between two poses (paper, section 4.1: "the average L2 error").

    Args:
        target: ``[P, 3]`` yaw, pitch, roll in degrees.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` degrees; 359 and 1 degree are 2 apart. NaN where a pose is.
    """
    return np.sqrt(np.sum(_differences(target, changed) ** 2, axis=1))


def angle_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Mean of the three angles' absolute differences: what pose regressors are judged by.

    Of three equal differences it is one, where the L2 distance is 1.7 of them.

    Args:
        target: ``[P, 3]`` yaw, pitch, roll in degrees.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` degrees. NaN where a pose is.
    """
    return np.mean(np.abs(_differences(target, changed)), axis=1)


def gaze_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """L2 distance between two directions of the eyes in the head.

    Args:
        target: ``[P, 2]`` yaw and pitch in degrees.
        changed: the same, of the swaps.

    Returns:
        ``[P]`` degrees; NaN where a direction is.
    """
    return np.sqrt(np.sum(_differences(target, changed) ** 2, axis=1))


def expression_error(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """L2 distance between two embeddings of an expression (paper, section 4.1).

    Its size depends on the embedding: only numbers by one embedder compare.

    Args:
        target: ``[P, D]``.
        changed: the same, of the swaps.

    Returns:
        ``[P]``; NaN where an embedding is.
    """
    difference = np.asarray(changed, np.float64) - target
    return np.sqrt(np.sum(difference**2, axis=1))


def _differences(target: np.ndarray, changed: np.ndarray) -> np.ndarray:
    return (np.asarray(changed, np.float64) - target + 180.0) % 360.0 - 180.0
