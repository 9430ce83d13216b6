import numpy as np
import pytest

from facedancer.lab.drawing.shadows import light_frame, openness

FLOOR = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
FLOOR_FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
OPAQUE = (np.zeros(4, bool), np.zeros((8, 2), np.float32), np.ones((1, 1), np.float32))
UP = np.array([0, 0, 1], np.float32)


def test_what_lies_below_something_sees_less_of_the_sky():
    roof = FLOOR * 0.8 + np.array([0.0, 0, 0.5], np.float32)
    vertices = np.concatenate([FLOOR * 0.2, roof])
    faces = np.concatenate([FLOOR_FACES, FLOOR_FACES + 4]).astype(np.int32)
    normals = np.tile(UP, (8, 1))
    seen = openness(vertices, normals, faces, OPAQUE)
    assert seen[:4].max() < 0.4
    assert seen[4:].min() > 0.95


@pytest.mark.parametrize("direction", [UP, np.array([0, 1, 0], np.float32)])
def test_a_light_has_a_right_handed_frame(direction):
    frame = light_frame(direction)
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(np.cross(frame[0], frame[1]), direction, atol=1e-6)
