"""The pose in the crop: alignment turns a face in the plane, so roll alone changes."""

import numpy as np
import pytest

from facedancer.dataset.crops.pose import pose_in_crop
from facedancer.utils.alignment import ARCFACE_TEMPLATE, similarity_transform


@pytest.mark.parametrize("angle", [0.0, 12.0, -35.0, 170.0])
def test_a_face_that_alignment_turns_upright_has_no_roll(angle):
    # Clockwise as seen, y being down: x goes towards y.
    turn = np.radians(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    photograph = (1.7 * ARCFACE_TEMPLATE @ rotation.T + (30, -8)).astype(np.float32)
    pose = np.array([[20.0, -5.0, angle]], np.float32)
    result = pose_in_crop(pose, photograph[None], ARCFACE_TEMPLATE[None]).numpy()
    np.testing.assert_allclose(result, [[20, -5, 0]], atol=1e-3)


def test_the_rotation_is_that_of_the_least_squares_similarity():
    rng = np.random.default_rng(0)
    photograph, crop = rng.normal(0, 9, (2, 8, 5, 2)).astype(np.float32)
    result = pose_in_crop(np.zeros((8, 3), np.float32), photograph, crop).numpy()
    for roll, before, after in zip(result[:, 2], photograph, crop, strict=True):
        matrix = similarity_transform(before, after)
        assert roll == pytest.approx(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])), abs=0.01)


def test_roll_stays_within_half_a_turn():
    points = ARCFACE_TEMPLATE[None]
    # Upside down, and turned a bit further by alignment: 350 degrees are -10.
    result = pose_in_crop(np.array([[0, 0, 175.0]], np.float32), points, -points).numpy()
    assert result[0, 2] == pytest.approx(-5, abs=1e-3)
