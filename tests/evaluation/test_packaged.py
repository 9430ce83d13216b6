"""Poses read off a mesh of points whose turn is known; files that are none."""

import cv2
import numpy as np
import pytest

from facedancer.evaluation.encoders.packaged import pose_of_mesh
from facedancer.evaluation.encoders.registry import load_measure
from facedancer.utils.cli import UserError


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    """A head seen from before, then pitched, turned and rolled about its own axes."""
    mesh = np.zeros((468, 3))
    # Eyes left and right, forehead, chin: x right, y down, z away from us.
    mesh[[33, 263, 10, 152]] = [[-40, 0, 0], [40, 0, 0], [0, -70, 0], [0, 70, 0]]
    # By the right-hand rule about x, y, z: nose down, nose to our left, clockwise.
    vectors = np.radians([[-pitch, 0, 0], [0, -yaw, 0], [0, 0, roll]])
    about_x, about_y, about_z = (cv2.Rodrigues(vector)[0] for vector in vectors)
    return mesh @ (about_z @ about_y @ about_x).T + [96, 96, 5]


@pytest.mark.parametrize("pose", [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, -15), (-50, 0, 0)])
def test_pose_of_a_mesh(pose):
    np.testing.assert_allclose(pose_of_mesh(turned(*pose)), pose, atol=1e-6)


def test_directions():
    # The nose, 50 before the face, comes to lie to the image's right of a head of positive yaw.
    mesh = turned(yaw=30)
    right = mesh[263] - mesh[33]
    forward = np.cross(mesh[152] - mesh[10], right)
    assert forward[2] < 0 and forward[0] > 0
    mesh = turned(pitch=20)
    assert np.cross(mesh[152] - mesh[10], mesh[263] - mesh[33])[1] < 0  # y is down
    mesh = turned(roll=10)
    assert (mesh[263] - mesh[33])[1] > 0  # the right eye lower: clockwise


def test_files_that_are_none(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_measure("pose", "face_mesh:nowhere")
    (tmp_path / "bad").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is no TensorFlow Lite model"):
        load_measure("pose", f"face_mesh:{tmp_path / 'bad'}")
