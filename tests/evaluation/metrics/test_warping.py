"""Flicker along the target's motion: of clips that flicker, that are blurred, and that do not."""

import cv2
import numpy as np
import pytest

from facedancer.evaluation import stability_job
from facedancer.evaluation.metrics.warping import compare_clips, sharpness, warp_flicker
from facedancer.evaluation.trivial import TRIVIAL
from facedancer.retinaface.face import Face
from facedancer.utils.alignment import template

WORLD = np.kron(np.random.default_rng(0).integers(40, 200, (40, 40, 3)), np.ones((4, 4, 1)))
# A window that moves by two pixels a frame over a picture with detail.
CLIP = np.stack([WORLD[16:112, 4 + 2 * n : 100 + 2 * n] for n in range(8)]).astype(np.uint8)


def test_the_target_is_as_steady_as_itself():
    own, result = warp_flicker(CLIP, CLIP)
    assert own == result and own < 0.2 * np.abs(np.diff(CLIP.astype(float), axis=0)).mean()


def test_a_level_that_jumps_counts_by_as_much():
    jumping = np.clip(CLIP + np.resize([10, -10], 8)[:, None, None, None], 0, 255)
    own, result = warp_flicker(CLIP, jumping.astype(np.uint8))
    assert own + 14 < result < own + 21


def test_what_moves_along_does_not_count_and_a_blur_is_told():
    carried = np.clip(CLIP * 0.8 + 20, 0, 255).astype(np.uint8)
    own, result = warp_flicker(CLIP, carried)
    assert result == pytest.approx(0.8 * own, rel=0.2)
    noise = np.random.default_rng(1).normal(0, 6, CLIP.shape)
    noisy = np.clip(CLIP + noise, 0, 255).astype(np.uint8)
    found = compare_clips(noisy, TRIVIAL["blur"](noisy, noisy, np.zeros(len(CLIP), int)))
    # Steadier than the target, which is no merit: its detail is gone.
    assert found["warp/result"] < found["warp/target"]
    assert found["sharpness/result"] < 0.1 * found["sharpness/target"]


def test_two_videos_are_compared_pair_by_pair(monkeypatch):
    jumping = np.clip(CLIP + np.resize([10, -10], 8)[:, None, None, None], 0, 255)
    videos = {"target": CLIP, "result": jumping.astype(np.uint8)}
    face = Face(np.array([0, 0, 96, 96], np.float32), template(96), 0.9)
    monkeypatch.setattr(stability_job, "read_frames", lambda path: iter(videos[path]))
    # A frame without a face is a gap.
    monkeypatch.setattr(
        stability_job,
        "follow_face",
        lambda frames, detector: (
            (one, None if number == 3 else face) for number, one in enumerate(frames)
        ),
    )
    numbers = stability_job.compare_along_motion("target", "result", None)
    assert numbers["warp_result"] > numbers["warp_target"] + 12
    assert numbers["sharpness_excess"] == pytest.approx(1, abs=0.1)
    same = stability_job.compare_along_motion("target", "target", None)
    assert same["warp_excess"] == same["sharpness_excess"] == 1


def test_of_one_frame_nothing_is_known():
    assert np.isnan(warp_flicker(CLIP[:1], CLIP[:1])).all()
    assert np.isnan(sharpness(CLIP[:0]))
    assert sharpness(CLIP) > sharpness(np.stack([cv2.GaussianBlur(one, (0, 0), 1) for one in CLIP]))
