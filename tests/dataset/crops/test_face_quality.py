"""Yaw against heads turned in space, sharpness against pictures of known blur."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facedancer.dataset.crops.face_quality import head_yaw, sharpness
from facedancer.utils.alignment import align_face, template
from facedancer.utils.images import read_image

# Two heads: x to the image's right, y down, z towards the camera, any unit. The second one is
# longer, has a flatter nose and is not quite symmetric.
HEADS = {
    "mean": [[-3.2, -2.6, 3.5], [3.2, -2.6, 3.5], [0, 1.1, 7.4], [-2.5, 4.3, 4.3], [2.5, 4.3, 4.3]],
    "long": [[-3.1, -3.2, 3.4], [3.2, -3.1, 3.6], [0.1, 1.2, 6.6], [-2.7, 5, 4], [2.6, 5, 4.2]],
}
PHOTO = Path(__file__).parents[3] / "assets" / "photos" / "eileen_collins" / "astronaut.png"
LANDMARKS = np.array(
    [[204.8, 100.8], [247.4, 103.4], [223.6, 129.2], [202.5, 138.1], [244.2, 140.6]]
)


def seen(head, yaw, pitch=0.0, roll=0.0):
    """The head's five points in a picture: pitched, then turned, then rolled, then photographed."""
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    across = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    nod = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    tilt = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    rotation = np.array(tilt) @ across @ nod
    return (np.array(head) @ rotation.T)[:, :2] * 9 + (300, 200)


@pytest.mark.parametrize("roll", [-150, 0, 30])
@pytest.mark.parametrize("pitch", [-15, 0, 15])
@pytest.mark.parametrize("yaw", [-90, -60, -30, 0, 15, 45, 75])
def test_yaw_of_a_head_in_space(yaw, pitch, roll):
    assert head_yaw(seen(HEADS["mean"], yaw, pitch, roll)) == pytest.approx(yaw, abs=3)
    assert head_yaw(seen(HEADS["long"], yaw, pitch, roll)) == pytest.approx(yaw, abs=10)


def test_yaw_is_positive_where_the_nose_points_right():
    points = template(112).copy()
    assert head_yaw(points) == pytest.approx(0, abs=1)
    points[2, 0] += 8
    assert 10 < head_yaw(points) < 40


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.zeros((4, 2)), np.full((5, 2), np.nan)])
def test_no_yaw_without_five_points(points):
    with pytest.raises(ValueError, match="coincide|five"):
        head_yaw(points)


def test_sharpness_tells_blur_and_little_else():
    photo = read_image(PHOTO)

    def measured(image, side=112, shrink_factor=1.0):
        return sharpness(align_face(image, LANDMARKS, side, shrink_factor)[0], shrink_factor)

    blurs = [measured(cv2.GaussianBlur(photo, (0, 0), sigma)) for sigma in (0.5, 1, 2, 3, 5, 8)]
    plain = measured(photo)
    assert [plain, *blurs] == sorted([plain, *blurs], reverse=True)
    assert plain > 15 and blurs[2] < 9 and blurs[-1] < 3
    noise = np.random.default_rng(0).normal(0, 5, photo.shape)
    for changed in (photo * 0.4 + 60, photo * 0.9 + noise):
        image = np.clip(changed, 0, 255).astype(np.uint8)
        assert measured(image) == pytest.approx(plain, rel=0.05)
    for side, shrink_factor in ((96, 1), (256, 1), (512, 1), (256, 0.7), (257, 1.2)):
        assert measured(photo, side, shrink_factor) == pytest.approx(plain, rel=0.12)


def test_sharpness_of_nothing():
    assert sharpness(np.full((64, 64, 3), 7, np.uint8)) < 0.01
