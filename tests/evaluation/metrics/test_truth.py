"""Distances to the right answer, and the share of the way to it, on faces that are discs."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.metrics.truth import (
    hair_leak,
    shape_inner,
    shape_silhouette,
    truth_perceptual,
    truth_psnr,
    truth_ssim,
)
from facedancer.evaluation.trivial import TRIVIAL

SIDE, COUNT = 64, 4
SKIN, OTHER_SKIN, HAIR = (200, 150, 120), (170, 120, 110), (60, 50, 40)


def face(radius, skin):
    """A disc of skin before hair, and where it is."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    where = x**2 + y**2 < radius**2
    return np.where(where[..., None], skin, HAIR).astype(np.uint8), where


def pairs(radius, true_radius):
    """As many targets and answers, and where their faces are."""
    (target, of_target), (truth, of_truth) = face(radius, SKIN), face(true_radius, OTHER_SKIN)
    faces = np.stack([of_target, of_truth], -1)
    return [np.stack([one] * COUNT) for one in (target, truth, faces)]


def mixed(target, truth, part):
    return np.rint((1 - part) * target + part * truth.astype(float)).astype(np.uint8)


@pytest.mark.parametrize(("radius", "true_radius"), [(16, 22), (22, 16)])
@pytest.mark.parametrize("part", [0.0, 0.25, 1.0])
def test_the_share_of_the_way(radius, true_radius, part):
    """A wider face and a slimmer one."""
    target, truth, faces = pairs(radius, true_radius)
    swap = mixed(target, truth, part)
    for measure in (shape_silhouette, shape_inner):
        np.testing.assert_allclose(measure(target, swap, truth, faces), part, atol=0.02)
    # One region moves, and the other does not tell.
    rim = (faces[..., 0] ^ faces[..., 1])[..., None]
    swap = np.where(rim, truth, target)
    np.testing.assert_allclose(shape_silhouette(target, swap, truth, faces), 1)
    np.testing.assert_allclose(shape_inner(target, swap, truth, faces), 0)


def test_where_both_are_alike_nothing_is_told():
    target, _, faces = pairs(16, 16)
    noise = np.random.default_rng(0).normal(0, 3, target.shape)
    truth = np.clip(target + noise, 0, 255).astype(np.uint8)
    for measure in (shape_silhouette, shape_inner):
        assert np.isnan(measure(target, target, truth, faces)).all()


def test_hair_leak():
    target, truth, faces = pairs(16, 22)
    # A face, and its rim, may change as it likes.
    assert hair_leak(target, truth, truth, faces).tolist() == [0.0] * COUNT
    swap = target.copy()
    swap[:, :8] += 9
    outside = SIDE**2 - faces.any(-1)[0].sum()
    found = hair_leak(target, swap, truth, faces)
    assert 9 * 8 * SIDE / outside < found[0] < 1.2 * 9 * 8 * SIDE / outside
    assert np.isnan(hair_leak(target, swap, truth, np.ones_like(faces))).all()


def test_distances_to_the_answer():
    target, truth, _ = pairs(16, 22)
    halfway = mixed(target, truth, 0.5)
    for measure, best in ((truth_psnr, 100.0), (truth_ssim, 1.0), (truth_perceptual, 0.0)):
        done, half, none = (
            measure(target, swap, truth).mean() for swap in (truth, halfway, target)
        )
        assert done == pytest.approx(best, abs=1e-6)
        assert abs(half - best) < abs(none - best)
    squares = np.mean((truth.astype(float) - target) ** 2)
    assert truth_psnr(target, target, truth)[0] == pytest.approx(10 * np.log10(255**2 / squares))


# What swaps nothing: shape at the silhouette and inside at most, and whether hair leaks.
@pytest.mark.parametrize(
    ("name", "silhouette", "inner", "leaks"),
    [
        ("target", (0, 0), (0, 0), False),
        ("noise", (-0.05, 0.05), (-0.1, 0.1), True),
        # A blurred rim is on its way to any other, and hair that runs in darkens skin: flattering.
        ("blur", (0.1, 0.5), (0.1, 1.2), True),
    ],
)
def test_what_a_wrong_swap_scores(name, silhouette, inner, leaks):
    target, truth, faces = pairs(18, 22)
    swap = TRIVIAL[name](target, truth, np.arange(COUNT))
    for measure, (low, high) in ((shape_silhouette, silhouette), (shape_inner, inner)):
        share = measure(target, swap, truth, faces).mean()
        assert low <= share <= high, measure.__name__
    assert (hair_leak(target, swap, truth, faces).mean() > 1) == leaks
    # The distance to the answer is not deceived.
    distance = truth_perceptual(target, swap, truth).mean()
    assert distance >= truth_perceptual(target, target, truth).mean()


def test_skin_all_about_does_not_score_as_shape():
    """It is right where the answer's face is wider, and wrong where it is slimmer."""
    shares = []
    for radius, true_radius in ((16, 20), (20, 16)):
        target, truth, faces = pairs(radius, true_radius)
        swap = np.full_like(target, SKIN)
        shares.append(shape_silhouette(target, swap, truth, faces).mean())
    assert np.mean(shares) < 0.75
    assert METRICS["shape_silhouette"].heading.endswith("→ 1")
