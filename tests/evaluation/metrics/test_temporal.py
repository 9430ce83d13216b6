"""Jitter of sequences whose motion is known."""

import numpy as np
import pytest

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.metrics.temporal import (
    embedding_jitter,
    excess,
    landmark_jitter,
    paired_jitters,
)
from facedancer.evaluation.stability_job import compare_videos, measure_video
from facedancer.retinaface.detector import Face
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError

FACE = np.array([[0, 0], [40, 0], [20, 20], [5, 40], [35, 40]], float)


def test_even_motion_is_no_jitter():
    places = np.arange(6)[:, None, None] * np.array([3.0, -2.0])
    np.testing.assert_allclose(landmark_jitter(FACE + places), 0, atol=1e-12)


def test_jitter_does_not_depend_on_size():
    shake = np.array([0, 1, 0, 1, 0])[:, None, None] * np.array([4.0, 0])
    # 4 px to and fro: half the second difference is 4, of eyes 40 px apart.
    np.testing.assert_allclose(landmark_jitter(FACE + shake), 0.1)
    np.testing.assert_allclose(landmark_jitter(7 * (FACE + shake)), 0.1)


def test_embedding_jitter():
    vectors = np.array([[1, 0], [5, 0], [0, 2], [np.nan, np.nan], [0, 1]], float)
    np.testing.assert_allclose(embedding_jitter(vectors), [0, 1, np.nan, np.nan])


def test_only_moments_known_of_both_count():
    shake = np.array([0, 1, 0, 1, 0, 1])[:, None, None] * np.array([4.0, 0])
    target, result = FACE + shake / 2, FACE + shake
    result[5] = np.nan  # leaves three of four moments
    vectors = np.array([[1, 0], [0, 1], [0, 1], [0, 1], [0, 1], [1, 0]], float)
    means = paired_jitters((vectors, target), (vectors[::-1].copy(), result))
    assert means["landmarks/target"] == pytest.approx(0.05)
    assert means["landmarks/result"] == pytest.approx(0.1)
    assert means["identity/target"] == means["identity/result"] == pytest.approx(2 / 5)
    none = paired_jitters((vectors, np.full_like(target, np.nan)), (vectors, result))
    assert np.isnan(none["landmarks/target"]) and np.isnan(none["landmarks/result"])


def test_excess():
    assert excess(3.0, 1.5) == 2
    assert np.isnan(excess(1.0, 0.0)) and np.isnan(excess(np.nan, np.nan))


class Detector:
    """A face where the brightest frame says; a decoy far away that is larger in later frames."""

    def __init__(self):
        self.frame = 0

    def detect_batch(self, frames):
        return [self._faces(frame) for frame in frames]

    def _faces(self, frame):
        value = float(frame.mean())
        if value < 10:
            return []
        faces = [(value / 10, 0, 40)] + ([(60, 60, 60)] if value > 60 else [])
        return [
            Face(np.array([x, y, x + s, y + s], np.float32), template(s) + np.float32([x, y]), 0.9)
            for x, y, s in faces
        ]


def test_videos(monkeypatch):
    from facedancer.evaluation import stability_job

    videos = {
        "target": [50, 60, 70, 80, 0, 100],
        "result": [50, 90, 70, 80, 0, 100],
    }
    monkeypatch.setattr(
        stability_job,
        "read_frames",
        lambda path: (np.full((120, 120, 3), value, np.uint8) for value in videos[path]),
    )
    encoder = FaceEncoder(
        "mean", {}, lambda images: np.c_[images.mean((1, 2)), np.ones(len(images))]
    )
    embeddings, landmarks = measure_video("target", Detector(), encoder)
    assert embeddings.shape == (6, 4)
    # The first face is followed, not the larger one; the frame without one leaves a gap.
    shifts = landmarks[:, 0, 0] - template(40)[0, 0]
    np.testing.assert_allclose(shifts, [5, 6, 7, 8, np.nan, 10], atol=1e-4)
    numbers = compare_videos("target", "result", Detector(), encoder)
    assert numbers["landmarks_jitter_target"] == pytest.approx(0, abs=1e-6)
    assert numbers["landmarks_jitter_result"] > 0.05
    assert numbers["identity_jitter_excess"] > 1.5
    videos["result"].pop()
    with pytest.raises(UserError, match="target has 6 frames, but .*result has 5"):
        compare_videos("target", "result", Detector(), encoder)
