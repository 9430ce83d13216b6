"""The face's shape on photographs: how far a swap's mesh goes from its target's to its source's."""

import numpy as np

from facedancer.inference.texture.face_shape import fit_similarity

# Of the larger face's size: two meshes that lie no farther apart have one shape, as far as a mesh
# tells, and no way leads from one to the other.
_LEAST_APART = 0.02


def shape_way(target: np.ndarray, changed: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Share of the way from the target's shape (0) to the source's (1).

    Place, size and pose are taken out: the swap's and the source's points are turned onto the
    target's, and what is left of both is compared across the face, not in depth, which a mesh
    guesses.

    Args:
        target: ``[P, 3 K]``, x, y, z of K points each, in any unit.
        changed: the same, of the swaps.
        source: the same, of the sources.

    Returns:
        ``[P]``; NaN where points are, or where target and source are of one shape.
    """
    known = np.isfinite(np.concatenate([target, changed, source], axis=1)).all(axis=1)
    shares = np.full(len(target), np.nan)
    first, swap, last = (_centred(points[known]) for points in (target, changed, source))
    # <swap - target, source - target> / |source - target|^2
    whole = (_turned_onto(first, last) - first)[..., :2]
    gone = (_turned_onto(first, swap) - first)[..., :2]
    length = np.sum(whole**2, axis=(1, 2))
    is_apart = length > _LEAST_APART**2 * np.sum(first**2, axis=(1, 2))
    way = np.sum(gone * whole, axis=(1, 2)) / np.where(is_apart, length, 1)
    shares[known] = np.where(is_apart, way, np.nan)
    return shares


def _centred(points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, np.float64).reshape(len(points), -1, 3)
    return points - points.mean(axis=1, keepdims=True)


def _turned_onto(fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """``[P, K, 3]``: ``moved``, turned and scaled so that it lies nearest to ``fixed``."""
    turn, scale, shift = fit_similarity(moved, fixed)
    return scale[:, None, None] * (moved @ turn) + shift
