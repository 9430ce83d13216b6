import numpy as np
import pytest

from facedancer.lab.drawing.camera import Camera, draw_camera

NOSE = np.array([0, 0, 1], np.float32)


def camera(yaw=0.0, pitch=0.0, roll=0.0):
    return Camera(yaw, pitch, roll, distance=12.0, scale=0.4, shift=(0.0, 0.0))


def test_angles_are_the_nose_s_direction():
    x, y, z = camera(yaw=25, pitch=-10).rotation() @ NOSE
    assert np.degrees(np.arctan2(x, z)) == pytest.approx(25, abs=1e-3)
    assert np.degrees(np.arcsin(y)) == pytest.approx(-10, abs=1e-3)
    # Clockwise as seen: what was up leans to the picture's right.
    assert (camera(roll=15).rotation() @ [0, 1, 0])[0] == pytest.approx(np.sin(np.radians(15)))


def test_the_middle_of_the_face_stays_in_the_middle():
    middle = np.array([[0.0, 7.18, 0.85], [0.0, 7.18, 1.05]], np.float32)
    turned = camera(yaw=40, pitch=15, roll=-10)
    points, near = turned.project(turned.place(middle, np.full(2, 7.2)), 100)
    np.testing.assert_allclose(points[0], 50, atol=1e-3)
    assert points[1, 0] > 52, "the nose is to the right of a face turned right"
    assert near[1] > near[0]


def test_the_body_follows_only_a_little():
    shoulder = np.array([[0.5, 5.0, 0.2]], np.float32)
    moved = [
        np.linalg.norm(camera(yaw=60).place(shoulder, height) - camera().place(shoulder, height))
        for height in (np.array([5.0]), np.array([7.0]))
    ]
    assert moved[0] < moved[1]


def test_draws_cover_the_range_and_peak_at_the_front():
    rng = np.random.default_rng(0)
    poses = np.array([(c.yaw, c.pitch, c.roll) for c in (draw_camera(rng) for _ in range(2000))])
    largest = np.abs(poses).max(axis=0)
    assert (largest <= [60, 30, 20]).all()
    assert (largest > [55, 27, 18]).all()
    assert (np.abs(poses) < [20, 10, 7]).mean() > 0.5
