"""FID against scipy's general matrix square root, and against values known in closed form."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from facedancer.evaluation.metrics.fid import fid, frechet_distance


def sets(count, dimensions, seed=0):
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(dimensions, dimensions))
    real = rng.normal(size=(count, dimensions)) @ mix
    return real, 1.3 * rng.normal(size=(count + 7, dimensions)) @ mix.T + rng.normal(
        size=dimensions
    )


def by_scipy(real, changed):
    a, b = np.cov(real, rowvar=False), np.cov(changed, rowvar=False)
    gap = real.mean(0) - changed.mean(0)
    return gap @ gap + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))


@pytest.mark.parametrize("dimensions", [2, 16, 64])
def test_as_scipy(dimensions):
    real, changed = sets(500, dimensions)
    np.testing.assert_allclose(fid(real, changed), by_scipy(real, changed), rtol=1e-8)
    np.testing.assert_allclose(fid(changed, real), fid(real, changed), rtol=1e-8)


def test_fewer_pictures_than_features():
    # Both covariances are singular: scipy's root of the product is only just usable there.
    real, changed = sets(20, 64)
    np.testing.assert_allclose(fid(real, changed), by_scipy(real, changed), rtol=1e-3)
    # The way by covariances, which many pictures go, comes to the same.
    gap = real.mean(0) - changed.mean(0)
    a, b = np.cov(real, rowvar=False), np.cov(changed, rowvar=False)
    np.testing.assert_allclose(fid(real, changed), frechet_distance(gap, a, b), rtol=1e-6)


def test_closed_forms():
    # N(0, a^2) and N(m, b^2) in each dimension: m^2 + (a - b)^2.
    a, b, gap = np.array([1.0, 2.0, 0.0]), np.array([3.0, 2.0, 5.0]), np.array([0.5, 0.0, 2.0])
    expected = np.sum(gap**2 + (a - b) ** 2)
    np.testing.assert_allclose(frechet_distance(gap, np.diag(a**2), np.diag(b**2)), expected)
    # Shifted by a vector, nothing else: its squared length.
    real, _ = sets(50, 8)
    np.testing.assert_allclose(fid(real, real + 0.5), 8 * 0.25, rtol=1e-6)


def test_equal_sets_are_0_and_never_less():
    real, _ = sets(30, 48)
    assert 0 <= fid(real, real) < 1e-6
    assert 0 <= fid(real[:, :1], real[:, :1]) < 1e-6


@pytest.mark.parametrize(
    ("real", "changed", "message"),
    [
        (np.zeros((5, 3)), np.zeros((5, 4)), "want features"),
        (np.zeros((1, 3)), np.zeros((5, 3)), "two pictures or more"),
        (np.full((5, 3), np.nan), np.zeros((5, 3)), "not finite"),
    ],
)
def test_bad_input(real, changed, message):
    with pytest.raises(ValueError, match=message):
        fid(real, changed)
