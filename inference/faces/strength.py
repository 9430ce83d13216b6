"""Strength of a swap: an identity between a face's own and the source's, or beyond the latter."""

import numpy as np

from .identity import unit

# Of the source's identity: 0 leaves the face's own, 1 is the source's, above it goes beyond.
LEAST_STRENGTH, MOST_STRENGTH = 0.0, 1.5
# Of a cosine: nearer to 1 or -1 than this there is no great circle, or not just one.
_ALIKE = 1e-6


def steer(own: np.ndarray, identity: np.ndarray, strength: float) -> np.ndarray:
    """Goes a share of the way from a face's own identity to the source's, along the great circle.

    Both are taken as directions. The answer is as long as the source's identity, which a generator
    was trained on; beyond 1 the way ends at the direction opposite to the face's own.

    Args:
        own: ``[512]``, the face's own identity.
        identity: ``[512]``, the source's.
        strength: 0 for the face's own direction, 1 for the source's.

    Returns:
        ``[512]`` float32; the source's identity itself, to the bit, for a strength of 1.
    """
    if strength == 1:
        return np.asarray(identity, np.float32)
    start, end = unit(own), unit(identity)
    cosine = float(np.clip(start @ end, -1, 1))
    if 1 - abs(cosine) < _ALIKE:
        return np.asarray(identity, np.float32)
    angle = np.arccos(cosine)
    across = unit(end - cosine * start)
    reached = min(strength * angle, np.pi)
    direction = np.cos(reached) * start + np.sin(reached) * across
    return (direction * np.linalg.norm(identity)).astype(np.float32)
