import numpy as np
import pytest

from facedancer.lab.drawing.rasteriser import NOTHING, rasterise

SQUARE = np.array([[1, 1], [7, 1], [7, 7], [1, 7]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def test_halves_of_a_square_cover_it_without_a_gap():
    samples = rasterise(SQUARE, np.ones(4, np.float32), HALVES, (8, 8))
    inside = np.zeros((8, 8), bool)
    inside[1:7, 1:7] = True
    np.testing.assert_array_equal(samples.face != NOTHING, inside)
    np.testing.assert_allclose(samples.weights.sum(axis=2), inside, atol=1e-6)
    np.testing.assert_array_equal(samples.nearness > 0, inside)


def test_corners_mixed_by_the_weights_are_the_middles_of_samples():
    samples = rasterise(SQUARE, np.ones(4, np.float32), HALVES, (8, 8))
    row, column = 2, 5
    corners = SQUARE[HALVES[samples.face[row, column]]]
    mixed = samples.weights[row, column] @ corners
    np.testing.assert_allclose(mixed, [column + 0.5, row + 0.5], atol=1e-5)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("turned", [1, -1])
def test_the_nearest_is_seen_from_either_side_in_any_order(order, turned):
    points = np.concatenate([SQUARE, SQUARE])
    nearness = np.repeat([0.1, 0.2], 4).astype(np.float32)
    triangles = np.array([[0, 1, 2], [4, 5, 6]], np.int32)[list(order), ::turned]
    samples = rasterise(points, nearness, np.ascontiguousarray(triangles), (8, 8))
    assert samples.face[2, 5] == order.index(1)
    assert samples.nearness[2, 5] == pytest.approx(0.2)


def test_weights_are_those_in_space_not_on_the_screen():
    # A line from distance 1 to distance 3: its middle on the screen is a quarter of the way.
    points = np.array([[0, 0], [8, 0], [0, 8]], np.float32)
    nearness = 1 / np.array([1, 3, 1], np.float32)
    samples = rasterise(points, nearness, np.array([[0, 1, 2]], np.int32), (8, 8))
    x = 3.5 / 8
    expected = (x / 3) / ((1 - x) / 1 + x / 3)
    assert samples.weights[0, 3, 1] == pytest.approx(expected, rel=1e-5)


def test_holes_let_what_is_behind_be_seen():
    points = np.concatenate([SQUARE, SQUARE])
    nearness = np.repeat([0.1, 0.2], 4).astype(np.float32)
    faces = np.concatenate([HALVES, HALVES + 4]).astype(np.int32)
    uv = np.tile(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), (2, 1))
    opacity = np.array([[0.0, 1.0]], np.float32)  # the left half is a hole
    cut = np.array([False, False, True, True])
    face = rasterise(points, nearness, faces, (8, 8), (cut, uv, opacity)).face
    assert set(face[3, 1:4]) <= {0, 1}
    assert set(face[3, 4:7]) <= {2, 3}
