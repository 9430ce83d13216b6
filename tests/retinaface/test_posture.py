import numpy as np
import pytest

from facedancer.retinaface.posture import posture
from facedancer.utils.alignment import template


@pytest.mark.parametrize("tilt", [-170, -45, 0, 30, 120])
def test_tilt_is_clockwise(tilt):
    angle = np.deg2rad(tilt)
    # Rows point down in a picture, so this turns clockwise.
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    landmarks = 3.0 * template(112) @ turn.T + (50.0, -20.0)
    measured, misfit = posture(landmarks)
    assert measured == pytest.approx(tilt, abs=1e-3)
    assert misfit == pytest.approx(0, abs=1e-5)


def test_misfit_is_in_distances_between_the_eyes():
    landmarks = template(112)
    eyes = np.linalg.norm(landmarks[1] - landmarks[0])
    # A displacement that no turn, scale or shift can give: the nose alone moves.
    landmarks[2, 0] += 0.5 * eyes
    assert 0.1 < posture(landmarks)[1] < 0.5 / np.sqrt(5)
    assert posture(landmarks * 7)[1] == pytest.approx(posture(landmarks)[1], rel=1e-4)


def test_landmarks_that_are_one_point_never_fit():
    assert posture(np.full((5, 2), 7.0)) == (180.0, np.inf)
