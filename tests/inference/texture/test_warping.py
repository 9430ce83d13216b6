"""Faces laid onto other meshes: every pixel comes from where its triangle says."""

import cv2
import numpy as np
import pytest

from facedancer.inference.texture.warping import warp_face

SIDE = 64
# Two triangles that make a square, and a third behind its middle.
SQUARE = np.array([[8, 8, 0], [56, 8, 0], [56, 56, 0], [8, 56, 0]], np.float64)
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])


@pytest.fixture
def picture():
    noise = np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 2).astype(np.uint8)


def test_a_mesh_onto_itself_gives_the_picture(picture):
    warped = warp_face(picture, SQUARE[:, :2], SQUARE, TRIANGLES, SIDE)
    assert warped.covered[32, 32] and not warped.covered[4, 4]
    assert warped.covered.sum() == pytest.approx(49**2, abs=2)
    assert np.abs(warped.picture.astype(int) - picture)[warped.covered].max() <= 1
    assert not warped.picture[~warped.covered].any()
    assert warped.seen[32, 32] == 1 and warped.seen[4, 4] == 0


def test_points_go_where_they_are_sent(picture):
    shifted = SQUARE + [3, -5, 0]
    warped = warp_face(picture, SQUARE[:, :2], shifted, TRIANGLES, SIDE)
    moved = np.roll(picture, (-5, 3), (0, 1)).astype(int)
    assert np.abs(warped.picture - moved)[warped.covered].max() <= 1


def test_a_small_face_is_seen_in_part(picture):
    half = 32 + (SQUARE[:, :2] - 32) / 2
    warped = warp_face(picture, half, SQUARE, TRIANGLES, SIDE)
    assert warped.seen[32, 32] == pytest.approx(0.25)
    # Where the whole face is larger here, that is all that is shown.
    assert warp_face(picture, half, SQUARE, TRIANGLES, SIDE, 2.0).seen[32, 32] == 1
    large = warp_face(picture, SQUARE[:, :2], 32 + (SQUARE - 32) / 2, TRIANGLES, SIDE)
    assert large.seen[32, 32] == 1


def test_what_is_turned_away_is_not_seen(picture):
    mirrored = SQUARE[:, :2] * [-1, 1] + [SIDE - 1, 0]
    warped = warp_face(picture, mirrored, SQUARE, TRIANGLES, SIDE)
    assert warped.covered[32, 32] and warped.seen[32, 32] == 0


@pytest.mark.parametrize("is_first", [True, False])
def test_the_nearest_is_on_top(picture, is_first):
    points = np.concatenate([SQUARE, SQUARE[:3]])
    points[4:, 2] = 10  # The second copy lies behind.
    triangles = np.array([[0, 1, 2], [4, 5, 6]])[:: 1 if is_first else -1]
    source = points[:, :2].copy()
    source[4:] = 4  # It shows a single pixel of the source.
    warped = warp_face(picture, source, points, triangles, SIDE)
    assert np.abs(warped.picture[20, 40].astype(int) - picture[20, 40]).max() <= 1


def test_a_triangle_seen_from_its_edge_is_no_error(picture):
    flat = SQUARE.copy()
    flat[3] = flat[0]
    warped = warp_face(picture, SQUARE[:, :2], flat, TRIANGLES, SIDE)
    assert np.isfinite(warped.seen).all() and warped.covered[20, 40]
