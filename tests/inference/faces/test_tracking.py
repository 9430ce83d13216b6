"""Faces followed through made-up frames: numbers kept, gaps bridged, noise smoothed, no lag."""

import cv2
import numpy as np
import pytest

from facedancer.inference.core.cuts import CutDetector, cut_signature
from facedancer.inference.faces.smoothing import OneEuroFilter
from facedancer.inference.faces.tracking import LOOK_AHEAD, Tracker
from facedancer.retinaface.detector import Face

LANDMARKS = np.array([[-20, -15], [20, -15], [0, 5], [-15, 25], [15, 25]], np.float32)
RATE = 25.0


def face(x, y=100.0, score=0.9):
    box = np.array([x - 40, y - 50, x + 40, y + 50], np.float32)
    return Face(box, LANDMARKS + np.float32([x, y]), score)


def follow(frames, cuts=(), people=None, rate=RATE):
    """Frames of face lists -> frames of tracked faces; ``people``: who each of them is."""
    tracker, out, delays = Tracker(), [], []
    for number, faces in enumerate(frames):
        known = None if people is None else np.eye(512)[people[number]].reshape(-1, 512)
        for frame in tracker.push(number, number / rate, faces, known, number in cuts):
            delays.append(number - len(out))
            out.append(frame)
    out += tracker.finish()
    assert len(out) == len(frames)
    assert max(delays, default=0) <= LOOK_AHEAD
    return out


def numbers(frame):
    return sorted(one.track.number for one in frame)


def test_two_people_who_walk_towards_each_other_keep_their_numbers():
    frames = [[face(100 + 2 * n), face(400 - 2 * n, 130)] for n in range(50)]
    # The detector gives its surest face first, which changes.
    frames = [faces[:: (-1) ** n] for n, faces in enumerate(frames)]
    out = follow(frames)
    for n, frame in enumerate(out):
        assert numbers(frame) == [0, 1]
        left = next(one for one in frame if one.track.number == out[0][0].track.number)
        assert abs(left.face.landmarks[2, 0] - (100 + 2 * n)) < 6


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    short = [[] if 10 <= n < 14 else [face(100 + n)] for n in range(30)]
    out = follow(short)
    assert all(numbers(frame) == [0] for frame in out)
    assert [frame[0].is_bridged for frame in out] == [10 <= n < 14 for n in range(30)]
    assert abs(out[12][0].face.landmarks[2, 0] - 112) < 3
    long = [[] if 5 <= n < 25 else [face(100)] for n in range(40)]
    out = follow(long)
    assert [numbers(frame) for frame in out] == [[0]] * 5 + [[]] * 20 + [[1]] * 15


def test_nobody_goes_on_over_a_cut():
    out = follow([[face(100)] for _ in range(20)], cuts=(8,))
    assert [numbers(frame) for frame in out] == [[0]] * 8 + [[1]] * 12
    gap = [[] if n in (7, 8) else [face(100)] for n in range(20)]
    assert [numbers(f) for f in follow(gap, cuts=(8,))] == [[0]] * 7 + [[]] * 2 + [[1]] * 11


@pytest.mark.parametrize("rate", [0.1, 1, 2])
def test_one_frame_follows_the_other_however_slow_they_come(rate):
    out = follow([[face(100 + 20 * n)] for n in range(8)], rate=rate)
    assert [numbers(frame) for frame in out] == [[0]] * 8


def test_a_track_ends_where_another_stays_in_its_place():
    frames = [[face(100)] for _ in range(40)]
    # One bad sight is no other person; five in a row are.
    people = [[0]] * 5 + [[3]] + [[0]] * 14 + [[1]] * 20
    out = follow(frames, people=people)
    assert [numbers(frame) for frame in out] == [[0]] * 20 + [[1]] * 20
    for n, frame in enumerate(out):
        assert np.argmax(frame[0].identity) == (0 if n < 20 else 1)


def test_nobody_is_placed_where_another_face_is():
    """Somebody passes before a face, which is hidden for six frames."""
    frames = [[face(300)] if 10 <= n < 16 else [face(300), face(60 * n - 480)] for n in range(26)]
    people = [[1] if 10 <= n < 16 else [0, 1] for n in range(26)]
    for n, frame in enumerate(follow(frames, people=people)):
        assert len(frame) == (1 if 10 <= n < 16 else 2)


def test_a_change_of_light_is_no_cut_and_another_person_before_the_same_wall_is():
    rng = np.random.default_rng(3)
    people = [cv2.resize(rng.integers(0, 256, (3, 3, 3), np.uint8), (60, 60)) for _ in range(2)]
    scenes = [np.full((120, 160, 3), 110, np.uint8) for _ in people]
    for scene, person in zip(scenes, people, strict=True):
        scene[30:90, 50:110] = person
    flash = np.clip(scenes[0] * 1.3 + 60.0, 0, 255).astype(np.uint8)
    for between, cuts in ((flash, []), (np.full_like(flash, 255), [5, 6]), (scenes[1], [5, 6])):
        detector = CutDetector()
        frames = [scenes[0]] * 5 + [between] + [scenes[0]] * 5
        assert [n for n, f in enumerate(frames) if detector.is_cut(cut_signature(f))] == cuts
    jumps = [np.abs(cut_signature(one) - cut_signature(scenes[0])).mean() for one in scenes]
    assert 7 < jumps[1] < 20


def jitter(points):
    return np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=2).mean()


def test_noise_is_smoothed_and_motion_is_not_left_behind():
    rng = np.random.default_rng(0)
    still = np.array([LANDMARKS + rng.normal(0, 0.5, (5, 2)) for _ in range(200)])
    smooth = OneEuroFilter()
    steady = np.array([smooth(points, n / RATE) for n, points in enumerate(still)])
    assert jitter(steady) < 0.5 * jitter(still)
    # Two eye distances a second: after the start it trails by less than a frame.
    step = 2 * 40 / RATE
    smooth = OneEuroFilter()
    for n in range(60):
        found = smooth(LANDMARKS + [n * step, 0], n / RATE)
    assert 0 <= (LANDMARKS + [59 * step, 0] - found)[:, 0].max() < step


def test_smoothing_does_not_depend_on_the_pictures_size():
    rng = np.random.default_rng(1)
    path = [LANDMARKS + rng.normal(0, 1, (5, 2)) + [n, 0] for n in range(30)]
    small, large = OneEuroFilter(), OneEuroFilter()
    for n, points in enumerate(path):
        a, b = small(points, n / RATE), large(4 * points, n / RATE)
    np.testing.assert_allclose(4 * a, b, rtol=1e-9)


def test_cuts_and_motion_are_told_apart():
    rng = np.random.default_rng(2)
    scenes = [cv2.resize(rng.integers(0, 256, (6, 8, 3), np.uint8), (160, 120)) for _ in range(2)]
    # The first scene moves by two pixels a frame.
    frames = [np.roll(scenes[0], 2 * n, axis=1) for n in range(20)] + [scenes[1]] * 5
    detector = CutDetector()
    assert [detector.is_cut(cut_signature(f)) for f in frames].index(True) == 20
    detector = CutDetector()
    assert sum(detector.is_cut(cut_signature(f)) for f in frames) == 1
