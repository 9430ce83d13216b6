"""Frechet Inception Distance: how far swapped faces as a whole lie from unaltered ones.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium",
2017. Of other features than Inception's it is the same distance in another space.
"""

import numpy as np


def fid(real: np.ndarray, changed: np.ndarray) -> float:
    """The distance of two Gaussians fitted to the features: exact, never negative.

    |m_r - m_c|^2 + tr(C_r) + tr(C_c) - 2 tr((C_r C_c)^(1/2))

    It shrinks as the number of pictures grows: only numbers of equally many compare.

    Args:
        real: ``[N, D]`` features of unaltered pictures, N >= 2; fewer than D are fine.
        changed: ``[M, D]`` of swapped ones.

    Raises:
        ValueError: other shapes, or values that are not finite.
    """
    real, changed = np.asarray(real, np.float64), np.asarray(changed, np.float64)
    if real.ndim != 2 or changed.ndim != 2 or real.shape[1] != changed.shape[1]:
        raise ValueError(f"want features [N, D] twice, got {real.shape} and {changed.shape}")
    if min(len(real), len(changed)) < 2:
        raise ValueError("a covariance takes two pictures or more")
    if not (np.isfinite(real).all() and np.isfinite(changed).all()):
        raise ValueError("the features hold values that are not finite")
    gap = real.mean(0) - changed.mean(0)
    if max(len(real), len(changed)) < real.shape[1]:
        return _distance_of_few(gap, _scaled(real), _scaled(changed))
    of_real, of_changed = np.cov(real, rowvar=False), np.cov(changed, rowvar=False)
    return frechet_distance(gap, np.atleast_2d(of_real), np.atleast_2d(of_changed))


def frechet_distance(gap: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """The same of a difference of means ``[D]`` and two covariances ``[D, D]``.

    The product of two symmetric positive semi-definite matrices has the eigenvalues of
    A^(1/2) B A^(1/2), which is symmetric and positive semi-definite itself: so the root's trace is
    the sum of the roots of real, non-negative numbers. A general matrix square root of the product
    goes wrong where it is singular, as it is of fewer pictures than features.
    """
    half = _root(a)
    values = np.linalg.eigvalsh(half @ b @ half)
    trace = np.sum(np.sqrt(np.maximum(values, 0.0)))
    # Of equal sets rounding may leave a trace below zero.
    return float(max(gap @ gap + np.trace(a) + np.trace(b) - 2.0 * trace, 0.0))


def _distance_of_few(gap: np.ndarray, real: np.ndarray, changed: np.ndarray) -> float:
    """The same of centred features ``[N, D]`` and ``[M, D]``, scaled to covariances R'R and C'C.

    The trace of the root of their product is the sum of the singular values of R C', which is
    ``[N, M]``: of few pictures far less work than matrices of ``[D, D]``.
    """
    trace = np.linalg.norm(real @ changed.T, "nuc")
    return float(max(gap @ gap + np.sum(real**2) + np.sum(changed**2) - 2.0 * trace, 0.0))


def _scaled(features: np.ndarray) -> np.ndarray:
    """Centred, and so scaled that the product with itself is the covariance."""
    return (features - features.mean(0)) / np.sqrt(len(features) - 1)


def _root(matrix: np.ndarray) -> np.ndarray:
    """The square root of a symmetric positive semi-definite matrix, rounding below 0 cut off."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
