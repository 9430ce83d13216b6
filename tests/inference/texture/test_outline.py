"""Moves of a face's outline and of what surrounds it."""

import numpy as np
import pytest

from facedancer.inference.texture.outline import fade_to_border, find_move, move_picture

SIDE = 96


@pytest.fixture
def points():
    across, down = np.meshgrid(np.linspace(32, 64, 12), np.linspace(32, 64, 12))
    return np.stack([across.ravel(), down.ravel()], axis=1)


def test_points_take_their_surroundings_along(points):
    move = find_move(points, points + [3, -2], SIDE)
    assert np.allclose(move[36:60, 36:60], [3, -2], atol=0.05)
    # Less and less outwards, and nothing at the border.
    outward = np.linalg.norm(move[48, 64:], axis=1)
    assert (np.diff(outward) < 0.02).all() and 1 < outward[6] < 3.5
    for edge in (move[0], move[-1], move[:, 0], move[:, -1]):
        assert not edge.any()


def test_a_wider_face_widens_smoothly(points):
    middle = points.mean(0)
    move = find_move(points, middle + 1.2 * (points - middle), SIDE)
    left, right = move[48, 34, 0], move[48, 62, 0]
    assert left < -1.5 < 1.5 < right
    # Nothing folds over: neighbours keep their order.
    assert (np.diff(move[..., 0], axis=1) < 1).all() and (np.diff(move[..., 1], axis=0) < 1).all()


def test_a_picture_moves_with_it(points):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    moved = move_picture(picture, find_move(points, points + [4, 0], SIDE))
    assert np.abs(moved[40:56, 44:60].astype(int) - picture[40:56, 40:56]).mean() < 3
    assert np.array_equal(moved[0], picture[0])
    mask = move_picture(picture[..., 0].astype(np.float32), np.zeros((SIDE, SIDE, 2), np.float32))
    assert np.array_equal(mask, picture[..., 0])


def test_points_that_stay_move_nothing(points):
    assert not find_move(points, points, SIDE).any()


def test_the_border_fades(points):
    fade = fade_to_border(SIDE)
    assert fade[0].max() == fade[:, -1].max() == 0 and fade[48, 48] == 1
    assert np.array_equal(fade, fade[::-1, ::-1].T)
