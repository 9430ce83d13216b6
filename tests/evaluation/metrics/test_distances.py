"""Pose, expression, background and equal error rates, by hand."""

import numpy as np
import pytest

from facedancer.evaluation.margins.analysis import equal_error_rate
from facedancer.evaluation.metrics.attributes import angle_error, expression_error, pose_error
from facedancer.evaluation.metrics.background import outside_mask, psnr_outside, ssim_outside


def test_pose_error():
    target = np.array([[0, 0, 0], [359, 0, 0], [10, -20, 5], [0, 0, np.nan]])
    changed = np.array([[3, 4, 0], [1, 0, 0], [10, -20, 5], [0, 0, 0]])
    np.testing.assert_allclose(pose_error(target, changed), [5, 2, 0, np.nan])
    np.testing.assert_allclose(angle_error(target, changed), [7 / 3, 2 / 3, 0, np.nan])


def test_expression_error():
    target = np.array([[0.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(expression_error(target, target + [[0.6, 0.8], [0, 0]]), [1, 0])


def test_outside_is_what_paste_back_leaves():
    mask = outside_mask(64)
    assert mask[[0, -1]].all() and mask[:, [0, -1]].all()
    assert not mask[24:56, 14:50].any()


def test_psnr_outside():
    target = np.full((3, 64, 64, 3), 100, np.uint8)
    changed = target.copy()
    changed[0, 24:56, 14:50] = 255  # the face alone
    changed[1] = 105
    changed[2, outside_mask(64)] = 0
    expected = [100, 20 * np.log10(255 / 5), 20 * np.log10(255 / 100)]
    np.testing.assert_allclose(psnr_outside(target, changed), expected, rtol=1e-6)


def test_ssim_outside():
    rng = np.random.default_rng(0)
    target = rng.integers(0, 256, (1, 64, 64, 3), np.uint8)
    assert ssim_outside(target, target)[0] == pytest.approx(1)
    assert ssim_outside(target, 255 - target)[0] < -0.5
    # Flat pictures: no contrast, so only the luminance term is left.
    grey, lighter = (np.full((1, 64, 64, 3), value, np.uint8) for value in (100, 120))
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + c1) / (100**2 + 120**2 + c1)
    assert ssim_outside(grey, lighter)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("near", "far", "rate"),
    [
        ([0.1, 0.2], [0.3, 0.4], 0.0),
        ([0.3, 0.4], [0.1, 0.2], 1.0),
        ([1, 2, 3, 4], [1, 2, 3, 4], 0.5),
        ([1, 2, 3, 6], [4, 5, 7, 8], 0.25),
        ([5, 6, 7, 2], [1, 3, 4, 8], 0.75),
        ([0.0], [0.0], 0.5),
        ([0, 0, 0], [1], 0.0),
    ],
)
def test_equal_error_rate(near, far, rate):
    assert equal_error_rate(np.array(near), np.array(far)) == pytest.approx(rate)


def test_equal_error_rate_of_two_normal_distributions():
    rng = np.random.default_rng(0)
    near, far = rng.normal(0, 1, 200_000), rng.normal(2, 1, 100_000)
    # Half way between: the share of a normal distribution beyond 1 deviation.
    assert equal_error_rate(near, far) == pytest.approx(0.158655, abs=2e-3)


def test_equal_error_rate_refuses_what_has_no_order():
    for near, far in (([], [1.0]), ([np.nan], [1.0])):
        with pytest.raises(ValueError, match="without NaN"):
            equal_error_rate(np.array(near), np.array(far))
