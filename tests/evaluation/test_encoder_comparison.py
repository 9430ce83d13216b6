"""The comparison of encoders, by measures and faces whose answers are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from facedancer.arcface_model.encoder import UNTRAINED_SMALL
from facedancer.evaluation import encoder_comparison
from facedancer.evaluation.encoder_comparison import compare_on, load_joined, pairs_of, separate
from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.utils.errors import UserError


def test_frames_of_one_video_are_no_pair():
    faces = SimpleNamespace(
        count=4, identity=np.array([0, 0, 0, 1]), videos=("a.mp4", "a.mp4", "", "")
    )
    first, second, same = pairs_of(faces)
    pairs = list(zip(first.tolist(), second.tolist(), same.tolist(), strict=True))
    assert (0, 1, True) not in pairs
    assert pairs == [(0, 2, True), (0, 3, False), (1, 2, True), (1, 3, False), (2, 3, False)]


def test_how_far_two_kinds_lie_apart():
    found = separate(np.array([0.8, 0.6, 0.4, 0.2]), np.array([True, True, False, False]))
    assert (found.auc, found.same, found.other) == pytest.approx((1, 0.7, 0.3))
    assert found.gap == pytest.approx(0.2)
    assert found.deviations == pytest.approx(4)


def test_joined_encoders_count_alike(monkeypatch):
    sizes = {"small": 1.0, "large": 1000.0}

    def load(role, spec):
        def measure(images):
            return sizes[spec] * (images[:, 0, 0] if spec == "small" else images[:, 1, 1])

        return FaceEncoder(spec, {}, measure)

    monkeypatch.setattr(encoder_comparison, "load_measure", load)
    images = np.random.default_rng(0).random((3, 2, 2, 3))
    apart = [load_joined(spec)(images) for spec in sizes]
    joined = load_joined("small+large")(images)
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1)
    np.testing.assert_allclose(joined @ joined.T, np.mean([a @ a.T for a in apart], 0))


def test_a_table_for_a_folder(shards, tmp_path):
    text = compare_on(str(shards), [UNTRAINED_SMALL])
    assert "12 faces of 4 people, 12 pairs of one person, 54 of two" in text
    assert f"| {UNTRAINED_SMALL} | 0." in text
    with pytest.raises(UserError, match="no such folder"):
        compare_on(str(tmp_path / "none"), [UNTRAINED_SMALL])
